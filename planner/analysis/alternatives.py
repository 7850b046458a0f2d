"""Plans that cost almost as little and do other things: what all share, and what is free to choose.

Hop, skip and jump (Brill, Chang and Hopkins 1982): among the plans within x % of the optimum, the one
that does least of what the plans so far do; again until nothing new turns up. Where its yes-or-no
decisions are those of an earlier plan, a no-good cut rules that set out, until none is left: then it is
proven that no other set of yes-or-no decisions costs so little.

No-regret is proven apart: the case is solved without a decision of the plan; where even the bound of that
costs more than x %, no such plan does without it. All decisions are those of today (the root); what
follows them is the best there is.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.resolving import OutOfTime, Resolver, Tell, Unsolved
from planner.case import Case
from planner.errors import CaseError, Infeasible, Interrupted, NothingFound
from planner.solve.answer import Answer, answer, limits_of
from planner.solve.given import SIGNED, Given
from planner.solve.near_optimal import Deed, Near, NearOptimal
from planner.solve.search import Limits, Warm

_VERB = {
    "contract": "sign", "apply": "apply for", "qualify": "qualify", "switch": "switch to",
    "build": "build",
}  # fmt: skip
_UNIT = {"contract": "t/year", "build": "modules"}
#: How near to least the aim of a whole plan is brought: it is to differ, not to be a record.
_AIM_GAP = 0.02
#: Part of the seconds left after what can be left out in which whole plans are looked for; the rest
#: prices them. With less than ``_LEAST_S`` left one plan is looked for all the same [s].
_PLANS_SHARE, _LEAST_S = 0.8, 5.0


@dataclass(frozen=True)
class _Need:
    """Of a decision of the plan: its amount there; what the cheapest plan found without it costs
    (infinite: there is none) and what no such plan costs less than [kUSD]; NaN: not looked at."""

    deed: Deed
    amount: float
    budget: float
    found: float = math.nan
    proven: float = math.nan

    @property
    def verdict(self) -> str:
        if self.proven > self.budget:
            return "always"
        return "can be left out" if self.found <= self.budget else "not proven"


def alternatives(
    case: Case,
    *,
    within: float = 0.02,
    count: int = 4,
    seconds: float = 300.0,
    tell: Tell | None = None,
    stop: threading.Event | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Tables ``needs`` (each decision of today: always, or can be left out) and ``plans``.

    ``within``: dearer than the optimum by at most this share. ``solved``: the case. Raises CaseError for a share that is
    not above 0, Infeasible or NothingFound where there is no plan.
    """
    if not 0 < within <= 1:
        raise CaseError(f"Plans within {within:g} of the optimum were asked for; expected a share above 0, at most 1, such as 0.02.")  # fmt: skip
    resolver = Resolver(case, seconds=seconds, stop=stop, base=solved)
    base = resolver.base.answer
    assert base is not None
    budget = base.objective + within * abs(base.objective)
    near = NearOptimal(base, budget, stop)
    deeds = near.deeds(near.start)
    needs = _needs(resolver, near, deeds, budget, tell)
    left = max(seconds - resolver.spent, _LEAST_S)
    limits = limits_of(case, seconds=left / count, gap=_AIM_GAP)
    plans, ended = _others(near, deeds, count, limits, time.monotonic() + _PLANS_SHARE * left, tell)
    costs = [_cost(base, plan, limits_of(case, seconds=limits.time_limit), stop) for plan in plans]
    return _findings(_Found(base, budget, within, needs, deeds, plans, costs, ended))


def _needs(
    resolver: Resolver,
    near: NearOptimal,
    deeds: Mapping[Deed, float],
    budget: float,
    tell: Tell | None,
) -> list[_Need]:
    """Each decision of the plan, the case solved without it as far as time allows."""
    needs = [_Need(deed, amount, budget) for deed, amount in deeds.items()]
    try:
        for done, need in enumerate(needs):
            if tell is not None:
                tell(done, len(needs), f"can {_words(need.deed)} be left out")
            with contextlib.suppress(Unsolved):  # told as a caution
                cost = resolver.cost_of(near.without(need.deed))
                needs[done] = replace(need, found=cost.found, proven=cost.bound)
    except OutOfTime:
        pass  # told as a caution
    return needs


def _words(deed: Deed) -> str:
    """``sign Kuantan contract for epoch 2``."""
    component, index = deed
    match component:
        case "contract" | "apply":
            name, when = f"{index[0]}", f" for epoch {index[1]}"
        case "qualify":
            name, when = f"{index[1]} of {index[0]}", ""
        case "build":
            name, when = f"{index[0]}", f" in period {index[1] + 1}"
        case _:
            name, when = f"{index}", ""
    return f"{_VERB[component]} {name}{when}"


