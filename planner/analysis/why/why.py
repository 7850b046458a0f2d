"""Why and why not: for each offer, project, licence, lane and substitute what decides, by re-solving.

Used: what the plan would cost without it, what would take its place, and the price at which it would
leave. Not used: the rule that closes it, or the price at which it would enter and what it would push out.
Without a name asked for, all are screened in the relaxation (`planner.solve.entering`) and the most
telling ones solved again.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from planner.analysis.amounts import kusd
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.price_of_rules import cautions
from planner.analysis.resolving import Cost, OutOfTime, Resolver, Tell, Unsolved
from planner.analysis.why.binding import NOTHING_BINDS, Binding, binding, weights
from planner.analysis.why.closed import closed_arcs, closed_reason
from planner.analysis.why.items import Item, asked, items
from planner.analysis.why.threshold import NEVER, Threshold, threshold
from planner.case import Case
from planner.solve.answer import Answer
from planner.solve.entering import too_dear_by

#: Of the screening, how many unused and used things are solved again.
_UNUSED, _USED = 6, 4
#: How far below its price an unused thing is tried first, in units of what the relaxation finds too dear.
_BELOW = (1.2, 3.0)
#: Part of the time that the screening may take.
_SCREENING = 0.25
_NOT_ITS_PRICE = "not its price: even for nothing it is of no use beside what the plan has"
_NONE_FOUND = "even for nothing no plan was found that uses it and costs less; that one saves up to {} is not ruled out"
#: For the last word on a thing the search goes so far, in units of the plan's own gap.
_AS_FAR = 1.5
#: A move below this part of the largest is not worth a word.
_ASIDE = 0.02
#: Use below this is none [t, modules, applications].
_DUST = 1e-6


@dataclass(frozen=True)
class Verdict:
    """``worth``: what the plan costs more without it; ``instead``: what moves, in words; ``bound``: the
    caps and capacities that bind it."""

    item: Item
    used: float
    decides: str
    price: float
    turns_at: Threshold
    worth: float
    instead: str
    bound: Binding = NOTHING_BINDS


def why(
    case: Case,
    of: Sequence[str] = (),
    *,
    gap: float | None = None,
    unused: int = _UNUSED,
    used: int = _USED,
    seconds: float = 600.0,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    solved: Answer | None = None,
) -> Findings:
    """What decides on the things named (``offers:NAME``), or on the most telling of all: so many that the
    plan does not use, so many that it uses.

    Raises CaseError for a name that is none; Infeasible or NothingFound for the case itself.
    """
    wanted = [asked(case, words) for words in of]
    resolver = Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved)
    base = resolver.base.answer
    assert base is not None
    screened = _screened(base, items(case), time.monotonic() + _SCREENING * seconds)
    chosen = wanted or _telling(case, screened, unused, used)
    verdicts: list[Verdict] = []
    try:
        for done, item in enumerate(chosen):
            if tell is not None:
                tell(done, len(chosen), item.name)
            near = next(s.too_dear for s in screened if s.item == item)
            with contextlib.suppress(Unsolved):  # told as a caution
                verdicts.append(_verdict(resolver, item, near))
    except OutOfTime:
        pass  # told as a caution
    return _findings(resolver, chosen, verdicts, screened)


@dataclass(frozen=True)
class _Screened:
    """``too_dear``: by how much, in the relaxation; NaN where it is used or closed."""

    item: Item
    used: float
    too_dear: float
    closed: str


def _screened(base: Answer, every: Sequence[Item], deadline: float) -> list[_Screened]:
    weight = weights(base)
    used = [item.used(base) for item in every]
    things = []
    for item, amount in zip(every, used, strict=True):
        columns = np.array(
            item.main_columns(base.problem) if amount <= _DUST else (), dtype=np.int64
        )
        columns = columns[weight[columns] > 0]
        things.append((columns, weight[columns]))
    dear = too_dear_by(base.problem.layout.arrays, things, deadline, base.warm.root)
    return [
        _Screened(item, amount, gap, closed_reason(base, item) if amount <= _DUST else "")
        for item, amount, gap in zip(every, used, dear, strict=True)
    ]


def _telling(case: Case, screened: Sequence[_Screened], unused: int, used: int) -> list[Item]:
    """The unused that are nearest to entering, relative to their price, and the used of which most is
    used, in turn, so that time that runs out leaves some of both."""
    near = sorted(
        (
            s
            for s in screened
            if s.used <= _DUST
            and not s.closed
            and not math.isnan(s.too_dear)
            and s.item.kind.sheet != "lanes"
        ),
        key=lambda s: s.too_dear / max(abs(s.item.price(case)), 1.0),
    )[:unused]
    offers = [s for s in screened if s.used > _DUST and s.item.kind.sheet == "offers"]
    rest = [s for s in screened if s.used > _DUST and s.item.kind.sheet in ("projects", "licences")]
    most = sorted(offers, key=lambda s: -s.used)[: used - used // 2] + rest[: used // 2]
    return [s.item for pair in zip_longest(near, most) for s in pair if s is not None]


def _verdict(resolver: Resolver, item: Item, too_dear: float) -> Verdict:
    """``too_dear``: by how much in the relaxation; NaN where that is not known."""
    base = resolver.base
    assert base.answer is not None
    used, price = item.used(base.answer), item.price(resolver.case)
    if used > _DUST:
        bound = binding(base.answer, item)
        without = resolver.cost_of(item.without(base.answer.problem))
        if not without.exists:
            never = Threshold(math.inf, 0.0)
            return Verdict(item, used, "no plan exists without it", price, never, math.inf, "", bound)  # fmt: skip
        try:
            turns = threshold(resolver, item, without, price, base)
        except OutOfTime:
            turns = NEVER  # what it is worth is known all the same
        return Verdict(
            item, used, "its price", price, turns, max(0.0, without.found - base.found),
            moved(base, without, item), bound,
        )  # fmt: skip
    closed = closed_reason(base.answer, item)
    if not closed and not item.main_columns(base.answer.problem):
        closed = "nothing of it can reach a market in time, or it is no choice"
    if closed:
        return Verdict(item, 0.0, closed, price, NEVER, 0.0, "")
    at, free = _first_use(resolver, item, too_dear)
    assert free.answer is not None
    if not _pays(base, free, item):
        bound = binding(free.answer, item)
        named = f" ({'; '.join(bound.words)})" if bound.words else ""
        left = base.found - free.bound
        words = _NOT_ITS_PRICE if left <= _AS_FAR * (base.found - base.bound) + _DUST else _NONE_FOUND.format(kusd(left))  # fmt: skip
        return Verdict(item, 0.0, f"{words}{named}", price, NEVER, 0.0, "", bound)
    turns = threshold(resolver, item, base, at, free)
    pushed = moved(base, Cost(0.0, 0.0, turns.at), item) if turns.at is not None else ""
    return Verdict(item, 0.0, "its price", price, turns, 0.0, pushed, binding(base.answer, item))


def _first_use(resolver: Resolver, item: Item, too_dear: float) -> tuple[float, Cost]:
    """The highest price tried at which a plan uses it and costs less, and that plan; the last tried
    where none does. Near the relaxation's price a plan is a solve from old bases, far below it a search."""
    price, floor = item.price(resolver.case), min(0.0, item.price(resolver.case))
    near = [] if math.isnan(too_dear) else [price - by * too_dear for by in _BELOW]
    for at in near:
        if floor < at < price:
            tried = resolver.cost(item.at_price(resolver.case, at))
            if _pays(resolver.base, tried, item):
                return at, tried
    # Searched as far as the plan itself was: within a wider gap the plan without it would do.
    gap = min(resolver.variants_gap, _AS_FAR * resolver.gap)
    return floor, resolver.cost(item.at_price(resolver.case, floor), gap=gap)


