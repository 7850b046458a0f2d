"""What may follow a node: the next regime and, given it, the outcome of every licence.

Licences of one group share one uniform draw u: on time if u < on_time, late if u < on_time + late,
else denied, each with its own odds in the regime; so a group's outcomes are the intervals between
the sorted odds of its licences, and the top interval is the worst of each of them at once. Groups
are independent given the regime, and of the past. Probabilities are products of the workbook's
decimals taken as exact fractions: equal paths come out equal to the last bit, and no outcome of
probability 0 survives as a rounding error.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product

import numpy as np

from planner.case.case import Case
from planner.solve.reduction import Block, select

#: A regime with more outcomes than this is sampled before it is reduced.
SAMPLE = 2000

#: How bad an outcome is: the coordinate in which outcomes are compared when some must go.
SEVERITY = {"on_time": 0.0, "late": 0.5, "denied": 1.0}

Outcomes = tuple[str, ...]  # one per licence, in the order of Lottery.licences
Chances = tuple[tuple[Outcomes, Fraction], ...]  # mild to severe; probabilities sum to 1


@dataclass(frozen=True)
class Follower:
    """What may follow a node: regime and licence outcomes, and their probability given the node."""

    regime: str
    outcomes: Outcomes
    chance: Fraction


def group_chances(odds: Sequence[tuple[Fraction, Fraction]]) -> Chances:
    """Outcomes of licences that share one draw, from mild to severe.

    ``odds`` are (on_time, on_time + late) of each licence.
    """
    cuts = sorted({Fraction(0), Fraction(1), *(cut for pair in odds for cut in pair)})
    return tuple(
        (
            tuple(
                "on_time" if low < on_time else "late" if low < not_denied else "denied"
                for on_time, not_denied in odds
            ),
            high - low,
        )
        for low, high in pairwise(cuts)
    )


class Lottery:
    """Transitions and licence odds: the followers of a node, by its regime.

    ``licences`` in the order of every ``Outcomes``; ``moves`` the next regimes with probability
    above 0; ``draws`` the chances of each group, by regime.
    """

    def __init__(self, case: Case) -> None:
        groups: dict[tuple[str, bool], list[str]] = {}
        for row in case["licences"]:
            shared = bool(row["group"])
            groups.setdefault((row["group"] if shared else row["licence"], shared), []).append(
                row["licence"]
            )
        ordered = sorted(sorted(group) for group in groups.values())
        self.licences: Outcomes = tuple(name for group in ordered for name in group)
        self.moves = _moves(case)
        odds = {
            (row["licence"], row["regime"]): [
                _number(row[column]) for column in ("on_time", "late", "denied")
            ]
            for row in case["licence_odds"]
        }
        regimes = sorted({regime for moves in self.moves.values() for regime in moves})
        self.draws: dict[str, list[Chances]] = {
            regime: [
                group_chances([_cuts(odds[licence, regime]) for licence in group])
                for group in ordered
            ]
            for regime in regimes
        }

    def outcomes(self, regime: str) -> int:
        """How many outcomes of all licences have probability above 0 in a regime."""
        return math.prod(len(chances) for chances in self.draws[regime])

    def followers(self, regime: str) -> int:
        """How many followers of probability above 0 a node of this regime has."""
        return sum(self.outcomes(following) for following in self.moves[regime])

    def chances(self, regime: str) -> Chances:
        """Every outcome of all licences, from mild to severe (the last is the worst)."""
        return tuple(
            (
                tuple(outcome for part, _ in combination for outcome in part),
                math.prod((chance for _, chance in combination), start=Fraction(1)),
            )
            for combination in product(*self.draws[regime])
        )

    def sampled(self, regime: str, seed: int) -> Chances:
        """At most ``SAMPLE`` + 1 outcomes: seeded draws, and the worst with its own probability."""
        draws = self.draws[regime]
        worst = tuple(outcome for group in draws for outcome in group[-1][0])
        chance = math.prod((group[-1][1] for group in draws), start=Fraction(1))
        lottery = np.random.default_rng(seed)
        picks: list[list[int]] = [
            lottery.choice(len(group), SAMPLE, p=[float(share) for _, share in group]).tolist()
            for group in draws
        ]
        top = tuple(len(group) - 1 for group in draws)
        seen: Counter[tuple[int, ...]] = Counter(
            pick for pick in zip(*picks, strict=True) if pick != top
        )
        rest = [
            (
                tuple(o for group, i in zip(draws, pick, strict=True) for o in group[i][0]),
                (1 - chance) * Fraction(count, seen.total()),
            )
            for pick, count in sorted(seen.items())
        ]
        return (*rest, (worst, chance if rest else Fraction(1)))


def _moves(case: Case) -> dict[str, dict[str, Fraction]]:
    """Next regimes by regime, in order of name, each row normalised to sum to exactly 1."""
    rows: dict[str, dict[str, Fraction]] = {}
    for row in sorted(case["transitions"], key=lambda row: row["to_regime"]):
        if row["probability"] > 0:
            moves = rows.setdefault(row["from_regime"], {})
            moves[row["to_regime"]] = _number(row["probability"])
    return {
        regime: {following: chance / sum(moves.values()) for following, chance in moves.items()}
        for regime, moves in rows.items()
    }


def _cuts(odds: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """(on_time, on_time + late), the odds normalised to sum to exactly 1."""
    on_time, late, denied = odds
    total = on_time + late + denied
    return on_time / total, (on_time + late) / total


def _number(value: float) -> Fraction:
    """The decimal that the workbook shows, exactly."""
    return Fraction(repr(float(value)))


def followers(lottery: Lottery, regime: str, width: int | None, seed: int) -> tuple[Follower, ...]:
    """The children of a node: all, or ``width`` of them that stand for all."""
    whole = width is None or lottery.followers(regime) <= width
    blocks: list[tuple[str, Chances]] = [
        (
            following,
            lottery.chances(following)
            if whole or lottery.outcomes(following) <= SAMPLE
            else lottery.sampled(following, seed),
        )
        for following in lottery.moves[regime]
    ]
    if not whole and width is not None:
        blocks = _representatives(blocks, lottery.moves[regime], width, seed)
    return tuple(
        Follower(following, outcomes, lottery.moves[regime][following] * chance)
        for following, chances in blocks
        for outcomes, chance in chances
    )


def _representatives(
    blocks: Sequence[tuple[str, Chances]], moves: Mapping[str, Fraction], width: int, seed: int
) -> list[tuple[str, Chances]]:
    """``width`` outcomes over all regimes: the worst of each, the rest by forward selection."""
    stands_for = select(
        [
            Block(
                points=np.array([[SEVERITY[o] for o in outcomes] for outcomes, _ in chances]),
                weights=np.array([float(moves[regime] * chance) for _, chance in chances]),
                forced=len(chances) - 1,
            )
            for regime, chances in blocks
        ],
        min(width, sum(len(chances) for _, chances in blocks)),  # a sample may hold fewer
        seed,
    )
    reduced: list[tuple[str, Chances]] = []
    for (regime, chances), nearest in zip(blocks, stands_for, strict=True):
        mass: dict[int, Fraction] = {}
        for (_, chance), kept in zip(chances, nearest.tolist(), strict=True):
            mass[kept] = mass.get(kept, Fraction(0)) + chance
        reduced.append((regime, tuple((chances[i][0], mass[i]) for i in sorted(mass))))
    return reduced
