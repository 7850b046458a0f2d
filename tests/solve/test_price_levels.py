"""A plan pays what it reached and what it owes, not what a choice left open would let it pay."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.case import read_case
from planner.solve.highs import Outcome, polish, run
from planner.solve.layout import Layout
from planner.solve.price_levels import settle_levels
from planner.solve.run import build_problem
from tests.workbooks import mine_to_shop, offer, read_sheets, want

KNOWN = Path(__file__).parents[1] / "known_answers"


def _at_the_first_level(layout: Layout, node: str, best: Outcome) -> Outcome:
    """The same plan, its 50 t of ore at the dearer level."""
    dear = layout.spread(best.values)
    for component, amount in (("level", 1.0), ("bought", 50.0)):
        dear[layout.at(node, component, ("ore", 0, 0))] = amount
        dear[layout.at(node, component, ("ore", 1, 0))] = 0.0
    values = dear[layout.kept]
    return replace(best, values=values, objective=layout.arrays.objective(values))


def test_a_take_at_the_threshold_is_paid_at_the_level_it_reaches(tmp_path: Path) -> None:
    """50 t at 10, or at 9 from 50 t on: 450. A plan that carries the first level says 500."""
    case = read_sheets(
        mine_to_shop(
            offers=[offer("ore", "mine", "oxide", 10, capacity_t_per_year=80)],
            price_breaks=[{"offer": "ore", "from_t_per_year": 50, "price_usd_per_kg": 9}],
            demand=[want("shop", "oxide", 50, 100)],
        ),
        tmp_path,
    )
    problem = build_problem(case)
    layout, data = problem.layout, problem.assembly.instance
    best = polish(layout.arrays, run(layout.arrays, gap=1e-9, time_limit=10))
    assert best.objective == pytest.approx(450)
    assert settle_levels(data, layout, best) is best

    stuck = _at_the_first_level(layout, data.tree.root.name, best)
    assert stuck.objective == pytest.approx(500)
    assert settle_levels(data, layout, stuck).objective == pytest.approx(450)


def test_take_or_pay_under_a_shock_is_paid_as_owed() -> None:
    """A plan within its gap may pay for the contract where the shocked capacity owes less."""
    case = read_case(KNOWN / "hand_take_or_pay_shock.xlsx")
    problem = build_problem(case)
    layout, data = problem.layout, problem.assembly.instance
    best = polish(layout.arrays, run(layout.arrays, gap=0, time_limit=10))
    assert settle_levels(data, layout, best).objective == pytest.approx(best.objective)

    # The same contracts with every choice on its dear side: what a plan within a gap may be.
    spread = layout.spread(best.values)
    lower, upper = layout.arrays.lower.copy(), layout.arrays.upper.copy()
    for component, value in (("shrunk", 0.0), ("contract", None)):
        found = layout.decisions(spread, component)
        at = np.searchsorted(layout.kept, [layout.at(n, component, i) for n, i, _ in found])
        assert len(at)
        lower[at] = upper[at] = best.values[at] if value is None else value
    dearer = replace(layout.arrays, lower=lower, upper=upper)
    dear = polish(dearer, run(dearer, gap=0, time_limit=10))
    assert dear.objective > best.objective * (1 + 1e-3)
    assert settle_levels(data, layout, dear).objective == pytest.approx(best.objective)


def test_a_plan_that_cannot_be_settled_stays_the_plan_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the solver fails on the settled choices, these are no plan: the one in hand is."""
    case = read_sheets(
        mine_to_shop(
            offers=[offer("ore", "mine", "oxide", 10, capacity_t_per_year=80)],
            price_breaks=[{"offer": "ore", "from_t_per_year": 50, "price_usd_per_kg": 9}],
            demand=[want("shop", "oxide", 50, 100)],
        ),
        tmp_path,
    )
    problem = build_problem(case)
    layout, data = problem.layout, problem.assembly.instance
    best = polish(layout.arrays, run(layout.arrays, gap=1e-9, time_limit=10))
    dear = _at_the_first_level(layout, data.tree.root.name, best)
    here = sys.modules[settle_levels.__module__]
    monkeypatch.setattr(here, "polish", lambda _, outcome: outcome)
    assert settle_levels(data, layout, dear) is dear