def _pays(base: Cost, other: Cost, item: Item) -> bool:
    """Whether a plan uses it and costs less than the base plan."""
    assert other.answer is not None
    return item.used(other.answer) > _DUST and base.found - other.found > _DUST


def moved(base: Cost, other: Cost, item: Item) -> str:
    """What other offers, projects and shortages are more or less than in the base plan, in words."""
    assert base.answer is not None
    assert other.answer is not None
    case = base.answer.problem.case
    changes = []
    for one in items(case):
        if one == item or one.kind.sheet not in ("offers", "projects", "substitutes"):
            continue
        by = one.used(other.answer) - one.used(base.answer)
        if abs(by) > 1e-3:
            changes.append((abs(by), f"{one.name} {by:+,.4g} {one.kind.unit}"))
    short = _short(other.answer) - _short(base.answer)
    changes.sort(reverse=True)
    words = [text for by, text in changes[:3] if by > _ASIDE * changes[0][0]]
    if abs(short) > 1e-3:
        words.append(f"shortage {short:+,.4g} t")
    return ", ".join(words)


def _short(found: Answer) -> float:
    probability = {node.name: node.probability for node in found.tree.ordinary}
    layout = found.problem.layout
    return sum(
        probability.get(node, 0.0) * t for node, _, t in layout.decisions(found.values, "short")
    )


