"""What each rule costs: loosened by a step, then dropped, the case solved again each time.

The price of a rule is what the plan would cost less without it, all other rules standing: prices of
two rules do not add up. It is never below 0, since the base plan keeps every looser rule; but for a
law that closes lanes: it also lets a buyer off take-or-pay, so its price may be negative. ``price``
compares plans found; ``at_most`` is what a better plan could still bring, from the bound: where the gap
is wide a price of 0 with a large ``at_most`` says that nothing was found, not that nothing is there.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.loosening import Loosening, loosenings, team_limits
from planner.analysis.resolving import Cost, OutOfTime, Resolver, Tell, Unsolved
from planner.case import Case
from planner.solve.answer import Answer

#: Kinds in the order in which they are asked: what a planner can change first. Laws come last; dropping
#: one opens lanes by the hundred, which takes as long as all else together.
_ORDER = (
    "cap", "limit", "stress test", "budget", "building floor", "commitment", "team", "quota",
    "service floor", "safety stock", "closing stock", "law",
)  # fmt: skip
#: A price below this share of the plan's cost is none; below the other its share is not worth a word.
_NOTHING, _TELLING = 1e-5, 1e-3


@dataclass(frozen=True)
class Price:
    """Of one rule [kUSD]; ``step`` NaN where it has none or time ran out."""

    rule: Loosening
    step: float
    price: float
    at_most: float


def price_of_rules(
    case: Case,
    *,
    gap: float | None = None,
    seconds: float = 600.0,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    solved: Answer | None = None,
) -> Findings:
    """Every rule priced, dearest first. Raises Infeasible or NothingFound for the case itself."""
    resolver = Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved)
    rules = [*loosenings(case), *team_limits(case)]
    rules.sort(key=lambda rule: _ORDER.index(rule.kind))
    base, prices = resolver.base, []
    try:
        for done, rule in enumerate(rules):
            if tell is not None:
                tell(done, len(rules), f"{rule.kind} {rule.name}")
            with contextlib.suppress(Unsolved):  # told as a caution
                prices.append(_dropped(resolver, base, rule))
        for at in sorted(range(len(prices)), key=lambda i: -prices[i].price):
            if prices[at].price > _NOTHING * abs(base.found):
                with contextlib.suppress(Unsolved):
                    prices[at] = _stepped(resolver, base, prices[at])
    except OutOfTime:
        pass  # told as a caution
    prices.sort(key=lambda price: (-price.price, -price.at_most))
    return _findings(resolver, rules, prices)


def _dropped(resolver: Resolver, base: Cost, rule: Loosening) -> Price:
    without = resolver.cost_without_rule(rule.dropped)
    found = saving(base, without)
    if rule.kind == "law":
        found = base.found - without.found
    return Price(rule, math.nan, found, max(found, base.found - without.bound))


def _stepped(resolver: Resolver, base: Cost, price: Price) -> Price:
    if price.rule.loosened is None:
        return price
    looser = saving(base, resolver.cost(price.rule.loosened))
    # What a step saves, dropping saves too.
    return Price(price.rule, looser, max(price.price, looser), max(price.at_most, looser))


def saving(base: Cost, other: Cost) -> float:
    """What the other plan costs less [kUSD]; the base plan is open to it, so at least 0."""
    return max(0.0, base.found - other.found)


def _findings(resolver: Resolver, rules: Sequence[Loosening], prices: Sequence[Price]) -> Findings:
    base = resolver.base
    dear = [p for p in prices if p.price > _NOTHING * abs(base.found)]
    free = len(prices) - len(dear)
    sentences = [_sentence(price, base) for price in dear[:5]]
    if free:
        sentences.append(
            f"{free} of {len(prices)} rules cost nothing by themselves: dropping one of them, all others standing, "
            "led to no cheaper plan."
        )
    title = "No rule costs anything by itself."
    if dear:
        title = f"{len(dear)} of {len(prices)} rules have a price; the dearest is {dear[0].rule.kind} {dear[0].rule.name}: {kusd(dear[0].price)}."  # fmt: skip
    rows = [
        (p.rule.kind, p.rule.name, p.rule.cell, p.rule.now, p.price, p.at_most, p.rule.step, p.step)
        for p in prices
    ]
    columns = ("kind", "rule", "cell", "now", "dropping_saves_kusd", "at_most_kusd", "one_step", "step_saves_kusd")  # fmt: skip
    return Findings(
        "prices",
        title,
        tuple(sentences),
        (FindingTable.of("rules", "What each rule costs, all others standing", columns, rows),),
        tuple(cautions(resolver, len(prices), len(rules), "rules")),
    )


def _sentence(price: Price, base: Cost) -> str:
    """What a rule costs, the most it may cost where that is not the same, and what one step saves."""
    rule = price.rule
    words = f"The {rule.kind} {rule.name} ({rule.cell}, now {rule.now}) costs {kusd(price.price)}"
    share = price.price / max(abs(base.found), 1e-9)
    words += f", {percent(share)} of the objective" if share >= _TELLING else ""
    if price.at_most > price.price + _TELLING * abs(base.found):
        words += (
            f"; at most {kusd(price.at_most)}, if other yes-or-no decisions could use its absence"
        )
    return words + (
        f"; at {rule.step} it would save {kusd(price.step)}." if price.step > 0 else "."
    )


def cautions(resolver: Resolver, done: int, of: int, what: str) -> list[str]:
    """What the time did not allow and what the gap hides."""
    said = []
    if done < of:
        said.append(
            f"The time was over, or too short for some, after {done} of {of} {what}; nothing is said of the others."
        )
    if resolver.gap > 1e-4:
        said.append(
            f"The plan itself is proven within {percent(resolver.gap)} only ({kusd(resolver.gap * abs(resolver.base.found))}): "
            "smaller differences are of the plans found, not proven."
        )
    if resolver.variants_gap > 1e-4:
        said.append(
            f"A variant is solved until it is proven within {percent(resolver.variants_gap)}, often with the yes-or-no "
            "decisions of the plan as they are: what others could add is in the bounds, where a table has them."
        )
    return said
