"""The few weakly sourced inputs on which a plan hangs: one at a time, the case solved again.

Each estimate of grade C or D (``planner.analysis.graded``) is moved to the dear end of its range and
the case is solved again, later the cheap end for those that moved cost most. Two figures answer two
questions: ``cost`` moved says how much a wrong figure would be felt; ``regret`` says whether the plan
would be wrong: what today's decisions (signed, filed or begun in the first node) then cost more than
deciding today in the light of the true figure. An input can be worth millions and change nothing to do.

Chances are moved by weighing the same worlds anew, so differences are not noise of sampling. Chances come
first, then kinds of input in turn, as far as the seconds reach; what was not looked at is said.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from planner.analysis.amounts import kusd, percent
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.graded import Chance, Estimate, chances, estimates, moved
from planner.analysis.price_of_rules import cautions
from planner.analysis.resolving import Cost, OutOfTime, Resolver, Tell
from planner.case import Case
from planner.solve.answer import Answer
from planner.solve.given import SIGNED, Given
from planner.solve.reweighing import chance_of, next_nodes, reweighed

DENIED = "denied"
#: Of so many inputs the other end and the regret are looked at, if not of another number.
FEW = 8
#: The first pass may take this share of the seconds.
_FIRST_PASS = 0.6

#: Gap of the first pass: the plan's yes-or-no decisions as they are, unless they are far from the best.
_FIRST_GAP = 0.05

#: What a case costs with an input at one end of its range, around decisions given or free, to a gap
#: (None: that of all variants).
_Variant = Callable[[Given | None, float | None], Cost]


@dataclass(frozen=True)
class Move:
    """One input [kUSD over the base plan]; NaN: not looked at. ``dear`` and ``cheap`` by its two ends
    as words; ``regret`` of today's decisions at the dearer-to-ignore end."""

    what: str
    cells: str
    grade: str
    ends: tuple[str, str]
    variants: tuple[_Variant, _Variant]
    dear: float = math.nan
    cheap: float = math.nan
    regret: float = math.nan

    @property
    def swing(self) -> float:
        """The largest change of cost seen; 0 where none was looked at."""
        return max((abs(x) for x in (self.dear, self.cheap) if not math.isnan(x)), default=0.0)


def sensitivity(
    case: Case,
    *,
    gap: float | None = None,
    few: int = FEW,
    seconds: float = 180.0,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    solved: Answer | None = None,
) -> Findings:
    """The inputs of grade C or D, those that move cost most first; ``few``: of how many the other end and
    the regret are looked at. Raises Infeasible or NothingFound for
    the case itself."""
    resolver = Resolver(case, gap=gap, seconds=seconds, stop=stop, base=solved)
    moves = _moves(resolver)
    done: list[Move] = []
    kept = _today(resolver)
    try:
        for at, move in enumerate(moves):
            if resolver.spent > _FIRST_PASS * seconds:
                break
            if tell is not None:
                tell(at, len(moves), move.what)
            gap = max(_FIRST_GAP, resolver.variants_gap) if few < len(moves) else None
            done.append(replace(move, dear=_over(resolver, move.variants[0](None, gap))))
        done.sort(key=lambda move: -move.swing)
        for at, move in enumerate(done[:few]):
            if tell is not None:
                tell(len(moves) + at, len(moves) + few, f"{move.what}, the other end and regret")
            done[at] = _looked_into(resolver, move, kept)
    except OutOfTime:
        pass  # told as a caution
    done.sort(key=lambda move: -move.swing)
    return _findings(resolver, done, len(moves))


def _moves(resolver: Resolver) -> list[Move]:
    return [
        *_chance_moves(resolver),
        *(_of_estimate(resolver, e) for e in estimates(resolver.case)),
    ]


def _chance_moves(resolver: Resolver) -> Iterator[Move]:
    """Licences that the tree always approves or denies together are one input."""
    base = resolver.base.answer
    assert base is not None
    together: dict[tuple[bool, ...], list[Chance]] = defaultdict(list)
    for chance in chances(resolver.case):
        together[tuple(map(_event(chance), next_nodes(base.tree)))].append(chance)
    for alike in together.values():
        names = ", ".join(chance.what for chance in alike)
        cells = "; ".join(chance.cells for chance in alike)
        move = _of_chance(resolver, replace(alike[0], what=names, cells=cells))
        if move is not None:
            yield move


def _event(chance: Chance) -> Callable[[Any], bool]:
    """Whether it happens in a node."""

    def happens(node: Any) -> bool:
        if chance.licence:
            return node.outcomes.get(chance.licence) != DENIED
        return node.regime == chance.regime

    return happens


