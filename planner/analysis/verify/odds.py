"""The odds of licence outcomes: one draw per group, groups independent given the regime."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from math import prod

from planner.case.case import Case, Row

#: Intervals of the draw shorter than this come from rounding of the odds, not from the workbook.
_NOTHING = 1e-12

#: What becomes of the licences of a group, with its probability.
Draws = Mapping[tuple[str, ...], float]


class LicenceOdds:
    """Outcomes of every group of licences in each regime."""

    def __init__(self, case: Case) -> None:
        self._odds = {(row["licence"], row["regime"]): row for row in case["licence_odds"]}
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in case["licences"]:
            own = ("licence", row["licence"])
            groups[("group", row["group"]) if row["group"] else own].append(row["licence"])
        self.groups = tuple(tuple(members) for members in groups.values())
        self._draws: dict[tuple[str, tuple[str, ...]], Draws] = {}

    def late_months(self, licence: str, regime: str) -> float | None:
        """Months by which a late licence is late; None where the workbook gives no odds."""
        row = self._odds.get((licence, regime))
        return None if row is None else float(row["late_months"])

    def draws(self, regime: str, group: tuple[str, ...]) -> Draws:
        """Joint outcomes of a group's licences, in the group's order, with their odds."""
        key = (regime, group)
        if key not in self._draws:
            self._draws[key] = _draws([self._odds[licence, regime] for licence in group])
        return self._draws[key]

    def probability(self, regime: str, outcomes: Mapping[str, str]) -> float:
        """Of these outcomes (licences not named are on time), given the regime."""
        return prod(
            self.draws(regime, group).get(
                tuple(outcomes.get(licence, "on_time") for licence in group), 0.0
            )
            for group in self.groups
        )

    def count(self, regime: str) -> int:
        """How many joint outcomes of all licences are possible in a regime."""
        return prod(len(self.draws(regime, group)) for group in self.groups)

    def worst(self, regime: str) -> dict[str, str]:
        """Every group at the far end of its draw: as late and as denied as can be."""
        return {
            licence: outcome
            for group in self.groups
            for licence, outcome in zip(group, list(self.draws(regime, group))[-1], strict=True)
            if outcome != "on_time"
        }


def _draws(rows: list[Row]) -> Draws:
    cuts = [(row["on_time"], row["on_time"] + row["late"]) for row in rows]
    marks = sorted({0.0, 1.0, *(min(1.0, mark) for pair in cuts for mark in pair)})
    odds: dict[tuple[str, ...], float] = defaultdict(float)
    for low, high in pairwise(marks):
        if high - low > _NOTHING:
            draw = (low + high) / 2
            outcomes = tuple(
                "on_time" if draw < on_time else "late" if draw < not_denied else "denied"
                for on_time, not_denied in cuts
            )
            odds[outcomes] += high - low
    return odds
