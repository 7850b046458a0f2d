"""The plan on worlds it has not seen: a case whose every world is known by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import planner
from planner.analysis.findings import Findings
from planner.analysis.replay import replay
from planner.analysis.replay.estimates import gap_of, mean_of, tail_value
from planner.case import read_case
from planner.errors import CaseError

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"
#: docs/tutorial.md: granted 45,600, denied (0.4) 54,400; 49,120 on average.
GRANTED, DENIED, MEAN = 45_600.0, 54_400.0, 49_120.0


def expected_cost(found: Findings) -> Any:
    rows = found.table("figures").to_dict("records")
    return next(dict(row) for row in rows if row["figure"] == "expected cost")


def test_every_world_costs_what_it_costs_by_hand() -> None:
    found = replay(read_case(TUTORIAL), worlds=40)
    worlds = found.table("worlds")
    assert len(worlds) == 40
    for news, cost in zip(worlds["news"], worlds["cost_kusd"], strict=True):
        assert cost == pytest.approx(DENIED if "denied" in news else GRANTED), news
    figures = expected_cost(found)
    assert figures["plan_kusd"] == pytest.approx(MEAN)
    assert figures["mean_kusd"] == pytest.approx(worlds["cost_kusd"].mean())


def test_the_known_mean_is_in_its_interval_at_the_stated_rate() -> None:
    """95 % intervals of 30 seeds: with a rate of 0.95, 24 or fewer hits have a chance below 0.001."""
    case = read_case(TUTORIAL)
    plan = planner.solve(case)
    hits = 0
    for seed in range(30):
        found = replay(case, plan, worlds=60, replications=2, seed=seed, clairvoyant=True)
        row = expected_cost(found)
        hits += row["low_kusd"] <= MEAN <= row["high_kusd"]
    assert hits > 24


def test_a_clairvoyant_walk_says_that_it_is_a_lower_bound() -> None:
    found = replay(read_case(TUTORIAL), worlds=5, clairvoyant=True)
    assert any("LOWER BOUND" in text for text in (*found.sentences, *found.cautions, found.title))


def test_too_few_worlds_for_an_interval() -> None:
    with pytest.raises(CaseError, match="at least"):
        replay(read_case(TUTORIAL), worlds=1)


def test_estimates_by_hand() -> None:
    """1, 2, 3: mean 2, standard error 1/sqrt(3), t(0.975, 2) = 4.303."""
    estimate = mean_of(np.array([1.0, 2.0, 3.0]))
    assert estimate.mean == pytest.approx(2)
    assert estimate.high - estimate.mean == pytest.approx(4.3027 / np.sqrt(3), rel=1e-3)
    # weight 0 is the mean; the tail of the worst half beyond its value at risk is added with weight.
    costs = np.array([0.0, 0.0, 10.0, 10.0])
    assert tail_value(costs, 0.0, 0.5, 0.0).mean() == pytest.approx(5)
    assert tail_value(costs, 1.0, 0.5, 0.0).mean() == pytest.approx(10)
    gap = gap_of(np.array([10.0, 12.0, 11.0]), np.array([9.0, 10.0, 11.0]))
    # policy mean 11, optima mean 10: 1, and both half widths on top (t(0.975, 2) / sqrt(3) each).
    assert (gap.upper, gap.lower) == (11, 10)
    assert gap.high == pytest.approx(1 + 2 * 4.3027 / np.sqrt(3), rel=1e-3)
