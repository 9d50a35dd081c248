"""Values that a configuration may hold at all, whatever its keys mean.

YAML makes more than names, texts and numbers: dates, sets, not-a-numbers, lists that hold
themselves, and a few lines that stand for a billion. They are refused before a schema meets them.
"""

import math
from collections.abc import Mapping
from typing import Any

MOST_VALUES = 20_000
DEEPEST = 20
LONGEST_TEXT = 1_000
LARGEST_WHOLE = 2**63 - 1


def strange_value(config: Mapping[Any, Any]) -> str | None:
    """Describe the first key or value that no configuration may hold; None if there is none."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), config)]
    met = 0
    while waiting:
        path, value = waiting.pop()
        met += 1
        if met > MOST_VALUES or len(path) > DEEPEST:
            return (
                f"config key {dotted(path[:3])} holds lists or groups without end, expected at "
                f"most {MOST_VALUES} values and {DEEPEST} levels."
            )
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str) or len(key) > LONGEST_TEXT:
                    inside = f"config key {dotted(path)}" if path else "the config"
                    return f"{inside} has the key {show(key)}, expected a name in quotes."
            waiting += [((*path, key), child) for key, child in reversed(list(value.items()))]
        elif isinstance(value, list | tuple):
            waiting += [
                ((*path, str(place)), child) for place, child in reversed(list(enumerate(value)))
            ]
        elif fault := _fault(value):
            return f"config key {dotted(path)} is {fault}."
    return None


def _fault(value: object) -> str | None:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"a text of {len(value)} characters, expected at most {LONGEST_TEXT}"
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > LARGEST_WHOLE:  # Python refuses to write the longest of them
            return "a whole number of more than 18 digits, expected a shorter one"
    elif isinstance(value, float):
        if not math.isfinite(value):
            return f"{value}, expected a finite number"
    elif value is not None and not isinstance(value, bool):
        return f"{show(value)} without quotes, which YAML reads as a {type(value).__name__}"
    return None


def dotted(path: tuple[Any, ...]) -> str:
    """Name of a key, such as ``momentum.data.path``; an odd part of it in quotes."""
    return ".".join(map(named, path))


def named(part: object) -> str:
    """A name as it is if it can stand in a sentence, else in quotes and perhaps cut."""
    text = str(part)
    return text if text.isprintable() and 0 < len(text) <= 60 else show(text)


def show(value: object) -> str:
    """A value as a message shows it."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float | list | tuple):
        text = repr(value)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:200]}..."
