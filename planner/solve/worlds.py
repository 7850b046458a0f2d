"""Worlds drawn from the regimes and licence odds themselves, before any reduction of the tree.

A world says, for each epoch from 2 on, which regime came and what became of every licence. Trees are
then grown on the news so far: one node for each epoch that has passed, and below the last of them
what the case's own `branches` keep of what may follow.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from models.tree import Node, Tree
from planner.case.case import Case
from planner.errors import CaseError
from planner.solve.lottery import Follower, Lottery, Outcomes
from planner.solve.tree import (
    Families,
    drawn_root,
    grown,
    last_epoch,
    widths,
    with_stress_branches,
)

#: What an epoch brings: its regime, and the outcome of each licence in the lottery's order.
News = tuple[str, Outcomes]
#: The news of the epochs 2, 3 ... so far.
History = tuple[News, ...]

#: Children per node of a sampled tree where the case enumerates all of them.
SAMPLED_WIDTH = 4


@dataclass(frozen=True)
class Draw:
    """Seeded draws that do not depend on how many came before: world ``i`` of ``seed``."""

    lottery: Lottery
    last: int

    def world(self, today: str, seed: int, i: int) -> History:
        """News of all later epochs."""
        rng = np.random.default_rng((seed, i))
        history: list[News] = []
        regime = today
        for _ in range(2, self.last + 1):
            news = self.news(regime, rng)
            history.append(news)
            regime = news[0]
        return tuple(history)

    def news(self, regime: str, rng: np.random.Generator) -> News:
        """What follows a node of this regime: a regime, then one draw a group of licences."""
        moves = self.lottery.moves[regime]
        names = list(moves)
        following = names[int(rng.choice(len(names), p=[float(moves[n]) for n in names]))]
        outcomes: Outcomes = ()
        for chances in self.lottery.draws[following]:
            pick = int(rng.choice(len(chances), p=[float(chance) for _, chance in chances]))
            outcomes += chances[pick][0]
        return following, outcomes


class Worlds:
    """The worlds of a case, and the trees of what is known and what may follow.

    Raises CaseError for a case that draws no worlds: a path, or a sheet `tree` whose leaves are
    all the worlds there are.
    """

    def __init__(self, case: Case) -> None:
        if case["tree"] or not case["transitions"]:
            found = "a sheet `tree`" if case["tree"] else "neither `tree` nor `transitions`"
            raise CaseError(
                f"The case has {found}, so there are no worlds beyond its own nodes to draw; "
                "expected `transitions` (and `licence_odds`), from which unseen worlds are sampled."
            )
        self._case = case
        self.last = last_epoch(case)
        self.lottery = Lottery(case)
        self._draw = Draw(self.lottery, self.last)
        self._families = Families(self.lottery, widths(case), int(case.settings["seed"]))

    @property
    def is_enumerated(self) -> bool:
        """Whether the plan's tree can hold every world, so that nothing was left out."""
        asked = widths(self._case)
        if asked is None:
            return True
        regimes = {self._case.settings["regime_today"]}
        for width in asked:
            if any(self.lottery.followers(regime) > width for regime in regimes):
                return False
            regimes = {following for regime in regimes for following in self.lottery.moves[regime]}
        return True

    def sample(self, count: int, seed: int) -> list[History]:
        """``count`` independent worlds; the first of them are the same for any count."""
        today = self._case.settings["regime_today"]
        return [self._draw.world(today, seed, i) for i in range(count)]

    def trunk(self, history: History) -> tuple[Node, ...]:
        """One node for each epoch known, each sure: it has happened."""
        nodes = [drawn_root(self._case)]
        for epoch, (regime, outcomes) in enumerate(history, start=2):
            nodes.append(
                Node(
                    name=f"{epoch}.came.{regime}.{'.'.join(outcomes)}",
                    parent=nodes[-1].name,
                    epoch=epoch,
                    probability=1.0,
                    regime=regime,
                    outcomes=dict(zip(self.lottery.licences, outcomes, strict=True)),
                )
            )
        return tuple(nodes)

    def tree_after(self, history: History) -> Tree:
        """What has happened, and below it what may follow, as the case's `branches` keep it."""
        return Tree(grown(self.trunk(history), self.lottery, self.last, self._families))

    def sampled_tree(self, seed: tuple[int, int]) -> Tree:
        """A tree of the case's own size whose children are independent draws, equally likely."""
        rng = np.random.default_rng(seed)
        asked = widths(self._case)

        def family(regime: str, epoch: int) -> tuple[Follower, ...]:
            width = SAMPLED_WIDTH if asked is None else asked[epoch - 2]
            seen = Counter(self._draw.news(regime, rng) for _ in range(width))
            return tuple(
                Follower(following, outcomes, Fraction(count, width))
                for (following, outcomes), count in sorted(seen.items())
            )

        return Tree(grown((drawn_root(self._case),), self.lottery, self.last, family))


def with_tests_ahead(case: Case, tree: Tree, known: int) -> tuple[Case, Tree]:
    """Case and tree with the stress tests that begin after epoch ``known`` only, each leaving the
    tree's own most likely path."""
    epoch_of = {row["period"]: int(row["epoch"]) for row in case["periods"]}
    ahead = [row for row in case["stress_tests"] if epoch_of[row["first_period"]] > known]
    rest = replace(case, sheets={**case.sheets, "stress_tests": tuple(ahead)})
    return rest, with_stress_branches(rest, tree)
