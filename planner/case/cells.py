"""One cell: from what stands in the workbook to a typed value, or to what is wrong with it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, cast

from planner.case import notations
from planner.case.notations import NotationError
from planner.case.schema import Column

_EXCEL_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!")
)
_NOTATIONS: Mapping[str, Callable[[str], Any]] = {
    "names": notations.names,
    "origin": notations.origin,
    "ramp": notations.ramp,
    "branches": notations.branches,
    "requirement": notations.requirement,
    "outcomes": notations.outcomes,
    "where": notations.where,
}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u200b\ufeff\u00ad"), " ")


class Uncalculated(str):
    """A formula, as written, whose value was never calculated and so is not known."""

    __slots__ = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell's value, before it is known where the cell stands."""

    kind: str
    found: str
    expected: str
    remedy: str
    warning: bool = False


class CellError(Exception):
    """Raised by a parser of a type; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.kind)
        self.problem = problem


@dataclass(frozen=True)
class Cell:
    """A typed value with the remarks that its reading gave rise to; ``bad`` stops the case."""

    value: Any
    bad: Problem | None = None
    remarks: tuple[Problem, ...] = ()


def shown(raw: Any) -> str:
    """A raw value as a planner sees it."""
    if raw is None:
        return "a blank cell"
    if isinstance(raw, bool):
        return str(raw).upper()
    if isinstance(raw, datetime) and raw.time() == time():
        return raw.date().isoformat()
    if isinstance(raw, float):
        return f"{raw:.12g}"
    return f"'{raw}'" if isinstance(raw, str) else str(raw)


def several(value: Any) -> tuple[Any, ...]:
    """The names in a cell that may hold one or many; none where it is blank."""
    if isinstance(value, tuple):
        return cast("tuple[Any, ...]", value)
    return () if value is None else (value,)


def did_you_mean(found: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known name nearest to the one found, None where none is as alike (0..1) as ``cutoff``."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(found.casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def parse(column: Column, raw: Any) -> Cell:
    """Read one cell of a column: its typed value or default, and what is wrong or remarkable."""
    remarks: list[Problem] = []
    try:
        if isinstance(raw, str):
            raw = _clean(column, raw, remarks)
        if raw is None:
            return _blank(column)
        value = _PARSERS[column.type](column, raw, remarks)
        _check(column, value, raw)
    except CellError as error:
        return Cell(None, error.problem, tuple(remarks))
    return Cell(value, None, tuple(remarks))


def _blank(column: Column) -> Cell:
    if not column.required:
        return Cell(column.default)
    remedy = f"Fill in {column.name}: {column.meaning}."
    return Cell(None, Problem("missing-value", "a blank cell", _expected(column), remedy))


def _clean(column: Column, raw: str, remarks: list[Problem]) -> str | None:
    """Trim; bring look-alike characters and odd spaces to their plain form, with a remark."""
    if isinstance(raw, Uncalculated):
        remedy = "Open the workbook in Excel, let it calculate, and save it."
        raise CellError(
            Problem("formula-not-calculated", f"the formula {raw}", _expected(column), remedy)
        )
    if raw.strip() in _EXCEL_ERRORS:
        raise CellError(
            Problem("excel-error", raw.strip(), _expected(column), "Repair the formula in Excel.")
        )
    text = raw
    if not raw.isascii() and column.type != "text":
        text = unicodedata.normalize("NFKC", raw.translate(_SPACES))
        if text != raw:
            remarks.append(
                Problem(
                    "odd-characters", repr(raw), repr(text.strip()),
                    "It was read as expected; retype the cell to be rid of this warning.", True,
                )
            )  # fmt: skip
    return " ".join(text.split()) or None if column.type != "text" else text.strip() or None


def _expected(column: Column) -> str:
    """What the column takes, in words."""
    if column.choices:
        return "one of " + ", ".join(column.choices)
    words = {
        "number": "a number", "integer": "a whole number", "bool": "TRUE or FALSE",
        "date": "a date", "names": "names separated by `;`", "any": "a value", "text": "text",
        "name": "a name",
    }.get(column.type, f"the notation of {column.name}")  # fmt: skip
    low, high = column.lower, column.upper
    if low is not None and high is not None:
        words += f" from {low:g} to {high:g}" + (" (exclusive)" if column.below else "")
    elif low is not None:
        words += f" {'above' if column.above else 'of at least'} {low:g}"
    return words + (f" in {column.unit}" if column.unit and low is None else "")


def _bad(
    kind: str, column: Column, raw: Any, remedy: str, expected: str | None = None
) -> CellError:
    return CellError(Problem(kind, shown(raw), expected or _expected(column), remedy))


def _number(column: Column, raw: Any, remarks: list[Problem]) -> float:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if not math.isfinite(raw):
            raise _bad("not-finite", column, raw, "Type a finite number.")
        return float(raw)
    if not isinstance(raw, str):
        raise _bad("not-a-number", column, raw, "Type a number and format the cell as a number.")
    if raw.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
        raise _bad("not-finite", column, raw, "Type a finite number; blank where there is none.")
    try:
        value = notations.number(raw)
    except NotationError as error:
        kind = "ambiguous-number" if any(c.isdigit() for c in raw) else "not-a-number"
        remedy = "Type the number itself, without units, percent sign or thousands separator."
        raise _bad(kind, column, raw, remedy, str(error)) from None
    remarks.append(_as_text("number-as-text", raw, f"the number {value:g}"))
    return value


def _as_text(kind: str, raw: str, expected: str) -> Problem:
    remedy = "It was read so; convert the cell in Excel to be rid of this warning."
    return Problem(kind, f"the text '{raw}'", expected, remedy, True)


def _integer(column: Column, raw: Any, remarks: list[Problem]) -> int:
    value = _number(column, raw, remarks)
    if value != int(value):
        raise _bad("not-whole", column, raw, "Type a whole number.")
    return int(value)


def _bool(column: Column, raw: Any, remarks: list[Problem]) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).upper()
    if text not in ("TRUE", "FALSE", "1", "0"):
        raise _bad("not-true-or-false", column, raw, "Type TRUE or FALSE.")
    remarks.append(_as_text("truth-as-text", str(raw), "TRUE or FALSE"))
    return text in ("TRUE", "1")


def _date(column: Column, raw: Any, remarks: list[Problem]) -> date:
    if isinstance(raw, datetime):
        if raw.time() != time():
            raise _bad("not-a-date", column, raw, "Type the date without a time of day.")
        return raw.date()
    if isinstance(raw, date):
        return raw
    remedy = "Type the date so that Excel knows it as a date, or write it as 2026-11-10."
    if not isinstance(raw, str):
        raise _bad("not-a-date", column, raw, remedy)
    try:
        value = date.fromisoformat(raw) if len(raw) == len("2026-11-10") else None
    except ValueError:
        value = None
    if value is None:
        kind = "ambiguous-date" if any(c.isdigit() for c in raw) else "not-a-date"
        raise _bad(kind, column, raw, remedy)
    remarks.append(_as_text("date-as-text", raw, f"the date {value.isoformat()}"))
    return value


def _name(column: Column, raw: Any, _remarks: list[Problem]) -> str:
    if isinstance(raw, (bool, date, time)):
        raise _bad("not-a-name", column, raw, "Format the cell as text and type the name anew.")
    return _plain(raw)


def _plain(raw: Any) -> str:
    """Text as it is; a number as Excel shows it (2027, not 2027.0)."""
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)


def _text(_column: Column, raw: Any, _remarks: list[Problem]) -> str:
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time() else raw.isoformat(" ")
    return _plain(raw)


def _notation(column: Column, raw: Any, remarks: list[Problem]) -> Any:
    if isinstance(raw, tuple):
        return cast("tuple[Any, ...]", raw)
    try:
        return _NOTATIONS[column.type](_name(column, raw, remarks))
    except NotationError as error:
        remedy = f"Write {column.name} so: {column.meaning}."
        raise _bad("bad-notation", column, raw, remedy, str(error)) from None


def _any(_column: Column, raw: Any, _remarks: list[Problem]) -> Any:
    return raw


_PARSERS: Mapping[str, Callable[[Column, Any, list[Problem]], Any]] = {
    "number": _number, "integer": _integer, "bool": _bool, "date": _date,
    "name": _name, "text": _text, "any": _any, **dict.fromkeys(_NOTATIONS, _notation),
}  # fmt: skip


def _check(column: Column, value: Any, raw: Any) -> None:
    """Range and closed list."""
    if column.choices:
        for word in several(value):
            if word not in column.choices:
                near = did_you_mean(word, list(column.choices))
                remedy = f"Did you mean '{near}'?" if near else "Choose one of the list."
                raise _bad("unknown-choice", column, word, remedy)
    if (column.lower is None and column.upper is None) or not isinstance(value, (int, float)):
        return
    low, high = column.lower, column.upper
    too_low = low is not None and (value < low or (column.above and value == low))
    too_high = high is not None and (value > high or (column.below and value == high))
    if too_low or too_high:
        remedy = f"Correct {column.name}: {column.meaning}."
        raise _bad("out-of-range", column, raw, remedy)
