"""What each plan does today, side by side: what all of them sign, and what only some do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.analysis.compare import Comparison
from planner.report.actions import (
    APPLY,
    BUILD,
    KINDS,
    ORDER,
    QUALIFY,
    SIGN,
    SWITCH,
    Action,
    actions,
)
from planner.report.comparison.tables import frame_rows, plan_columns
from planner.report.document import Cell, Columns, Section, Table
from planner.report.words import musd, percent, signed_musd

#: Deeds that a sentence names, and rows that a page shows.
_NAMED, _PAPER_ROWS = 4, 13
#: Money that moves less than this part of what is committed is not named.
_SMALL = 0.01
_COUNTED = {
    SIGN: "contract",
    APPLY: "licence application",
    QUALIFY: "qualification",
    SWITCH: "substitution",
    BUILD: "project",
}


@dataclass(frozen=True)
class Deed:
    """One thing to do today; ``by_plan`` has the action of each plan, None where it is not done."""

    kind: str
    name: str
    by_plan: tuple[Action | None, ...]

    @property
    def what(self) -> str:
        """It in the trade's words; of a project its name, as plans build it in other sizes."""
        action = next(action for action in self.by_plan if action is not None)
        return action.name if self.kind == BUILD else action.what

    @property
    def when(self) -> str:
        """Its dates; where plans have other ones, all of them."""
        return " or ".join(dict.fromkeys(a.when for a in self.by_plan if a is not None))

    @property
    def shared(self) -> bool:
        """Whether every plan does it, in whatever amount."""
        return all(action is not None for action in self.by_plan)

    @property
    def alike(self) -> bool:
        """Whether every plan does it in the same amount at the same time."""
        said = {None if a is None else (a.tonnes, a.when) for a in self.by_plan}
        return len(said) == 1

    @property
    def kusd(self) -> tuple[float, ...]:
        """What each plan commits to it, undiscounted; goods at market bind nobody."""
        return tuple((a.kusd or 0.0) if a is not None else 0.0 for a in self.by_plan)

    def more_kusd(self, place: int) -> float:
        """What a plan commits to it beyond the first."""
        return self.kusd[place] - self.kusd[0]


def deeds(comparison: Comparison) -> list[Deed]:
    """All that any plan does today. What is not alike comes first, each by the money that it moves;
    spot goods, which bind nobody, last."""
    own = [{(a.kind, _called(a)): a for a in actions(plan)} for plan in comparison.plans]
    keys = dict.fromkeys(key for found in own for key in found)
    found = [Deed(kind, name, tuple(o.get((kind, name)) for o in own)) for kind, name in keys]
    return sorted(found, key=_rank)


def _called(action: Action) -> str:
    """Modules of one project begun at two dates are two deeds, so are two materials of one site."""
    return f"{action.name}, {action.when if action.kind == BUILD else action.what}"


def _rank(deed: Deed) -> tuple[bool, bool, float, int, str]:
    money = max(deed.kusd) if deed.alike else max(deed.kusd) - min(deed.kusd)
    return deed.kind == ORDER, deed.alike, -money, KINDS.index(deed.kind), deed.name


def committed(found: Sequence[Deed], place: int) -> float:
    """kUSD that a plan commits today, undiscounted."""
    return sum(deed.kusd[place] for deed in found)


def doing_section(comparison: Comparison, found: Sequence[Deed]) -> Section:
    """What to sign now, a row a deed, a column a plan."""
    unlike = sum(not deed.alike for deed in found)
    title = "What to do now is the same in every plan"
    if unlike:
        title = f"What to do now: {unlike} of {len(found)} steps are not the same in every plan"
    words = "MUSD of a contract at its full amount, of a project net of grants; not discounted. A dash: not done."  # fmt: skip
    rows = tuple((deed.kind, deed.what, *map(_amount, deed.by_plan), deed.when) for deed in found)
    columns: Columns = (
        ("Now", "text"),
        ("What", "text"),
        *plan_columns(comparison, "text"),
        ("When", "text"),
    )
    tables = (Table(columns, rows, paper_rows=_PAPER_ROWS),) if rows else ()
    return Section(title, "What to do now", (words,) if rows else (), tables)


def _amount(action: Action | None) -> Cell:
    if action is None:
        return None
    money = musd(action.kusd) if action.kusd else ""
    return ": ".join(part for part in (money, action.tonnes) if part) or "yes"


