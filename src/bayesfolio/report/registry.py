"""What a study makes: each table and figure is named once, in its study's ``outputs.py``.

The rules, the page, the captions and README's list of files all come from these entries, so a new
table is one function and one entry. The Snakefile imports this module, hence only light imports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from bayesfolio.core.settings import Settings

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """How one column is shown in Markdown and LaTeX.

    Attributes
    ----------
    key : str
        Column of the frame.
    label : str
        Heading, with the unit where there is one.
    decimals : int or None
        Digits after the point. None shows the value as it is.
    group : str
        Heading shared with neighbouring columns of the same group; empty for none.
    spread : str or None
        Column whose value follows in parentheses, such as a standard deviation.
    interval : (str, str) or None
        Two columns whose values follow in parentheses: the ends of an interval.
    """

    key: str
    label: str
    decimals: int | None = None
    group: str = ""
    spread: str | None = None
    interval: tuple[str, str] | None = None

    @property
    def beside(self) -> tuple[str, ...]:
        """Columns whose values follow in parentheses."""
        return self.interval or ((self.spread,) if self.spread else ())


class Contents(NamedTuple):
    """What the function of a table returns.

    Attributes
    ----------
    frame : DataFrame
        One row per row of the table.
    notes : tuple of str
        Sentences about the run, printed after the notes of the entry.
    columns : tuple of Column
        Columns shown, where they depend on the frame; empty for those of the entry.
    title : str
        Caption, where it depends on the run; empty for that of the entry.
    """

    frame: "pd.DataFrame"
    notes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure of a study.

    Attributes
    ----------
    name : str
        Name of its files, without suffix.
    title : str
        Heading on the page.
    function : str
        ``module:function`` that makes it. The function is given the files by the names of
        `inputs`, and a mapping with the run's ``config`` and the ``name`` of the entry; it returns
        a matplotlib figure.
    inputs : tuple of str
        Names of the files it is made from; the study's rules say where they lie.
    caption : str
        What it shows. Values of the configuration stand in braces, such as
        ``{momentum[engine]}``.
    """

    name: str
    title: str
    function: str
    inputs: tuple[str, ...]
    caption: str

    def caption_of(self, config: Config) -> str:
        """Caption in a run with this configuration."""
        shown = self.caption.format(**config)
        return f"{shown} Run {config['run']}, seed {config['seed']}."


@dataclass(frozen=True)
class Table(Figure):
    """A table of a study; its function returns `Contents`.

    Attributes
    ----------
    name, title, function, inputs, caption
        As of a `Figure`; the title is the caption in Markdown and LaTeX.
    columns : tuple of Column
        Columns shown.
    notes : tuple of str
        Sentences below it.
    section : {"tables", "claims", "diagnostics"}
        Where the page shows it.
    """

    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    section: Literal["tables", "claims", "diagnostics"] = "tables"


@dataclass(frozen=True)
class Study:
    """A study and what it makes.

    Attributes
    ----------
    name : str
        Key of its section of the configuration and name of its folder of results.
    title : str
        Heading.
    about : str
        A sentence or two.
    tables, figures : callable
        Given a configuration, the entries that a run with it makes, in the order of the page.
    sections : mapping of str to class
        Settings of its sections of the configuration.
    """

    name: str
    title: str
    about: str
    tables: Callable[[Config], tuple[Table, ...]]
    figures: Callable[[Config], tuple[Figure, ...]]
    sections: Mapping[str, "type[Settings]"]


def load_function(function: str) -> Callable[..., Any]:
    """Import the function that an entry names as ``module:function``."""
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found
