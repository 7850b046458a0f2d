"""RSK: expected cost, CVaR, and limits on cost at risk and on shortage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyomo.environ import Constraint

from planner.errors import Infeasible
from planner.solve.recourse import cheapest_recourse
from planner.solve.run import build_problem
from tests.models.solved_by_hand import HandSolved, says
from tests.own_answers import Known
from tests.workbooks import (
    Row,
    Sheets,
    book,
    cost_of,
    lane,
    material,
    model_of,
    offer,
    periods,
    read_sheets,
    site,
    solve_sheets,
    want,
)

NOW: Row = {"node": "now", "epoch": 1, "probability": 1}
LOW: Row = {"node": "low", "parent": "now", "epoch": 2, "probability": 0.5}
HIGH: Row = {"node": "high", "parent": "now", "epoch": 2, "probability": 0.5}


def odds(settings: Row | None = None, **changes: Any) -> Sheets:
    """100 t in p1: spot at 10 (`low`) or 28 (`high`), even odds."""
    sheets: dict[str, Any] = {
        "periods": periods(1, 1),
        "materials": [material("oxide")],
        "sites": [site("mine", "supplier"), site("shop", "market")],
        "offers": [offer("spot", "mine", "oxide", 10)],
        "lanes": [lane("mine", "shop")],
        "demand": [want("shop", "oxide", 100, 500, "p1")],
        "tree": [NOW, LOW, HIGH],
        "node_values": [price_in("high", 28)],
    }
    return book(settings=settings, **(sheets | changes))


def price_in(node: str, price: float) -> Row:
    changed = {"sheet": "offers", "where": "offer=spot", "column": "price_usd_per_kg"}
    return {"node": node, **changed, "change": "set", "value": price}


def hedged(settings: Row | None = None, **changes: Any) -> Sheets:
    """As ``odds``, with a contract at 20, signed before, all of it to be taken or paid."""
    firm = offer("firm", "mine", "oxide", 20, kind="contract", min_take_share=1)
    offers = [firm, offer("spot", "mine", "oxide", 10)]
    return odds(settings, **({"offers": offers} | changes))


def short(*limits: Row, **changes: Any) -> Sheets:
    """Delivering costs 20, a shortage 15: nothing would be delivered. 100 t in `low`, 300 in `high`."""
    sheets: dict[str, Any] = {
        "offers": [offer("spot", "mine", "oxide", 20)],
        "demand": [want("shop", "oxide", 100, 15, "p1")],
        "node_values": [
            {
                "node": "high",
                "sheet": "demand",
                "column": "demand_t_per_year",
                "change": "set",
                "value": 300,
            }
        ],
        "limits": list(limits),
    }
    return odds({"cvar_level": 0.5}, **(sheets | changes))


#: One half of the weight on CVaR, the mean of the worst three quarters.
HALF = {"risk_weight": 0.5, "cvar_level": 0.25}
TAIL = HandSolved(
    "cvar_is_the_mean_of_the_tail",
    2050,
    "costs 1000 and 2800, even odds: E = 1900; the worst 75 %: (0.5*2800 + 0.25*1000)/0.75 = 2200; half "
    "of each: 2050 (the worst leaf alone: 2350; value at risk, 1000: 1450)",
    odds(HALF),
)
HEDGED = HandSolved(
    "a_hedge_worth_its_price",
    2000,
    "spot costs 1900 on the average, 2800 at worst; the contract 2000 for certain. Worst half, weight "
    "0.5: spot 0.5*1900 + 0.5*2800 = 2350, contract 2000 (weight 0: spot, 1900; it pays from 1/9 on)",
    hedged({"risk_weight": 0.5, "cvar_level": 0.5}),
)
PATHS = HandSolved(
    "risk_is_of_whole_paths",
    4000,
    "`low` pays 10 and then 30, `high` 20 and then 10: paths of 4000 and 3000; the worst half at weight "
    "1: 4000 (the worst of each period: 2000 + 3000 = 5000; the last period alone: 3000)",
    odds(
        {"risk_weight": 1, "cvar_level": 0.5},
        periods=periods(1, 1, 1),
        demand=[want("shop", "oxide", 100, 500, "p1"), want("shop", "oxide", 100, 500, "p2")],
        tree=[
            NOW,
            LOW,
            HIGH,
            {"node": "then", "parent": "low", "epoch": 3, "probability": 0.5},
            {"node": "after", "parent": "high", "epoch": 3, "probability": 0.5},
        ],
        node_values=[price_in("high", 20), price_in("then", 30)],
    ),
)
EXPECTED_SHORT = HandSolved(
    "expected_shortage_share",
    3850,
    "each tonne short saves 5; at most 10 % expected, as a mean of the leaves' shares: 1 % of `high` is 3 t, "
    "of `low` 1 t, so all in `high`: 20 %, 60 t: 0.5*2000 + 0.5*(240*20 + 60*15) = 3850 (tonnes over "
    "tonnes: 40 t, 3900; no limit: 3000)",
    short({"measure": "expected_shortage_share", "value": 0.1}),
)
CVAR_SHORT = HandSolved(
    "cvar_of_the_shortage_share",
    3900,
    "the worst half is one of two leaves: neither may be short of more than 10 %: 10 and 30 t: 4000 - "
    "0.5*50 - 0.5*150 = 3900 (expected share: 3850)",
    short({"measure": "cvar_shortage_share", "value": 0.1}),
)
CVAR_COST = HandSolved(
    "limit_on_cost_at_risk",
    1950,
    "the worst half may cost 2400: 20 x + 28 (100 - x) <= 2400: x = 50 t contracted: 0.5*1500 + 0.5*2400 "
    "= 1950 (no limit, or one on the mean: 1900)",
    hedged({"cvar_level": 0.5}, limits=[{"measure": "cvar_cost_kusd", "value": 2400}]),
)
ONE_END_USE = HandSolved(
    "shortage_of_one_end_use",
    1700,
    "50 t for cars and 50 t for defence: at most 20 % of defence short: 40*20 + 10*15 = 950, the cars go "
    "short: 750; 1700 in all (20 % of both: 1900; no limit: 1500)",
    short(
        {"measure": "expected_shortage_share", "end_use": "defence", "value": 0.2},
        sites=[
            site("mine", "supplier"),
            site("shop", "market", end_use="cars"),
            site("yard", "market", end_use="defence"),
        ],
        lanes=[lane("mine", "shop"), lane("mine", "yard")],
        demand=[want("shop", "oxide", 50, 15, "p1"), want("yard", "oxide", 50, 15, "p1")],
        tree=[NOW, {**LOW, "probability": 1}],
        node_values=[],
    ),
)


@pytest.mark.equation("RSK-1", "row")
def test_row_of_cost_along_a_path(tmp_path: Path) -> None:
    sheets = odds({"risk_weight": 0.5, "discount_rate": 0.25})
    node = model_of(sheets, tmp_path)[0].node["high"]
    entries = {"take[spot,1]": -0.8 * 28, "short[shop,oxide,1]": -0.8 * 500}
    says(node.path_cost, {"cost_to": 1, "now:cost_to": -1, **entries}, "==", 0)


@pytest.mark.equation("RSK-1", "hand")
def test_risk_is_of_whole_paths(policy: Known) -> None:
    plan = PATHS.solve(policy)
    assert sorted(plan.tables["leaves"]["cost_kusd"]) == pytest.approx([3000, 4000])


@pytest.mark.equation("RSK-1", "limit")
def test_on_a_single_path_every_weight_gives_the_same(tmp_path: Path) -> None:
    path = {"tree": [], "node_values": []}
    for weight in (0, 0.3, 1):
        sheets = odds({"risk_weight": weight, "discount_rate": 0.25}, **path)
        assert cost_of(sheets, tmp_path) == pytest.approx(0.8 * 1000)


@pytest.mark.equation("RSK-2", "row")
def test_row_of_cost_beyond_value_at_risk(tmp_path: Path) -> None:
    node = model_of(odds(HALF), tmp_path)[0].node["high"]
    says(node.beyond_eta, {"excess": 1, "cost_to": -1, "now:eta": 1}, ">=", 0)


@pytest.mark.equation("RSK-2", "hand")
@pytest.mark.equation("RSK-3", "hand")
def test_cvar_is_the_mean_of_the_tail(policy: Known) -> None:
    summary = TAIL.solve(policy).summary
    assert summary["expected_cost_kusd"] == pytest.approx(1900)
    assert summary["cvar_kusd"] == pytest.approx(2200)


@pytest.mark.equation("RSK-2", "limit")
def test_cvar_of_everything_is_the_mean_and_of_little_the_worst(tmp_path: Path) -> None:
    mean = odds({"risk_weight": 1, "cvar_level": 0})
    assert cost_of(mean, tmp_path) == pytest.approx(1900)
    worst = odds({"risk_weight": 1, "cvar_level": 0.9})
    assert cost_of(worst, tmp_path) == pytest.approx(2800)


@pytest.mark.equation("RSK-3", "row")
def test_the_objective(tmp_path: Path) -> None:
    model, _ = model_of(odds({**HALF, "discount_rate": 0.25}), tmp_path)
    model.as_row = Constraint(expr=model.objective.expr <= 0)
    mean = 0.5 * 0.5 * 0.8  # (1 - lambda) pi, discounted
    tail = 0.5 * 0.5 / 0.75  # lambda pi / (1 - alpha)
    entries = {
        "now:eta": 0.5,
        "low:excess": tail,
        "high:excess": tail,
        "now:take[spot,0]": 0.5 * 10,
    }
    for node, price in (("low", 10), ("high", 28)):
        entries |= {f"{node}:take[spot,1]": mean * price, f"{node}:short[shop,oxide,1]": mean * 500}
    says(model.as_row, entries, "<=", 0)


@pytest.mark.equation("RSK-3", "hand")
def test_a_hedge_is_worth_its_price(policy: Known) -> None:
    plan = HEDGED.solve(policy)
    assert plan.tables["contracts"]["t_per_year"].sum() == pytest.approx(100)


@pytest.mark.equation("RSK-3", "limit")
def test_risk_weights_of_0_and_1(tmp_path: Path) -> None:
    level = {"cvar_level": 0.5}
    assert cost_of(hedged({"risk_weight": 0, **level}), tmp_path) == pytest.approx(1900)
    assert cost_of(hedged({"risk_weight": 1, **level}), tmp_path) == pytest.approx(2000)
    ninth = 1 / 9  # indifferent
    assert cost_of(hedged({"risk_weight": ninth, **level}), tmp_path) == pytest.approx(2000)


@pytest.mark.equation("RSK-4", "row")
def test_row_of_expected_shortage(tmp_path: Path) -> None:
    model, _ = model_of(EXPECTED_SHORT.sheets, tmp_path)
    shares = {"low:short[shop,oxide,1]": 0.5 / 100, "high:short[shop,oxide,1]": 0.5 / 300}
    says(model.expected[0], shares, "<=", 0.1)


@pytest.mark.equation("RSK-4", "hand")
@pytest.mark.parametrize("case", [EXPECTED_SHORT, ONE_END_USE], ids=lambda case: case.name)
def test_expected_shortage(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("RSK-4", "limit")
def test_a_share_of_1_is_no_limit_and_of_0_full_service(tmp_path: Path) -> None:
    for measure in ("expected_shortage_share", "cvar_shortage_share"):
        assert cost_of(short({"measure": measure, "value": 1}), tmp_path) == pytest.approx(3000)
        assert cost_of(short({"measure": measure, "value": 0}), tmp_path) == pytest.approx(4000)


@pytest.mark.equation("RSK-5", "row")
def test_rows_of_cvar_of_shortage(tmp_path: Path) -> None:
    model, _ = model_of(CVAR_SHORT.sheets, tmp_path)
    beyond = {"excess_short[0]": 1, "short[shop,oxide,1]": -1 / 300, "now:eta_short[0]": 1}
    says(model.node["high"].shortage_beyond_eta[0], beyond, ">=", 0)
    tail = {"low:excess_short[0]": 0.5 / 0.5, "high:excess_short[0]": 0.5 / 0.5}
    says(model.expected[0], {"now:eta_short[0]": 1, **tail}, "<=", 0.1)


@pytest.mark.equation("RSK-5", "hand")
def test_cvar_of_shortage(policy: Known) -> None:
    CVAR_SHORT.solve(policy)


@pytest.mark.equation("RSK-5", "limit")
def test_cvar_of_all_outcomes_is_the_expected_share(tmp_path: Path) -> None:
    sheets = short({"measure": "cvar_shortage_share", "value": 0.1})
    sheets["settings"] = [{"key": "cvar_level", "value": 0}, {"key": "mip_gap", "value": 0}]
    assert cost_of(sheets, tmp_path) == pytest.approx(3850)


@pytest.mark.equation("RSK-6", "row")
def test_row_of_cost_at_risk(tmp_path: Path) -> None:
    model, _ = model_of(CVAR_COST.sheets, tmp_path)
    tail = {"low:excess": 1, "high:excess": 1}
    says(model.expected[0], {"now:eta": 1, **tail}, "<=", 2400)


@pytest.mark.equation("RSK-6", "hand")
def test_limit_on_cost_at_risk(policy: Known) -> None:
    assert CVAR_COST.solve(policy).summary["cvar_kusd"] == pytest.approx(2400)


@pytest.mark.equation("RSK-6", "limit")
def test_an_ample_limit_is_none_and_one_too_low_infeasible(tmp_path: Path) -> None:
    for value, cost in ((1e9, 1900), (2800, 1900), (2000, 2000)):
        limit = {"measure": "cvar_cost_kusd", "value": value}
        assert cost_of(hedged({"cvar_level": 0.5}, limits=[limit]), tmp_path) == pytest.approx(cost)
    with pytest.raises(Infeasible):
        cost_of(
            hedged({"cvar_level": 0.5}, limits=[{"measure": "cvar_cost_kusd", "value": 1999}]),
            tmp_path,
        )


def test_leaves_without_weight_are_planned_at_least_cost(tmp_path: Path) -> None:
    """At weight 1 `low` counts for nothing below 2800: going short for 2000 is no worse there."""
    sheets = odds(
        {"risk_weight": 1, "cvar_level": 0.5},
        demand=[want("shop", "oxide", 100, 500, "p1")],
        node_values=[price_in("high", 28), shortage_in("low", 20)],
    )
    problem = build_problem(read_sheets(sheets, tmp_path))
    data, layout = problem.assembly.instance, problem.layout
    wasteful = np.zeros(layout.width)
    for node, column, index, amount in (
        ("low", "short", ("shop", "oxide", 1), 100),
        ("low", "cost_to", None, 2000),
        ("high", "take", ("spot", 1), 100),
        ("high", "ship", (0, "", 1), 100),
        ("high", "deliver", ("shop", "oxide", "", 1), 100),
        ("high", "cost_to", None, 2800),
        ("now", "eta", None, 2800),
    ):
        wasteful[layout.at(node, column, index)] = amount
    cheapest = cheapest_recourse(data, layout, wasteful)
    assert cheapest[layout.at("low", "take", ("spot", 1))] == pytest.approx(100)
    assert cheapest[layout.at("low", "cost_to")] == pytest.approx(1000)
    assert cheapest[layout.at("high", "take", ("spot", 1))] == 100
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["expected_cost_kusd"] == pytest.approx(1900)


def shortage_in(node: str, price: float) -> Row:
    changed = {"sheet": "demand", "column": "shortage_usd_per_kg", "change": "set"}
    return {"node": node, **changed, "value": price}
