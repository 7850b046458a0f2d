"""Why no plan exists: the rules that cannot hold together, and the least change that helps.

    1. what arithmetic proves (``beforehand``)
    2. the least change: rules give way by policy first (caps, floors, limits, budgets, commitments),
       only then amounts (capacities, demand), last what hardly anyone can change (quotas, disposal);
       within a rank the total of changes relative to each cell is least
    3. an irreducible set of rules: together they are impossible, without any one of them possible.
       Smallest in the sense that nothing can be left out; another such set may be as small
    4. what each of them would have to become if it alone gave way

The relaxation is asked first; where it has an answer, whole decisions are kept whole. A least change
is put into the case and tried, so ``checked`` is a fact, not a hope.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from planner.analysis.findings import Findings, FindingTable
from planner.analysis.infeasible.beforehand import told_beforehand
from planner.analysis.infeasible.words import named, new_value, said
from planner.case import Case, Row
from planner.errors import NothingFound
from planner.solve.assemble.instance import Assembly, assemble
from planner.solve.business_rules import RANKS, Rule
from planner.solve.elastic import Change, Elastic
from planner.solve.run import TEMPLATES
from planner.solve.tree import build_tree

TIME_LIMIT_S = 120.0
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Reason:
    """``least`` None: no change of rules helps. ``checked``: the changed case has a plan. ``alone``: for
    each rule of ``conflict`` the change that suffices by itself, None where it does not. ``laws``: rows of
    `rules` without which, one alone, a plan exists. ``whole``: the conflict appears only when yes-or-no decisions are whole. ``is_whole_story`` False: time ran out."""

    feasible: bool
    beforehand: tuple[str, ...] = ()
    least: tuple[Change, ...] | None = None
    checked: bool = False
    conflict: tuple[Rule, ...] = ()
    alone: tuple[Change | None, ...] = ()
    laws: tuple[Row, ...] = ()
    whole: bool = False
    is_whole_story: bool = True


def find_reason(
    case: Case,
    *,
    time_limit: float = TIME_LIMIT_S,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Reason:
    """Why a case has no plan, within ``time_limit`` seconds; what was found by then if it runs out.

    Raises FaultyWorkbook for a case that cannot be assembled and Interrupted after ``stop``.
    """
    search = _Search(case, time.monotonic() + time_limit, stop, tell or (lambda *_: None))
    try:
        search.run()
    except NothingFound:
        return replace(search.reason, is_whole_story=False)
    return search.reason


class _Search:
    """One search for the reason; ``reason`` holds what is known so far."""

    def __init__(
        self, case: Case, deadline: float, stop: threading.Event | None, tell: Tell
    ) -> None:
        self._case, self._deadline, self._stop, self._tell = case, deadline, stop, tell
        self.reason = Reason(feasible=False)

    def run(self) -> None:
        assembly = _assembled(self._case)
        told = told_beforehand(assembly)
        self.reason = replace(self.reason, beforehand=told)
        self._tell(1, 4, "which rules must give way")
        for whole in (False, True):
            elastic = self._elastic(assembly, whole=whole)
            if elastic.least(()) is None:
                break
        else:
            self.reason = Reason(feasible=True)
            return
        least = self._least(elastic)
        self.reason = replace(self.reason, least=least, whole=whole)
        if least is not None:
            self._conflict(elastic, least)
        self.reason = replace(self.reason, laws=tuple(self._laws()))

    def _conflict(self, elastic: Elastic, least: tuple[Change, ...]) -> None:
        self._tell(2, 4, "which rules cannot hold together")
        conflict = _irreducible(elastic)
        self.reason = replace(self.reason, conflict=conflict)
        self._tell(3, 4, "what each of them would have to become")
        alone = tuple(_alone(elastic, rule) for rule in conflict)
        self.reason = replace(self.reason, alone=alone)
        self._tell(4, 4, "whether the change helps")
        self.reason = replace(self.reason, checked=self._helps(least))

    def _elastic(self, assembly: Assembly, *, whole: bool) -> Elastic:
        templates = TEMPLATES.get(assembly.instance)
        return Elastic(assembly, templates, whole=whole, deadline=self._deadline, stop=self._stop)

    def _has_plan(self, case: Case) -> bool:
        return self._elastic(_assembled(case), whole=True).least(()) is not None

    def _laws(self) -> Iterable[Row]:
        """Rows of the sheet `rules` that close something and without which, one alone, a plan exists."""
        rows = self._case["rules"]
        for place, row in enumerate(rows):
            if "denied" in row["requirement"]:
                sheets = {**self._case.sheets, "rules": rows[:place] + rows[place + 1 :]}
                if self._has_plan(replace(self._case, sheets=sheets)):
                    yield row

    def _least(self, elastic: Elastic) -> tuple[Change, ...] | None:
        for last in range(len(RANKS)):
            allowed = [rule for rule in elastic.rules if rule.rank in RANKS[: last + 1]]
            changes = elastic.least(allowed)
            if changes is not None:
                return tuple(_sharpened(elastic, change, changes) for change in changes)
        return None

    def _helps(self, changes: Iterable[Change]) -> bool:
        """Whether the case with these values has a plan, whole decisions and all."""
        changed = changed_case(self._case, changes)
        if changed is None:
            return False
        return self._has_plan(changed)


def _assembled(case: Case) -> Assembly:
    return assemble(case, build_tree(case))


def _sharpened(elastic: Elastic, change: Change, all_changes: Collection[Change]) -> Change:
    """A cap's share as low as it can be where it is the only change."""
    if change.ratio is None or len(all_changes) > 1:
        return change
    return replace(change, ratio=elastic.least_share(change.rule) or change.ratio)


