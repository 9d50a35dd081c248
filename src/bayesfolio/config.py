"""Checking a configuration before anything is run, with one sentence for what is wrong with it.

Imported by the Snakefile, hence only light imports.
"""

import difflib
import math
import os
import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bayesfolio.core.settings import LARGEST, Config
from bayesfolio.settings import Configuration, expected, schema

Key = tuple[str | int, ...]

# In C where PyYAML was built so: every job that SLURM starts reads the files.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MISSING = object()


class ConfigError(ValueError):
    """A configuration that cannot be run; one sentence: the key, what was found, what to write."""


def check_config(config: Config, files: Sequence[str | Path] = ()) -> None:
    """Check a complete configuration before anything is run.

    Parameters
    ----------
    config : mapping
        The configuration, overlays merged.
    files : sequence of path
        The YAML or JSON files that it was read from, the default first.

    Raises
    ------
    ConfigError
        On a key that a file gives twice; else on the first key that is unknown, missing or out of
        range, or that does not go with another.
    """
    places: dict[Key, _Place] = {}
    for path in files:
        _read_places(Path(path), places)
    try:
        Configuration.model_validate(config)
    except ValidationError as error:
        # A misspelt key comes first: it is the usual cause of a missing one.
        errors = error.errors(include_url=False)
        first = min(errors, key=lambda found: found["type"] != "extra_forbidden")
        raise ConfigError(_sentence(first, config, places)) from None


def any_of(names: Iterable[str]) -> str:
    """Regular expression of a wildcard that is one of these names, and of nothing without any."""
    return "|".join(map(re.escape, names)) or "(?!)"


class _Place(NamedTuple):
    """Where a file gives a key, and the node that YAML makes of its value."""

    file: str
    line: int
    node: Any

    @property
    def written(self) -> str | None:
        """The text of a single value without quotes."""
        plain = isinstance(self.node, yaml.ScalarNode) and not self.node.style
        return self.node.value if plain else None

    def holds(self, value: object) -> bool:
        """Whether the value can be that of this place; ``--config`` may have set another."""
        if not isinstance(self.node, yaml.ScalarNode):
            return True
        return _same(self.node.value if self.written is None else _read(self.written), value)


def _read_places(path: Path, places: dict[Key, _Place]) -> None:
    """Add where a file gives its keys; refuse one that it gives twice."""
    file = min(str(path), os.path.relpath(path), key=len)
    try:
        root = _Loader(path.read_text(encoding="utf-8")).get_single_node()
    except yaml.YAMLError as error:  # Snakemake reads some JSON that is not YAML
        problem = getattr(error, "problem", error)
        raise ConfigError(
            f"the config file {file} is not YAML, expected it to be: {problem}."
        ) from None
    waiting: list[tuple[Key, Any]] = [((), root)]
    met: set[int] = set()  # a few lines of YAML can stand for a billion
    while waiting:
        key, node = waiting.pop()
        if id(node) in met or node is None or isinstance(node, yaml.ScalarNode):
            continue
        met.add(id(node))
        lines: dict[str | int, int] = {}
        pairs: Any
        pairs = node.value if isinstance(node, yaml.MappingNode) else enumerate(node.value)
        for name, child in pairs:
            line = getattr(name, "start_mark", child.start_mark).line + 1
            name = str(name.value) if isinstance(name, yaml.Node) else name
            if name in lines:
                both = f"lines {lines[name]} and {line}" if lines[name] != line else f"line {line}"
                raise ConfigError(
                    f"config key {_dotted((*key, name))} is given twice, in {both} of "
                    f"{_named(file)}, expected once: YAML would keep the second only; merge the "
                    "two or drop one."
                )
            lines[name] = line
            places[(*key, name)] = _Place(file, line, child)
            waiting.append(((*key, name), child))


def _sentence(error: ErrorDetails, config: Config, places: Mapping[Key, _Place]) -> str:
    """One sentence for one error: the key, what was found, what was expected, and where."""
    kind, location, context = error["type"], error["loc"], error.get("ctx", {})
    if kind == "invalid_key" or location[-1:] == ("[key]",):
        parent = location[: -1 if kind == "invalid_key" else -2]
        return _bad_name(parent, error["input"], places)
    key, node = _resolve(location)
    if kind == "extra_forbidden":
        return _unknown((*key, location[-1]), list(node["properties"]), places)
    if kind == "refused":
        key += context["key"]
        if "known" in context:
            return _unknown(key, context["known"], places)
    wanted = context["expected"] if kind == "refused" else expected(node)
    wanted = "a shorter one" if context.get("le") == LARGEST else wanted
    value, place = _value(config, key), places.get(key)
    if place and not place.holds(value):
        place = None
    if "has" in context:
        found = f"has {_named(context['has'])}"
    elif value is _MISSING:
        found = "is missing"
    else:
        found = f"is {_show(context.get('value', value))}"
        if kind != "refused":
            wanted += _hint(value, place and place.written, node)
    sentence = f"config key {_dotted(key)} {found}, expected {wanted}{_where(place)}"
    return sentence + "." * (not sentence.endswith("?"))


