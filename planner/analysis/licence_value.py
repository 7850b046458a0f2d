"""What each licence is worth, and the approval probability at which today's decisions are wrong.

Granted for sure: the licence is on time in every node of the same tree, all else as it was; its worth
is what the plan then costs less.

Flips: the chance that the application filed now is approved (late counts as approved) is set to a, alike
in all regimes of the next epoch; what else happens, given the outcome, stays as likely as it was, and so
do later epochs (the probabilities of the tree's nodes are weighed anew, so a reduced tree stays the same
sample). Today's decisions, those of the root that are signed, filed or begun, are kept and all later ones
made anew: where that costs more than deciding today afresh by more than the gap of the plan, today's
decisions are no longer right. The a at which that begins is found by bisection from the present chance
towards 1 and towards 0.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.price_of_rules import cautions
from planner.analysis.resolving import OutOfTime, Resolver, Tell, Unsolved
from planner.case import Case
from planner.errors import CaseError
from planner.solve.answer import Answer
from planner.solve.given import SIGNED
from planner.solve.reweighing import chance_of, next_nodes, reweighed

ON_TIME, DENIED = "on_time", "denied"
#: Bisections of one side, and the least regret that counts, relative to the cost.
_HALVINGS, _WRONG = 5, 1e-5


@dataclass(frozen=True)
class Worth:
    """Of one licence [kUSD]; chances are those of the next epoch. ``flips_below``, ``flips_above``: NaN
    where today's decisions stay right all the way; ``flips_*`` None: not looked for."""

    licence: str
    group: str
    chance: float
    granted_saves: float
    at_most: float
    regret_if_denied: float = math.nan
    regret_if_approved: float = math.nan
    flips_below: float | None = None
    flips_above: float | None = None


