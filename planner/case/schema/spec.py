"""What a sheet and a column are: the words in which the workbook's contract is written as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: How a cell is read. `name` is one key or reference, `names` several separated by `;`;
#: the last seven are small notations of their own (planner/case/notations.py).
Type = Literal[
    "text", "name", "names", "number", "integer", "bool", "date", "any",
    "requirement", "origin", "ramp", "branches", "outcomes", "where",
]  # fmt: skip

#: A column of another sheet: (sheet, column).
Ref = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """One column: type, unit, range, reference, default and meaning.

    ``default`` None means that a blank cell stays None (unlimited, not given, another column's
    value: ``meaning`` says which). ``above`` makes ``lower`` exclusive, ``below`` makes ``upper``
    exclusive. ``refers`` are the columns in one of which the name must stand; ``refers_by`` picks
    them by the value of another column of the row. ``star`` allows `*` (each). ``by_node`` columns
    may differ between nodes of the tree (sheet ``node_values``). ``ready`` False: its mathematics
    does not exist yet, so a workbook that uses it is refused.
    """

    name: str
    type: Type
    meaning: str
    unit: str = ""
    required: bool = False
    default: Any = None
    lower: float | None = None
    upper: float | None = None
    above: bool = False
    below: bool = False
    choices: tuple[str, ...] = ()
    refers: tuple[Ref, ...] = ()
    refers_by: tuple[str, Mapping[str, tuple[Ref, ...]]] | None = None
    star: bool = False
    by_node: bool = False
    example: Any = None
    ready: bool = True


NOTE = Column("note", "text", "free text, never read by the solver")
SOURCE = Column(
    "source", "names", "where the row comes from: ids of the sheet `sources`",
    default=(), refers=(("sources", "source"),),
)  # fmt: skip


@dataclass(frozen=True)
class SheetSpec:
    """One sheet: its columns, and the columns that name a row (none: rows have no name).

    ``more`` are further example rows of the template, which the first one (each column's
    ``example``) needs beside it to form a case.
    """

    name: str
    group: str
    meaning: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    more: tuple[Mapping[str, Any], ...] = ()
    ready: bool = True
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})


def sheet(
    name: str,
    group: str,
    meaning: str,
    keys: tuple[str, ...],
    *columns: Column,
    required: bool = False,
    more: tuple[Mapping[str, Any], ...] = (),
) -> SheetSpec:
    """A data sheet: the columns given, then `source` and `note`."""
    tail = (NOTE,) if name == "sources" else (SOURCE, NOTE)
    return SheetSpec(name, group, meaning, keys, (*columns, *tail), required, more)


def amount(name: str, meaning: str, unit: str, **options: Any) -> Column:
    """A number that cannot be below 0: a quantity, capacity, factor, lead time or outlay."""
    return Column(name, "number", meaning, unit, lower=0.0, **options)


def price(name: str, meaning: str, unit: str = "USD/kg", **options: Any) -> Column:
    """A number that may be negative: a price, freight, processing or disposal cost."""
    return Column(name, "number", meaning, unit, **options)


def share(name: str, meaning: str, **options: Any) -> Column:
    """A share or probability in 0..1."""
    return Column(name, "number", meaning, "share", lower=0.0, upper=1.0, **options)


def key(name: str, meaning: str, **options: Any) -> Column:
    """The name of the row."""
    return Column(name, "name", meaning, required=True, **options)


def ref(name: str, target: str, column: str, meaning: str, **options: Any) -> Column:
    """A name that stands in ``target.column``."""
    return Column(name, "name", meaning, refers=((target, column),), **options)


def period(name: str, meaning: str, **options: Any) -> Column:
    """A reference to a period."""
    return ref(name, "periods", "period", meaning, **options)


def flag(name: str, meaning: str, *, default: bool, **options: Any) -> Column:
    """TRUE or FALSE."""
    return Column(name, "bool", meaning, default=default, **options)


def choice(name: str, choices: tuple[str, ...], meaning: str, **options: Any) -> Column:
    """One word out of a closed list."""
    return Column(name, "text", meaning, choices=choices, **options)