def _resolve(location: Key) -> tuple[Key, dict[str, Any]]:
    """The part of an error's location that is a key, without pydantic's marks, and its schema."""
    node: dict[str, Any] = schema()
    for depth, part in enumerate(location):
        below = None
        for choice in node.get("anyOf", [node]):
            if isinstance(part, str):
                named = choice.get("properties", {})
                below = below or named.get(part) or choice.get("additionalProperties")
            else:
                items = dict(enumerate(choice.get("prefixItems", [])))
                below = below or items.get(part) or choice.get("items")
        if not below:
            return location[:depth], node
        node = below
    return location, node


def _value(config: Config, key: Key) -> Any:
    value: Any = config
    for part in key:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return value


def _unknown(key: Key, known: Sequence[str], places: Mapping[Key, _Place]) -> str:
    near = difflib.get_close_matches(str(key[-1]), known, n=1)
    if near:
        hint = f"did you mean {_dotted((*key[:-1], near[0]))}?"
    else:
        hint = f"expected {', '.join(known)}."
    return f"config key {_dotted(key)} is unknown{_where(places.get(key))}; {hint}"


def _bad_name(parent: Key, name: object, places: Mapping[Key, _Place]) -> str:
    inside = f"config key {_dotted(parent)}" if parent else "the config"
    written = [str(key[-1]) for key in places if key[:-1] == parent]
    text = next((text for text in written if _same(_read(text), name)), None)
    hint = f": YAML reads {text} as {_kind(name)}" if text else ""
    return f"{inside} has the key {_show(name)}, expected a name in quotes{hint}."


def _where(place: _Place | None) -> str:
    return f" (line {place.line} of {_named(place.file)})" if place else ""


def _hint(value: object, written: str | None, node: Mapping[str, Any]) -> str:
    """What YAML made of a value whose writer meant something else."""
    choices = node.get("anyOf", [node])
    kinds = {choice.get("type") for choice in choices}
    if kinds & {"integer", "number"}:
        number = _number(value)
        whole = "number" not in kinds
        if number is None or (whole and number != int(number)):
            return ""
        text = _written_number(int(number) if whole else number)
        if not isinstance(value, str):
            return f"; write {text}" if whole else ""
        quoted = isinstance(_read(value), int | float)
        return f"; {'drop the quotes' if quoted else f'YAML reads {value} as text'}: write {text}"
    if isinstance(value, date):
        written = str(value)
    if not written or isinstance(value, str):
        return ""
    for choice in choices:
        right = written in choice.get("enum", [written]) and choice.get("type") == "string"
        if right and re.search(choice.get("pattern", ""), written):
            return f"; YAML reads {_named(written)} as {_kind(value)}: put it in quotes"
    return ""


def _number(value: object) -> float | None:
    """The number that a text was meant to be, or a number that is of the wrong type."""
    try:
        number = float(value) if isinstance(value, str | float) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _written_number(number: float) -> str:
    """A number as YAML reads it: with a point where there is an exponent."""
    text = repr(number)
    return text if "." in text else text.replace("e", ".0e")


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _show(value)
    return "a date" if isinstance(value, date) else "a number"


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # such as a day that is not in the calendar
        return _MISSING


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _dotted(key: Key) -> str:
    """Name of a key, such as ``momentum.data.path``; an odd part of it in quotes."""
    return ".".join(map(_named, key))


def _named(part: object) -> str:
    """A name as it is if it can stand in a sentence, else in quotes and perhaps cut."""
    text = str(part)
    return text if text.isprintable() and 0 < len(text) <= 100 else _show(text)


def _show(value: object) -> str:
    """A value as a message shows it."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a whole number of more than 18 digits"
    if isinstance(value, date):
        return str(value)
    short = reprlib.Repr()
    short.maxstring = short.maxlong = 200
    text = short.repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
