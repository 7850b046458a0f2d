"""The small notations that a cell may hold: lists, ramps, requirements, outcomes, conditions.

Each parser takes the cell's trimmed text and returns its value, or raises ``NotationError`` whose
text says what was expected. Nothing is ever evaluated as code.
"""

from __future__ import annotations

import math
import re

OUTCOMES = {"on_time": "on_time", "on time": "on_time", "late": "late", "denied": "denied"}

_PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#: One point before exactly three digits: 1.234 may be a thousand or a little more than one.
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)


class NotationError(ValueError):
    """The text does not follow the notation; the message says what would."""


def number(text: str) -> float:
    """A number written as text, where only one reading is possible."""
    if not _PLAIN_NUMBER.fullmatch(text) or _MAYBE_THOUSANDS.fullmatch(text):
        raise NotationError("a number stored as a number, such as 1234.5 or 0.15")
    value = float(text)
    if not math.isfinite(value):
        raise NotationError("a finite number")
    return value


def names(text: str) -> tuple[str, ...]:
    """`a; b` -> ("a", "b"); each once, in the order written."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def origin(text: str) -> tuple[str, ...]:
    """`none` -> (); else the names of tracks."""
    tracks = names(text)
    if "none" in tracks and len(tracks) > 1:
        raise NotationError("`none` alone, or names of tracks")
    return () if tracks == ("none",) else tracks


def ramp(text: str) -> tuple[float, ...]:
    """`50;80;100` -> (0.5, 0.8, 1.0): shares of the size, year by year."""
    try:
        shares = tuple(number(part) / 100 for part in names_with_repeats(text))
    except NotationError:
        shares = ()
    if not shares or any(not 0 <= share <= 1 for share in shares):
        raise NotationError("percents from 0 to 100 separated by `;`, such as 50;80;100")
    return shares


def branches(text: str) -> str | tuple[int, ...]:
    """`all`, or `3;3;2` -> (3, 3, 2)."""
    if text == "all":
        return text
    parts = names_with_repeats(text)
    if not parts or any(not part.isdecimal() or int(part) < 1 for part in parts):
        raise NotationError("`all`, or whole numbers from 1 separated by `;`, such as 3;3;2")
    return tuple(int(part) for part in parts)


def requirement(text: str) -> tuple[str, ...]:
    """`denied`, `exempt`, or `licence:A; licence:B` -> ("licence:A", "licence:B")."""
    parts = names(text)
    if parts in (("denied",), ("exempt",)):
        return parts
    named = tuple(_licence(part) for part in parts)
    if not named or "" in named:
        raise NotationError("`denied`, `exempt` or `licence:NAME`")
    return tuple(f"licence:{licence}" for licence in named)


def _licence(part: str) -> str:
    prefix, colon, licence = part.partition(":")
    return licence.strip() if colon and prefix.strip() == "licence" else ""


def outcomes(text: str) -> tuple[tuple[str, str], ...]:
    """`L1=denied; L2=late` -> (("L1", "denied"), ("L2", "late"))."""
    pairs = _pairs(text, "`LICENCE=denied`, `LICENCE=late` or `LICENCE=on time`, separated by `;`")
    if len({licence for licence, _ in pairs}) < len(pairs):
        raise NotationError("each licence once")
    if any(outcome not in OUTCOMES for _, outcome in pairs):
        raise NotationError("outcomes `on time`, `late` or `denied`")
    return tuple((licence, OUTCOMES[outcome]) for licence, outcome in pairs)


def where(text: str) -> tuple[tuple[str, str], ...]:
    """`country=China; element=Dy` -> (("country", "China"), ("element", "Dy")); all must hold."""
    return _pairs(text, "conditions `column=value` separated by `;`, such as country=China")


def names_with_repeats(text: str) -> list[str]:
    """The parts between `;`, repeats kept, blank ones left out."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _pairs(text: str, expected: str) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for part in names_with_repeats(text):
        left, equals, right = (piece.strip() for piece in part.partition("="))
        if not (left and equals and right):
            raise NotationError(expected)
        pairs.append((left, right))
    return tuple(pairs)