def common_words(found: Sequence[Deed]) -> str:
    """``Now, in every plan: 9 contracts (Lynas NdPr, ...), 4 licences (...)``, the dearest named."""
    said = []
    for kind, word in _COUNTED.items():
        own = [deed for deed in found if deed.shared and deed.kind == kind]
        own.sort(key=lambda deed: -min(deed.kusd))
        if own:
            names = [_short(deed) for deed in own[:_NAMED]]
            more = f" and {len(own) - _NAMED} more" if len(own) > _NAMED else ""
            said.append(
                f"{len(own)} {word}{'s' if len(own) > 1 else ''} ({', '.join(names)}{more})"
            )
    if not said:
        return "No step of today is in every plan."
    least = musd(sum(min(deed.kusd) for deed in found if deed.shared))
    return f"To do now in every plan, {least} at least: {', '.join(said)}."


def own_words(comparison: Comparison, found: Sequence[Deed], place: int) -> str:
    """What a plan commits now against the first, by the money that moves, then the licences."""
    a, b = comparison.labels[0][0], comparison.labels[place][0]
    before, after = committed(found, 0), committed(found, place)
    moved = [deed for deed in found if abs(deed.more_kusd(place)) > _SMALL * max(before, after, 1)]
    moved.sort(key=lambda deed: -abs(deed.more_kusd(place)))
    words = [f"{_short(deed)} {signed_musd(deed.more_kusd(place))}{_mark(deed, place)}"
             for deed in moved[:_NAMED]]  # fmt: skip
    words += [f"{len(moved) - _NAMED} more"] if len(moved) > _NAMED else []
    said = f"Committed now: {musd(after)} in {b}, {musd(before)} in {a}"
    said += f": {', '.join(words)}" if words else ""
    return f"{said}.{''.join(_licences(found, place, b))}"


def _licences(found: Sequence[Deed], place: int, b: str) -> Iterator[str]:
    """Licences cost little to apply for and decide much."""
    applied = [deed for deed in found if deed.kind == APPLY]
    for verb, names in (
        ("also applies for", [d.by_plan[place] for d in applied if d.by_plan[0] is None]),
        ("does not apply for", [d.by_plan[0] for d in applied if d.by_plan[place] is None]),
    ):
        said = [action.name for action in names if action is not None]
        if said:
            yield f" {b} {verb} {', '.join(said)}."


def _short(deed: Deed) -> str:
    action = next(action for action in deed.by_plan if action is not None)
    return action.name


def _mark(deed: Deed, place: int) -> str:
    if deed.by_plan[0] is None:
        return " (new)"
    return " (dropped)" if deed.by_plan[place] is None else ""


def amounts_section(comparison: Comparison) -> Iterator[Section]:
    """Amounts decided now, and expected over the horizon, where they are not alike."""
    now: Columns = (("Now", "text"), ("Which", "text"), ("From", "text"), ("Unit", "text"))
    average: Columns = (("Expected over the horizon", "text"), ("Which", "text"), ("Unit", "text"))
    tables = tuple(
        Table((*head, *plan_columns(comparison, "tonnes")), frame_rows(frame), paper_rows=0)
        for head, frame in ((now, comparison.now), (average, comparison.average))
        if not frame.empty
    )
    if tables:
        count = sum(len(table.rows) for table in tables)
        title = f"{count} amount{'s differ' if count != 1 else ' differs'}, now or over the horizon"
        yield Section(title, "Decisions", (), tables)


def timing_section(comparison: Comparison) -> Iterator[Section]:
    """When each commitment is first decided and how likely it is, where not alike."""
    frame = comparison.timing
    if frame.empty:
        return
    lines: list[tuple[Cell, ...]] = []
    for key, rows in frame.groupby(["kind", "name"], sort=False):
        assert isinstance(key, tuple)
        dates = rows[rows["figure"] == "first decided"].iloc[0]
        likely = rows[rows["figure"] == "probability"].iloc[0]
        days = [dates[label] for label in comparison.labels]
        never = [day is None or pd.isna(day) for day in days]
        lines.append((
            *map(str, key),
            *("never" if none else f"{day:%b %Y}, {percent(likely[label])}"
              for day, none, label in zip(days, never, comparison.labels, strict=True)),
        ))  # fmt: skip
    columns: Columns = (
        ("Commitment", "text"),
        ("Which", "text"),
        *plan_columns(comparison, "text"),
    )
    title = f"{len(lines)} commitment{'s come' if len(lines) != 1 else ' comes'} at another time or with other odds"
    words = "When it is first decided on any path, and how likely it is to be decided at all."
    yield Section(title, "Timing", (words,), (Table(columns, tuple(lines), paper_rows=0),))