def licence_values(
    case: Case,
    *,
    gap: float | None = None,
    seconds: float = 600.0,
    flips: bool = True,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Every licence, the most valuable first. Raises CaseError for a case without licences, Infeasible
    or NothingFound for the case itself."""
    names = [row["licence"] for row in case["licences"]]
    if not names:
        raise CaseError("The case has no licences: the sheet `licences` is empty or absent.")
    work = _Work(Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved))
    steps, found = len(names) * (2 if flips else 1), dict[str, Worth]()
    try:
        for done, name in enumerate(names):
            if tell is not None:
                tell(done, steps, f"{name} granted for sure")
            with contextlib.suppress(Unsolved):  # told as a caution
                found[name] = work.granted(name)
        by_worth = sorted(found, key=lambda name: -found[name].granted_saves)
        for done, name in enumerate(by_worth if flips else (), start=len(names)):
            if tell is not None:
                tell(done, steps, f"at which chance of {name} today's decisions change")
            with contextlib.suppress(Unsolved):
                found[name] = work.flips(found[name])
    except OutOfTime:
        pass  # told as a caution
    return _findings(work.resolver, names, found, flips=flips)


class _Work:
    """Solves over the base tree with other outcomes or other probabilities."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        base = resolver.base.answer
        assert base is not None
        self._tree = base.tree
        self._kept = base.decided_in([self._tree.root.name], SIGNED)
        self._flipped: dict[tuple[bool, ...], Worth] = {}
        self._rows = {row["licence"]: row for row in resolver.case["licences"]}

    def granted(self, licence: str) -> Worth:
        """The licence on time in every node."""
        tree = replace(
            self._tree,
            nodes=tuple(
                replace(node, outcomes={**node.outcomes, licence: ON_TIME})
                for node in self._tree.nodes
            ),
        )
        base = self.resolver.base
        cost = base if tree == self._tree else self.resolver.cost_on(tree)
        chance = chance_of(tree=self._tree, happens=_is_approved(licence))
        return Worth(
            licence, str(self._rows[licence]["group"] or ""), chance if next_nodes(self._tree) else math.nan,
            max(0.0, base.found - cost.found), max(0.0, base.found - cost.bound),
        )  # fmt: skip

    def flips(self, worth: Worth) -> Worth:
        """Towards denial and towards approval; a licence whose outcome is sure is left out. Licences that
        the tree always approves or denies together have the same answer."""
        if not 0 < worth.chance < 1:
            return worth
        event = tuple(map(_is_approved(worth.licence), next_nodes(self._tree)))
        if event not in self._flipped:
            self._flipped[event] = self._flips(worth)
        known = self._flipped[event]
        return replace(
            known, licence=worth.licence, group=worth.group,
            granted_saves=worth.granted_saves, at_most=worth.at_most,
        )  # fmt: skip

    def _flips(self, worth: Worth) -> Worth:
        denied, approved = self._regret(worth.licence, 0.0), self._regret(worth.licence, 1.0)
        worth = replace(worth, regret_if_denied=denied, regret_if_approved=approved)
        sides = ((denied, 0.0), (approved, 1.0))
        below, above = (
            self._bisected(worth.licence, worth.chance, end) if self._is_wrong(regret) else math.nan
            for regret, end in sides
        )
        return replace(worth, flips_below=below, flips_above=above)

    def _bisected(self, licence: str, right: float, wrong: float) -> float:
        """The chance between one at which today's decisions are right and one at which they are not."""
        for _ in range(_HALVINGS):
            middle = (right + wrong) / 2
            if self._is_wrong(self._regret(licence, middle)):
                wrong = middle
            else:
                right = middle
        return (right + wrong) / 2

    def _is_wrong(self, regret: float) -> bool:
        return regret > max(_WRONG, self.resolver.gap) * abs(self.resolver.base.found)

    def _regret(self, licence: str, chance: float) -> float:
        """What today's decisions cost more than the best, at another chance of approval [kUSD]."""
        tree = reweighed(self._tree, _is_approved(licence), chance, lambda node: node.regime)
        free = self.resolver.cost_on(tree)
        kept = self.resolver.cost_on(tree, self._kept)
        return max(0.0, kept.found - free.found)


def _is_approved(licence: str) -> Callable[[Any], bool]:
    """Whether a node's world has the licence, late or on time."""
    return lambda node: node.outcomes.get(licence) != DENIED


def _findings(
    resolver: Resolver, names: list[str], found: Mapping[str, Worth], *, flips: bool
) -> Findings:
    worths = sorted(found.values(), key=lambda worth: -worth.granted_saves)
    sentences = []
    for worth in worths[:6]:
        words = f"{worth.licence}, approved next with {percent(worth.chance)}: granted for sure it would save {kusd(worth.granted_saves)}"
        words += _flip_words(worth)
        sentences.append(words + ".")
    said = cautions(resolver, len(found), len(names), "licences")
    looked = [
        worth for worth in worths if worth.flips_below is not None or not 0 < worth.chance < 1
    ]
    if flips and len(looked) < len(found):
        said.append(
            f"Flips were looked for of {len(looked)} of {len(found)} licences before the time was over."
        )
    best = worths[0] if worths else None
    title = "No licence was valued."
    if best is not None:
        title = f"The licence worth most is {best.licence}: {kusd(best.granted_saves)} if granted for sure."
        if best.granted_saves == 0:
            title = "No licence is worth anything by itself: the plan does not lean on one."
    rows = [
        (w.licence, w.group, w.chance, w.granted_saves, w.at_most, w.regret_if_denied,
         w.regret_if_approved, _or_nan(w.flips_below), _or_nan(w.flips_above))
        for w in worths
    ]  # fmt: skip
    columns = (
        "licence", "group", "approved_next_probability", "granted_saves_kusd", "at_most_kusd",
        "regret_if_denied_kusd", "regret_if_approved_kusd", "flips_below_probability",
        "flips_above_probability",
    )  # fmt: skip
    table = FindingTable.of(
        "licences", "Worth of each licence; the chance of approval at which today's decisions change",
        columns, rows,
    )  # fmt: skip
    return Findings("licences", title, tuple(sentences), (table,), tuple(said))


def _flip_words(worth: Worth) -> str:
    if worth.flips_below is None:
        return ""
    below, above = worth.flips_below, worth.flips_above or math.nan
    parts = []
    if not math.isnan(below):
        parts.append(f"below {percent(below)}")
    if not math.isnan(above):
        parts.append(f"above {percent(above)}")
    if not parts:
        return "; no chance of it was found at which today's decisions are wrong by more than the plan's own gap"
    return f"; today's decisions change if you believe its chance to be {' or '.join(parts)}"


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