def _others(
    near: NearOptimal,
    deeds: Mapping[Deed, float],
    count: int,
    limits: Limits,
    until: float,
    tell: Tell | None,
) -> tuple[list[Near], str]:
    """(plans that differ in what they do, why there are no more)."""
    plans: list[Near] = []
    scale = dict(deeds)
    done: Counter[Deed] = Counter(deeds.keys())
    seen = [frozenset(deeds)]
    for _ in range(2 * count):
        if len(plans) == count:
            break
        if time.monotonic() >= until:
            return plans, "time"
        if tell is not None:
            tell(len(plans), count, "plans that do other things")
        try:
            # What many plans do already weighs more, so that the next one leaves it if it can.
            plan = near.least({d: n / scale[d] for d, n in done.items()}, limits)
        except Infeasible:
            return plans, "proven"
        except (NothingFound, Interrupted):
            return plans, "time"
        support = frozenset(plan.deeds)
        if support in seen:
            if not near.exclude(plan.deeds):
                return plans, "repeats"
            continue
        seen.append(support)
        plans.append(plan)
        for deed, amount in plan.deeds.items():
            scale[deed] = max(scale.get(deed, 0.0), amount)
        done.update(plan.deeds.keys())
    return plans, "asked" if len(plans) == count else "repeats"


def _cost(
    base: Answer, plan: Near, limits: Limits, stop: threading.Event | None
) -> tuple[float, float]:
    """(objective, expected cost) of the best plan with these decisions of today [kUSD]."""
    root = base.tree.root.name
    values = {(root, component, index): v for (component, index), v in plan.deeds.items()}
    given = Given(frozenset([root]), frozenset(SIGNED), values)
    try:
        warm = Warm(plan.values, base.warm.root, None, base.warm.cost)
        found = answer(base.problem, limits, given=given, warm=warm, stop=stop)
    except (Infeasible, NothingFound, Interrupted):
        return math.nan, math.nan
    return found.objective, found.expected_cost


@dataclass(frozen=True)
class _Found:
    base: Answer
    budget: float
    within: float
    needs: list[_Need]
    deeds: Mapping[Deed, float]
    plans: list[Near]
    costs: list[tuple[float, float]]
    ended: str


def _findings(found: _Found) -> Findings:
    needs = FindingTable.of(
        "needs", "a decision of today: what every plan in the budget does of it",
        ("decision", "unit", "in_plan", "without_costs_kusd", "without_at_least_kusd", "verdict"),
        [(_words(n.deed), _UNIT.get(n.deed[0], "yes = 1"), n.amount, n.found, n.proven, n.verdict)
         for n in found.needs],
    )  # fmt: skip
    every = dict.fromkeys([*found.deeds, *(d for plan in found.plans for d in plan.deeds)])
    letters = [f"plan {chr(ord('B') + i)}" for i in range(len(found.plans))]
    rows: list[tuple[object, ...]] = [
        (_words(d), _UNIT.get(d[0], "yes = 1"), found.deeds.get(d, 0.0),
         *(plan.deeds.get(d, 0.0) for plan in found.plans))
        for d in every
    ]  # fmt: skip
    plans = FindingTable.of("plans", "what each plan decides today; A is the plan itself", ("decision", "unit", "plan A", *letters), rows)  # fmt: skip
    own = ("plan A", found.base.objective, found.base.expected_cost, 0.0)
    costs = [own] + [
        (name, cost, mean, cost / found.base.objective - 1 if found.base.objective else math.nan)
        for name, (cost, mean) in zip(letters, found.costs, strict=True)
    ]
    table = FindingTable.of("costs", "what each plan costs at best", ("plan", "objective_kusd", "expected_cost_kusd", "dearer_share"), costs)  # fmt: skip
    return Findings(
        "alternatives", _title(found), tuple(_sentences(found, letters)), (needs, plans, table),
        tuple(_cautions(found)),
    )  # fmt: skip


def _of(needs: list[_Need], verdict: str) -> list[str]:
    return [_words(need.deed) for need in needs if need.verdict == verdict]


def _title(found: _Found) -> str:
    always, free = _of(found.needs, "always"), _of(found.needs, "can be left out")
    return (
        f"Within {percent(found.within)} of the least cost, {len(always)} of {len(found.needs)} "
        f"decisions of today are in every plan and {len(free)} can be left out; "
        f"{len(found.plans)} plans were found that do other things"
    )


def _sentences(found: _Found, letters: list[str]) -> Iterator[str]:
    for verdict, words in (("always", "No regret, in every plan"), ("can be left out", "Free to choose")):  # fmt: skip
        named = _of(found.needs, verdict)
        if named:
            yield f"{words} up to {kusd(found.budget)}: {'; '.join(named)}."
    for name, plan, (cost, _) in zip(letters, found.plans, found.costs, strict=True):
        new = [_words(d) for d in plan.deeds if d not in found.deeds]
        gone = [_words(d) for d in found.deeds if d not in plan.deeds]
        said = [f"does {'; '.join(new)}"] if new else []
        said += [f"does not {'; '.join(gone)}"] if gone else []
        yield f"{name[0].upper()}{name[1:]}, at {kusd(cost)}, {' and '.join(said) or 'moves amounts only'}."


def _cautions(found: _Found) -> Iterator[str]:
    open_ = _of(found.needs, "not proven")
    if open_:
        yield f"Not settled in the time given: {'; '.join(open_)}."
    if found.ended == "proven":
        yield "No set of yes-or-no decisions of today but those shown costs so little: that is proven."
    elif found.ended == "time":
        yield "Time was up before more plans were found: ask for more seconds."
    gap = found.base.objective - found.base.bound
    if gap > 0.2 * (found.budget - found.base.objective):
        yield (
            f"The plan itself is proven only to {kusd(gap)}, a good part of the "
            f"{kusd(found.budget - found.base.objective)} that others may cost more: solve to a "
            "smaller mip_gap, or look wider."
        )