def _irreducible(elastic: Elastic) -> tuple[Rule, ...]:
    """Elastic filter, then deletion filter."""
    hard: list[Rule] = []
    while True:
        others = [rule for rule in elastic.rules if rule not in set(hard)]
        broken = elastic.least(others)
        if not broken:
            break
        hard += [change.rule for change in broken]
    kept = list(hard)
    for rule in hard:
        without = [other for other in kept if other != rule]
        if not elastic.possible(without):
            kept = without
    return tuple(kept)


def _alone(elastic: Elastic, rule: Rule) -> Change | None:
    changes = elastic.least([rule])
    if not changes:
        return None
    return _sharpened(elastic, changes[0], changes)


def changed_case(case: Case, changes: Iterable[Change]) -> Case | None:
    """The case with the cells as they must become; None where a cell is no amount."""
    sheets = dict(case.sheets)
    for change in changes:
        value, rule = new_value(case, change), change.rule
        if value is None:
            return None
        rows = list(sheets[rule.sheet])
        rows[rule.place] = Row({**rows[rule.place], rule.column: value}, rows[rule.place].number)
        sheets[rule.sheet] = tuple(rows)
    return replace(case, sheets=sheets)


def explain_infeasible(
    case: Case,
    *,
    time_limit: float = TIME_LIMIT_S,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Findings:
    """The reason as findings; errors as ``find_reason``."""
    return as_findings(case, find_reason(case, time_limit=time_limit, stop=stop, tell=tell))


def as_findings(case: Case, reason: Reason) -> Findings:
    """Title, sentences and two tables: the conflict, and the least change."""
    if reason.feasible:
        return Findings("infeasible", "A plan exists: no rule has to give way.")
    sentences = [*reason.beforehand]
    if reason.conflict:
        names = "; ".join(named(case, rule) for rule in reason.conflict)
        sentences.append(f"These rules cannot hold together: {names}.")
    if reason.least:
        helps = "; and ".join(said(case, change) for change in reason.least)
        sentences.append(f"The least change: {helps}.")
    others = [
        said(case, change)
        for change in reason.alone
        if change is not None
        and change.rule not in {c.rule for c in reason.least or ()}
        and change.rule.rank != "nature"
        and new_value(case, change) != 0  # to give a rule up wholly is no advice
    ]
    if others:
        sentences.append(f"Instead, one of these alone: {'; or '.join(others)}.")
    for row in reason.laws:
        cell = case.address("rules", row, "requirement")
        sentences.append(f"Without rule {row['rule']} ({cell}) a plan would exist.")
    return Findings(
        "infeasible",
        _title(case, reason),
        tuple(sentences),
        (_conflict_table(case, reason), _change_table(case, reason)),
        tuple(_cautions(reason)),
    )


def _title(case: Case, reason: Reason) -> str:
    if reason.conflict:
        count = len(reason.conflict)
        if count == 1:
            return f"No plan exists: {named(case, reason.conflict[0])} cannot hold."
        return f"No plan exists: {count} rules cannot hold together."
    return "No plan exists."


def _cautions(reason: Reason) -> Iterable[str]:
    if not reason.is_whole_story:
        yield "The time was over before the whole reason was found; give it longer."
    elif reason.least is None:
        yield "No cap, floor, limit, budget, capacity or demand can give way so that a plan exists: what stands in the way are laws, lead times or missing lanes and recipes."
    elif not reason.checked:
        yield "The least change was not confirmed by solving the changed case."
    if reason.whole:
        yield "Fractions of decisions would be possible; whole ones are not."


def _conflict_table(case: Case, reason: Reason) -> FindingTable:
    alone = reason.alone or (None,) * len(reason.conflict)
    rows = [
        (
            named(case, rule), case.address(rule.sheet, rule.row(case), rule.column),
            rule.row(case)[rule.column],
            float("nan") if change is None else _or_nan(new_value(case, change)),
            "not by itself" if change is None else "",
        )
        for rule, change in zip(reason.conflict, alone, strict=True)
    ]  # fmt: skip
    columns = ("rule", "cell", "now", "enough_alone", "note")
    return FindingTable.of("conflict", "Rules that cannot hold together", columns, rows)


def _change_table(case: Case, reason: Reason) -> FindingTable:
    rows = [
        (
            named(case, change.rule),
            case.address(change.rule.sheet, change.rule.row(case), change.rule.column),
            change.rule.row(case)[change.rule.column],
            _or_nan(new_value(case, change)),
            place.node or "over the tree",
            place.component,
            place.amount,
        )
        for change in reason.least or ()
        for place in change.places
        if place.amount
    ]
    columns = ("rule", "cell", "now", "must_be", "node", "row", "gives_way_by")
    return FindingTable.of(
        "least_change", "The least change, and where it is needed", columns, rows
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
