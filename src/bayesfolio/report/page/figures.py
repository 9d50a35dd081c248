"""Figures of the page, each with its caption."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bayesfolio.report.page.vector import inline_bitmap, inline_svg


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: either an SVG element or the address of a bitmap.

    Attributes
    ----------
    anchor : str
        Id in the page.
    title : str
        Heading.
    caption : str
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
    caption: str
    source: str
    vector: Markup | None = None
    bitmap: str | None = None


def read_figure(
    files: Mapping[str, Path], anchor: str, title: str, caption: str, source: str
) -> PageFigure:
    """Figure from its files by suffix: the SVG file, or the PNG file where there is no other.

    Raises
    ------
    ValueError
        There is neither.
    """
    if ".svg" in files:
        text = files[".svg"].read_text(encoding="utf-8")
        vector = Markup(inline_svg(text, anchor, title, f"{anchor}-caption"))
        return PageFigure(anchor, title, caption, source, vector=vector)
    if ".png" in files:
        return PageFigure(anchor, title, caption, source, bitmap=inline_bitmap(files[".png"]))
    raise ValueError(f"figure {source} has {', '.join(files)}, expected .svg or .png")