def _findings(
    resolver: Resolver, chosen: Sequence[Item], verdicts: Sequence[Verdict], screened: Sequence[_Screened]
) -> Findings:  # fmt: skip
    base = resolver.base.answer
    assert base is not None
    sentences = tuple(_sentence(verdict) for verdict in verdicts)
    rows = [
        (v.item.kind.sheet, v.item.name, v.used, v.item.kind.unit, v.decides, v.price, v.turns_at.price,
         v.turns_at.slack, v.item.kind.price_unit, v.worth, v.instead)
        for v in verdicts
    ]  # fmt: skip
    columns = ("kind", "item", "used", "unit", "decides", "price_now", "turns_at", "or_up_to_more",
               "price_unit", "worth_kusd", "instead")  # fmt: skip
    listed = sorted(screened, key=lambda s: (s.item.kind.sheet, s.used <= _DUST, s.too_dear))
    screen = [
        (s.item.kind.sheet, s.item.name, s.used, s.item.kind.unit, s.too_dear, s.item.kind.price_unit, s.closed)
        for s in listed
    ]  # fmt: skip
    tables = (
        FindingTable.of("answers", "What decides, by solving again", columns, rows),
        FindingTable.of(
            "binding", "Caps and capacities that bind a thing: what one unit more room would save at most",
            ("kind", "item", "rule", "cell", "charge", "price_unit", "places"),
            [(v.item.kind.sheet, v.item.name, b.name, b.cell, b.charge, v.item.kind.price_unit, b.places)
             for v in verdicts for b in v.bound.rows],
        ),
        FindingTable.of(
            "screening", "All things; what is not used: by how much it is too dear in the relaxation",
            ("kind", "item", "used", "unit", "too_dear_by", "price_unit", "closed_by"), screen,
        ),
        closed_arcs(base),
    )  # fmt: skip
    title = _sentence(verdicts[0]) if len(verdicts) == 1 else _title(screened)
    return Findings(
        "why", title, sentences if len(verdicts) != 1 else (), tables,
        tuple(cautions(resolver, len(verdicts), len(chosen), "answers")),
    )  # fmt: skip


def _title(screened: Sequence[_Screened]) -> str:
    offers = [s for s in screened if s.item.kind.sheet == "offers"]
    used = sum(s.used > _DUST for s in offers)
    shut = sum(bool(s.closed) for s in offers)
    return f"The plan uses {used} of {len(offers)} offers; {shut} are closed by rules or licences, {len(offers) - used - shut} are not worth their price."


def _sentence(v: Verdict) -> str:
    unit, at = v.item.kind.price_unit, v.turns_at.price
    name = f"{v.item.kind.sheet.removesuffix('s')} {v.item.name}"
    if v.used > _DUST:
        words = f"The plan uses {name}: {v.used:,.4g} {v.item.kind.unit} expected."
        if math.isinf(v.worth):
            return f"{words} No plan exists without it."
        words += f" Without it the objective would rise by {kusd(v.worth)}"
        words += f" ({v.instead})." if v.instead else "."
        if v.bound.words:
            words += f" What binds it: {'; '.join(v.bound.words)}."
        if math.isfinite(at):
            return f"{words} It would leave above {at:,.2f} {unit}; it costs {v.price:,.2f} now."
        if math.isnan(at):
            return f"{words} At which price it would leave was not found in the time."
        return f"{words} No price drives it out altogether."
    if v.decides == "its price":
        words = f"The plan does not use {name}: at {v.price:,.2f} {unit} it is too dear; it would enter below {at:,.2f} {unit}"
        words = f"{words}, in place of: {v.instead}." if v.instead else f"{words}."
        return (
            f"{words} Of its price apart, {'; '.join(v.bound.words)}." if v.bound.words else words
        )
    return f"The plan does not use {name}: {v.decides}."
