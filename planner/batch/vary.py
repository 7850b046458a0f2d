"""The grammar of ``--vary``. Nothing is evaluated.

    vary       = sheet [ "[" where "]" ] "." column how values
    where      = column "=" value { ";" column "=" value }      the words of the sheet `scenarios`
    how        = "=" (set) | "*=" (scale) | "+=" (add)
    values     = number ":" number ":" number                   from, to (included), step
               | value { "," value }

For example ``licence_odds[licence=CN-goods].denied=0:1:0.1`` or
``offers[country=China; element=Dy].price_usd_per_kg*=1,2,4``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from planner.case.notations import NotationError, where
from planner.errors import CaseError

#: More values than this on one axis are a slip of the step.
MOST_VALUES = 1_000
_VARY = re.compile(
    r"(?P<sheet>\w+)\s*(?:\[(?P<where>.*)\])?\s*\.\s*(?P<column>\w+)"
    r"\s*(?P<how>[*+]?=)(?P<values>.+)",
    re.DOTALL,
)
_HOW = {"=": "set", "*=": "scale", "+=": "add"}


@dataclass(frozen=True)
class Vary:
    """One axis of a sweep: which cells, how they change, and the values in turn."""

    sheet: str
    where: tuple[tuple[str, str], ...]
    column: str
    change: str
    values: tuple[float | str, ...]

    @property
    def where_words(self) -> str:
        """``licence=CN-goods; regime=truce``, as a cell of `scenarios` has it."""
        return "; ".join(f"{column}={value}" for column, value in self.where)

    @property
    def label(self) -> str:
        """``licence_odds[licence=CN-goods].denied``, with its sign where values scale or add."""
        sign = {"set": "", "scale": " *", "add": " +"}[self.change]
        conditions = f"[{self.where_words}]" if self.where else ""
        return f"{self.sheet}{conditions}.{self.column}{sign}"


def parse_vary(text: str) -> Vary:
    """One ``--vary``; raises CaseError that says what was expected."""
    found = _VARY.fullmatch(text.strip())
    if found is None:
        raise _bad(text, "SHEET[COLUMN=VALUE].COLUMN=VALUES")
    conditions: tuple[tuple[str, str], ...] = ()
    if found["where"] is not None:
        try:
            conditions = where(found["where"])
        except NotationError as error:
            raise _bad(text, str(error)) from None
        if not conditions:
            raise _bad(text, "a condition between [ and ], or no brackets for every row")
    values = _values(text, found["values"].strip())
    return Vary(found["sheet"], conditions, found["column"], _HOW[found["how"]], values)


def _values(text: str, written: str) -> tuple[float | str, ...]:
    if written.count(":") == 2 and "," not in written:
        try:
            return _range(text, *(Decimal(part.strip()) for part in written.split(":")))
        except InvalidOperation:
            pass  # a text with two colons, such as a name
    parts = [part.strip() for part in written.split(",")]
    if not all(parts):
        raise _bad(text, "values separated by commas, none of them blank")
    return tuple(dict.fromkeys(_value(part) for part in parts))


def _range(text: str, first: Decimal, last: Decimal, step: Decimal) -> tuple[float, ...]:
    """Decimal arithmetic, so that 0:1:0.1 has 0.3 in it and ends at 1."""
    if not (first.is_finite() and last.is_finite() and step.is_finite()):
        raise _bad(text, "finite numbers")
    if step == 0 or (last - first) / step < 0:
        raise _bad(text, "from:to:step, where the step leads from the one to the other")
    count = int((last - first) / step) + 1
    if count > MOST_VALUES:
        raise _bad(text, f"at most {MOST_VALUES:,} values; the step gives {count:,}")
    return tuple(float(first + step * place) for place in range(count))


def _value(text: str) -> float | str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return float(value) if value.is_finite() else text


def _bad(text: str, expected: str) -> CaseError:
    return CaseError(
        f"--vary {text!r}: expected {expected}, for example "
        "licence_odds[licence=CN-goods].denied=0:1:0.1"
    )
