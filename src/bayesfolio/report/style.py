"""House style of the figures, and how they are saved."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesfolio.core.files import replacing

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Okabe and Ito's palette: told apart with any colour vision, and in grey in this order."""

INK, GREY = "#222222", "#9a9a9a"

TEXT_WIDTH = 6.3
"""Inches: a figure across the text of an A4 page."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 0.9,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
    "svg.hashsalt": "bayesfolio",
    "svg.fonttype": "path",  # the reader's machine may lack the font
}

_COORDINATES = re.compile(r'(?<= d=")[^"]*|(?<= points=")[^"]*')
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


@contextmanager
def house_style() -> Iterator[None]:
    """Draw figures in the house style; settings of the caller are neither used nor changed."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def label_panel(axes: Axes, letter: str, title: str) -> None:
    """Title of one panel: a bold letter and a few words."""
    axes.set_title(rf"$\bf{{{letter}}}$  {title}")


def save_figure(figure: Figure, stem: str | Path) -> None:
    """Write ``stem.pdf``, ``stem.png`` and ``stem.svg``, each complete or not at all.

    The files carry neither dates nor program versions: equal figures give equal files. Letters of
    the SVG file are outlines.
    """
    stem = Path(stem)
    metadata: dict[str, dict[str, None]] = {
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    }
    with house_style():
        for suffix, entries in metadata.items():
            with replacing(stem.with_name(stem.name + suffix)) as temporary:
                figure.savefig(temporary, metadata=entries)
                if suffix == ".svg":
                    text = temporary.read_text(encoding="utf-8")
                    temporary.write_text(_with_short_numbers(text), encoding="utf-8")


def _with_short_numbers(svg: str) -> str:
    """Coordinates of paths to a hundredth of a point, a third of the file less."""

    def shorten(number: re.Match[str]) -> str:
        text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text

    return _COORDINATES.sub(lambda path: _LONG_NUMBER.sub(shorten, path[0]), svg)
