"""A plan at exactly a threshold pays the price that holds from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.solve.highs import polish, run
from planner.solve.price_levels import settle_levels
from planner.solve.run import build_problem
from tests.workbooks import mine_to_shop, offer, read_sheets, want


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

    dear = layout.spread(best.values)
    (node,) = (node.name for node in data.tree.nodes)
    for component, amount in (("level", 1.0), ("bought", 50.0)):
        dear[layout.at(node, component, ("ore", 0, 0))] = amount
        dear[layout.at(node, component, ("ore", 1, 0))] = 0.0
    values = dear[layout.kept]
    stuck = replace(best, values=values, objective=layout.arrays.objective(values))
    assert stuck.objective == pytest.approx(500)
    assert settle_levels(data, layout, stuck).objective == pytest.approx(450)
