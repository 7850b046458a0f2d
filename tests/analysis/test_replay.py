"""Replays: hand-solved worlds, intervals that hold as often as they say, a certified gap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.analysis.replay import replay
from planner.analysis.replay.estimates import gap_of, mean_of, tail_of, tail_value
from planner.analysis.replay.walk import ALL, Walker
from planner.api import solve
from planner.case import read_case, with_settings
from planner.errors import CaseError
from planner.report.plan_file import read_plan
from planner.solve.answer import answer, limits_of
from planner.solve.run import build_problem
from planner.solve.worlds import Worlds
from tests.test_known_answers import HOME
from tests.workbooks import book, lane, material, offer, periods, read_sheets, site, want

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial.xlsx"


def test_the_tutorials_two_worlds_cost_what_its_plan_says() -> None:
    """Its tree holds both worlds, so each costs in the replay what its leaf costs in the plan."""
    case = read_case(TUTORIAL)
    leaves = solve(case).tables["leaves"]
    found = replay(case, worlds=40)
    assert set(found.table("worlds")["cost_kusd"].round(3)) == set(leaves["cost_kusd"].round(3))
    gap = found.table("gap").set_index("figure")["cost_kusd"]
    assert gap.iloc[-1] == pytest.approx(0, abs=0.1)
    assert any("proven, not estimated" in words for words in found.sentences)


def test_an_exported_plan_replays_like_its_case(tmp_path: Path) -> None:
    """Decisions read back from a file are carried out to the gram."""
    case = read_case(TUTORIAL)
    plan = read_plan(solve(case).to_excel(tmp_path / "plan.xlsx"))
    ours, theirs = replay(case, worlds=10), replay(plan.case, plan, worlds=10)
    assert list(ours.table("worlds")["cost_kusd"]) == pytest.approx(
        list(theirs.table("worlds")["cost_kusd"])
    )


def test_the_interval_holds_the_known_mean_as_often_as_it_says() -> None:
    """Expected cost 49,120 is known: of 300 samples of 60 worlds some 95 % must hold it."""
    case = read_case(TUTORIAL)
    worlds = Worlds(case)
    problem = build_problem(case)
    found = answer(problem, limits_of(case))
    first = found.decided_in([found.tree.root.name], ALL)
    walker = Walker(case, worlds, first, limits_of(case))
    held = 0
    for seed in range(300):
        walked = [walker.walk(world) for world in worlds.sample(60, seed)]
        costs = np.array([one.cost for one in walked if one is not None])
        held += mean_of(costs).holds(found.expected_cost)
    assert walker.solves == 2  # two worlds, each solved once
    assert 0.91 <= held / 300 <= 0.985


def test_knowing_the_world_early_costs_no_more() -> None:
    case = with_settings(read_case(HOME.parents[1] / "inputs" / "tutorial.xlsx"), seed=3)
    early = replay(case, worlds=10, clairvoyant=True)
    stepwise = replay(case, worlds=10)
    pairs = zip(early.table("worlds")["cost_kusd"], stepwise.table("worlds")["cost_kusd"], strict=True)  # fmt: skip
    assert all(known <= walked + 1e-6 for known, walked in pairs)
    assert any("LOWER BOUND" in words for words in early.cautions)
    assert not len(early.table("gap"))


def three_epochs(**settings: object) -> dict[str, list[dict[str, object]]]:
    """Two licences, each denied .3 or late .2: 9 outcomes an epoch, more than `branches` keeps."""
    odds = {"regime": "truce", "on_time": 0.5, "late": 0.2, "late_months": 6, "denied": 0.3}
    return book(
        settings={"regime_today": "truce", "branches": "2;2", "mip_gap": 0, **settings},
        periods=periods(1, 1, 1),
        materials=[material("oxide"), material("metal", "metal")],
        sites=[site("cn", "supplier", "China"), site("au", "supplier", "Australia"),
               site("shop", "market", "Japan")],
        offers=[offer("CN oxide", "cn", "oxide", 10), offer("CN metal", "cn", "metal", 10),
                offer("AU oxide", "au", "oxide", 30, kind="contract", min_take_share=0.5, capacity_t_per_year=100),
                offer("AU metal", "au", "metal", 40, capacity_t_per_year=60)],
        lanes=[lane("cn", "shop"), lane("au", "shop")],
        demand=[want("shop", "oxide", 100, 200), want("shop", "metal", 100, 200)],
        transitions=[{"from_regime": "truce", "to_regime": "truce", "probability": 1}],
        licences=[{"licence": name, "held_until": "p0", "application_kusd": 5} for name in ("A", "B")],
        licence_odds=[{"licence": name, **odds} for name in ("A", "B")],
        rules=[{"rule": f"law {m}", "exporter": "China", "stage": m, "requirement": f"licence:{name}"}
               for m, name in (("oxide", "A"), ("metal", "B"))],
    )  # fmt: skip


def test_a_tree_that_was_too_small_is_called_so(tmp_path: Path) -> None:
    """Two of nine outcomes an epoch: what the tree promises is far from what the worlds cost."""
    case = read_sheets(three_epochs(), tmp_path)
    found = replay(case, worlds=60, replications=4)
    assert "too small" in found.title
    gap = found.table("gap").set_index("figure")["cost_kusd"]
    assert gap.iloc[2] >= max(0.0, gap.iloc[1] - gap.iloc[0])


def test_the_whole_tree_keeps_its_promise(tmp_path: Path) -> None:
    """All nine: the promise is the true mean, and it lies in the interval of these worlds."""
    case = read_sheets(three_epochs(branches="all"), tmp_path)
    found = replay(case, worlds=80)
    assert "lies in the interval" in found.title


def test_where_there_are_no_worlds_to_draw() -> None:
    with pytest.raises(CaseError, match="transitions"):
        replay(read_case(HOME / "farmer.xlsx"))
    with pytest.raises(CaseError, match="at least 2"):
        replay(read_case(TUTORIAL), worlds=1)


def test_estimates_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    mean = mean_of(values)  # t(0.975, 3) = 3.18245; s = 1.29099; / 2
    assert (mean.low, mean.mean, mean.high) == pytest.approx((0.44572, 2.5, 4.55428), abs=1e-4)
    assert tail_of(values, 0.5, seed=1).mean == pytest.approx(3.5)
    # At the value at risk the mean of the draws is the objective itself: .5 x 2.5 + .5 x 3.5.
    assert tail_value(values, 0.5, 0.5, 2.0).mean() == pytest.approx(3.0)
    gap = gap_of(np.array([10.0, 12.0]), np.array([9.0, 9.0]))
    assert (gap.lower, gap.upper) == (9, 11)
    assert gap.high > 2  # the gap between the means, and what the sample leaves open