def _of_estimate(resolver: Resolver, estimate: Estimate) -> Move:
    def at(factor: float) -> _Variant:
        return lambda given, gap: resolver.cost(
            moved(resolver.case, estimate, factor), given, gap=gap
        )

    ends = (f"{estimate.dear - 1:+.0%}", f"{estimate.cheap - 1:+.0%}")
    return Move(
        estimate.what, estimate.cells, estimate.grade, ends,
        (at(estimate.dear), at(estimate.cheap)),
    )  # fmt: skip


def _of_chance(resolver: Resolver, chance: Chance) -> Move | None:
    """None where the event is sure in this tree, or no news comes."""
    base = resolver.base.answer
    assert base is not None
    tree = base.tree

    happens = _event(chance)
    now = chance_of(tree, happens)
    if not next_nodes(tree) or not 1e-9 < now < 1 - 1e-9:
        return None
    low, high = max(0.0, now - chance.off_by), min(1.0, now + chance.off_by)

    def at(value: float) -> _Variant:
        def within(node: Any) -> str:
            return node.regime if chance.licence else ""

        return lambda given, gap: resolver.cost_on(
            reweighed(tree, happens, value, within), given, gap
        )

    ends = (percent(low), percent(high))
    what = f"{chance.what} ({percent(now)} next)"
    return Move(what, chance.cells, chance.grade, ends, (at(low), at(high)))


def _today(resolver: Resolver) -> Given:
    base = resolver.base.answer
    assert base is not None
    return base.decided_in([base.tree.root.name], SIGNED)


def _over(resolver: Resolver, cost: Cost) -> float:
    """Above the base plan [kUSD]; infinite where no plan exists."""
    return cost.found - resolver.base.found


def _looked_into(resolver: Resolver, move: Move, kept: Given) -> Move:
    """Both ends, and what keeping today's decisions costs at either."""
    over, regrets = [], []
    for variant in move.variants:
        free = variant(None, None)
        regrets.append(max(0.0, variant(kept, None).found - free.found) if free.exists else 0.0)
        over.append(_over(resolver, free))
    return replace(move, dear=over[0], cheap=over[1], regret=max(regrets))


def _findings(resolver: Resolver, moves: list[Move], of: int) -> Findings:
    base = resolver.base.found
    noise = max(resolver.gap, 1e-6) * abs(base)
    looked = [move for move in moves if not math.isnan(move.regret)]
    wrong = [move for move in looked if move.regret > noise]
    title = "No weakly sourced input was looked at."
    if moves:
        top = moves[0]
        title = f"The weakly sourced input that moves cost most is {top.what}: {_said(top.swing)}."
    sentences = [
        f"{move.what} (grade {move.grade}, {move.cells}): {_ends(move)}" for move in moves[:5]
    ]
    if wrong:
        named = ", ".join(f"{move.what} (by {_said(move.regret)})" for move in wrong)
        sentences.append(f"Today's decisions would be wrong if these were: {named}.")
    elif looked:
        sentences.append(
            f"Of the {len(looked)} looked into, none changes what to do today by more than the plan's "
            f"own gap ({kusd(noise)})."
        )
    columns = (
        "input", "cells", "grade", "dear_end", "dear_end_adds_kusd", "cheap_end",
        "cheap_end_adds_kusd", "regret_of_today_kusd",
    )  # fmt: skip
    rows = [
        (m.what, m.cells, m.grade, m.ends[0], m.dear, m.ends[1], m.cheap, m.regret) for m in moves
    ]
    table = FindingTable.of(
        "inputs", "Inputs of grade C or D, moved to the ends of their range one at a time", columns, rows
    )  # fmt: skip
    said = cautions(resolver, len(moves), of, "inputs")
    said += _chance_caution(resolver)
    return Findings("sensitivity", title, tuple(sentences), (table,), tuple(said))


def _chance_caution(resolver: Resolver) -> list[str]:
    base = resolver.base.answer
    assert base is not None
    count = len(next_nodes(base.tree))
    if count < 2:
        return []
    return [
        f"Chances are moved on the plan's own tree, which has {count} states of the world next: what else "
        "differs between the states with and without the event moves with it."
    ]


def _ends(move: Move) -> str:
    parts = [f"{move.ends[0]} {_change(move.dear)}"]
    if not math.isnan(move.cheap):
        parts.append(f"{move.ends[1]} {_change(move.cheap)}")
    return "; ".join(parts) + "."


def _change(amount: float) -> str:
    if math.isinf(amount):
        return "leaves no plan"
    return f"adds {kusd(amount)}" if amount >= 0 else f"saves {kusd(-amount)}"


def _said(amount: float) -> str:
    return "no plan exists at one end" if math.isinf(amount) else kusd(amount)
