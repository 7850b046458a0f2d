"""Words of users made safe for places that read Markdown; words of the desk."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from planner.case import Difference
from planner.report.words import musd, small_percent

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~:$&@.=^])")


def plain(text: object) -> str:
    """Text that Markdown shows as it stands: no link, picture, colour or formula comes of it."""
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def ago(moment: datetime, now: datetime | None = None) -> str:
    """``just now``, ``12 min ago``, ``3 h ago``, ``2026-11-23``; moments are in UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - known).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{known:%Y-%m-%d}"


def lasted(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def gap_words(gap: float | None) -> str:
    """How far a plan may be from the best, as it stands behind a cost."""
    if gap is None or not math.isfinite(gap):
        return "gap not known"
    return f"proven within {small_percent(gap)}" if gap > 0 else "proven least cost"


def search_words(incumbent: float | None, bound: float | None, gap: float | None) -> str:
    """How far a search is, in words."""
    if incumbent is None:
        floor = f" No plan can cost less than {musd(bound)}." if bound is not None else ""
        return f"No plan found yet.{floor}"
    if bound is None or gap is None or not math.isfinite(gap):
        return f"Best plan so far {musd(incumbent)}; how much better another could be is not known yet."
    return (
        f"Best plan so far {musd(incumbent)}; no plan can cost less than {musd(bound)}: "
        f"at most {small_percent(gap)} to gain."
    )


def change_words(difference: Difference) -> str:
    """``licence_odds, licence=CN-goods: denied set to 0.3``."""
    where = difference.where or "all rows"
    return f"{difference.sheet}, {where}: {difference.column} {value_words(difference)}"


def value_words(difference: Difference) -> str:
    """``set to 0.3``, ``times 1.2``, ``plus 5``."""
    verb = {"set": "set to", "scale": "times", "add": "plus"}[difference.change]
    value = f"{difference.value:g}" if isinstance(difference.value, float) else difference.value
    return f"{verb} {value}"


def scenario_words(scenario: str | None, differences: Sequence[Difference]) -> str:
    """``denial likely, with 2 changes``: what a figure was made for."""
    base = scenario or "the workbook as it stands"
    if not differences:
        return base
    return f"{base}, with {len(differences)} change{'s' if len(differences) != 1 else ''}"
