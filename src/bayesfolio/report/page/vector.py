"""Figures in the text of the page: SVG without what would clash with other figures."""

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]*)\)")
_OUTSIDE = re.compile(r"url\((?!#)|@import")
_FORBIDDEN = {"script", "foreignObject", "iframe", "a", "animate", "set"}


def inline_svg(text: str, prefix: str, title: str, described_by: str) -> str:
    """An SVG file as an element of an HTML page.

    Matplotlib names parts alike in all figures and sets a style for the whole document, so ids
    that are referred to get a prefix, others go, and the style moves to the root. Letters are
    outlines, hence the whole is one image to a screen reader, with a name and a description.

    Parameters
    ----------
    text : str
        The file.
    prefix : str
        Start of the ids, another one for each figure of a page.
    title : str
        Name of the image.
    described_by : str
        Id of the caption.

    Returns
    -------
    str
        The element. Its height follows from its width.

    Raises
    ------
    ValueError
        The figure holds a script, or refers to something outside itself.
    """
    root = ElementTree.fromstring(text)
    _drop(root)
    names = {name: f"{prefix}-{n}" for n, name in enumerate(_referred(root))}
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name in names:
            element.set("id", names[name])
        href = element.attrib.pop(_HREF, None) or element.attrib.pop("href", None)
        if href is not None:
            if href.startswith("#"):
                href = f"#{names[href[1:]]}"
            elif not href.startswith("data:image/png;base64,"):
                raise ValueError(f"figure {title!r} refers to {href[:60]!r}, expected itself only")
            element.set("href", href)
        for key, value in element.attrib.items():
            if key.startswith("on") or _OUTSIDE.search(value):
                raise ValueError(f"figure {title!r} has {key}={value[:60]!r}, expected no effects")
            element.set(key, _REFERENCE.sub(lambda m: f"url(#{names[m[1]]})", value))
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        element.tail = None if not (element.tail or "").strip() else element.tail
        element.text = None if not (element.text or "").strip() else element.text
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", None)
    root.attrib.pop("version", None)
    root.attrib |= {
        "class": "vector",
        "role": "img",
        "aria-label": title,
        "aria-describedby": described_by,
        "style": f"--width:{width}",
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    return ElementTree.tostring(root, encoding="unicode")


def inline_bitmap(path: Path) -> str:
    """Address that holds a PNG file itself."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _drop(root: ElementTree.Element) -> None:
    """Take out metadata and styles of the document; refuse what acts."""
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(f"root of a figure is {root.tag!r}, expected svg")
    for parent in list(root.iter()):
        for child in list(parent):
            name = str(child.tag).rpartition("}")[2]
            if name in _FORBIDDEN:
                raise ValueError(f"figure holds an element {name!r}, expected drawing only")
            if name in {"metadata", "style", "title", "desc"}:
                parent.remove(child)


def _referred(root: ElementTree.Element) -> list[str]:
    """Ids that something refers to, in the order in which it does."""
    found: dict[str, None] = {}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key in (_HREF, "href") and value.startswith("#"):
                found[value[1:]] = None
            for name in _REFERENCE.findall(value):
                found[name] = None
    return list(found)
