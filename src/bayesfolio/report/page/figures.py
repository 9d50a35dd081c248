"""Figures of the page, each with the caption of its rule."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bayesfolio.report.page.contents import FigureInfo
from bayesfolio.report.page.vector import inline_bitmap, inline_svg

_LITERAL = re.compile("``(.*?)``")


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: either an SVG element or the address of a bitmap.

    Attributes
    ----------
    anchor : str
        Id in the page.
    title : str
        Heading.
    caption : Markup
        Sentences below.
    source : str
        Where the files are, below the folder of results.
    vector : Markup or None
        The SVG element.
    bitmap : str or None
        Data address of a PNG file.
    """

    anchor: str
    title: str
    caption: Markup
    source: str
    vector: Markup | None = None
    bitmap: str | None = None


def read_figure(
    files: Mapping[str, Path], anchor: str, info: FigureInfo, caption: Markup, source: str
) -> PageFigure:
    """Figure from its files by suffix: the SVG file, or the PNG file where there is no other.

    Raises
    ------
    ValueError
        There is neither.
    """
    title = info.title
    if ".svg" in files:
        text = files[".svg"].read_text(encoding="utf-8")
        vector = Markup(inline_svg(text, anchor, title, f"{anchor}-caption"))
        return PageFigure(anchor, title, caption, source, vector=vector)
    if ".png" in files:
        return PageFigure(anchor, title, caption, source, bitmap=inline_bitmap(files[".png"]))
    raise ValueError(f"figure {source} has {', '.join(files)}, expected .svg or .png")


def render_caption(
    template: Path, config: Mapping[str, Any], wildcards: Mapping[str, str]
) -> Markup:
    """Caption of a rule, a file of ``workflow/report``, for the page.

    Parameters
    ----------
    template : path
        Text of one paragraph with Jinja and, of reStructuredText, literals only.
    config : mapping
        Configuration of the run.
    wildcards : mapping
        Those of the rule that the caption uses.

    Raises
    ------
    jinja2.UndefinedError
        The caption names something that the configuration lacks.
    """
    snakemake = SimpleNamespace(config=config, wildcards=SimpleNamespace(**wildcards))
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # escaped below
    text = environment.from_string(template.read_text(encoding="utf-8")).render(snakemake=snakemake)
    words = html.escape(" ".join(text.split()), quote=False)
    return Markup(_LITERAL.sub(r"<code>\1</code>", words))
