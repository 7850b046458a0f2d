"""STR: service that must hold although a member is lost without warning."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.errors import Infeasible
from tests.models.solved_by_hand import HandSolved, says, tonnes
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
    site,
    solve_sheets,
    want,
)


def stressed(test: Row | None, **changes: Any) -> Sheets:
    """100 t of Chinese oxide a year at 10; stock at the shop holds for 2 a year; p1 is stressed."""
    window = {"test": "t", "first_period": "p1", "last_period": "p1", "min_service_share": 0.6}
    sheets: dict[str, Any] = {
        "periods": periods(1, 1),
        "materials": [material("oxide")],
        "sites": [
            site("Baotou", "supplier", "China", company="North"),
            site("Perth", "supplier", "Australia"),
            site("hub", "plant", "Vietnam"),
            site("shop", "market", "Japan", end_use="cars"),
        ],
        "offers": [offer("cn", "Baotou", "oxide", 10)],
        "lanes": [lane("Baotou", "shop"), lane("Perth", "shop")],
        "demand": [want("shop", "oxide", 100, 500)],
        "stocks": [{"site": "shop", "material": "oxide", "holding_usd_per_kg_year": 2}],
        "stress_tests": [] if test is None else [{**window, **test}],
    }
    return book(**(sheets | changes))


CHINA: Row = {"lose": "country", "member": "China"}
QUALIFIED = [
    offer("cn", "Baotou", "oxide", 10),
    offer("au", "Perth", "oxide", 20, qualification_kusd=100),
]

STOCKED = HandSolved(
    "stress_country_lost_stock",
    2120,
    "China lost in p1, 60 % must be served: 60 t more in p0, held over at 2: 2000 + 120 = 2120 (no "
    "test: 2000; full service: 2200)",
    stressed(CHINA),
)
SECOND_SOURCE = HandSolved(
    "stress_country_lost_second_source",
    2100,
    "qualifying Australia before (100) is cheaper than the stock (120): 2100 (qualified in the branch "
    "itself, unannounced: 2000)",
    stressed(CHINA, offers=QUALIFIED),
)
LANE = HandSolved(
    "stress_lane_lost",
    2060,
    "the lane Baotou->shop is lost; 30 t can still go by the hub at 3 more, 30 t must be in stock: 2000 + "
    "60 = 2060 (the supplier lost: 2120)",
    stressed(
        {"lose": "lane", "member": "Baotou->shop"},
        lanes=[
            lane("Baotou", "shop"),
            lane("Baotou", "hub", capacity_t_per_year=30),
            lane("hub", "shop", "oxide", 3),
        ],
    ),
)
LICENCE = HandSolved(
    "stress_licence_lost",
    2170,
    "from p1 on China asks for a licence, applied for at 50; the test takes it away, so 60 t are in "
    "stock: 2000 + 50 + 120 = 2170 (a licence that cannot be lost: 2050)",
    stressed(
        {"lose": "licence", "member": "L"},
        licences=[{"licence": "L", "application_kusd": 50}],
        rules=[
            {
                "rule": "r",
                "exporter": "China",
                "from_date": date(2027, 7, 1),
                "requirement": "licence:L",
            }
        ],
    ),
)
END_USE = HandSolved(
    "stress_of_one_end_use",
    1020,
    "of 50 t a year only the 10 t of defence must be served in full: 10 t are held over: 1000 + 20 = 1020 "
    "(all end uses: the cars have no stock, infeasible)",
    stressed(
        {**CHINA, "min_service_share": 1, "end_use": "defence"},
        sites=[
            site("Baotou", "supplier", "China"),
            site("hub", "plant", "Japan"),
            site("shop", "market", "Japan", end_use="cars"),
            site("yard", "market", "Japan", end_use="defence"),
        ],
        lanes=[lane("Baotou", "shop"), lane("Baotou", "hub"), lane("hub", "yard")],
        demand=[want("shop", "oxide", 40, 500), want("yard", "oxide", 10, 500)],
        stocks=[{"site": "hub", "material": "oxide", "holding_usd_per_kg_year": 2}],
    ),
)


@pytest.mark.equation("STR-1", "row")
def test_row_of_service_in_the_branch(tmp_path: Path) -> None:
    model, _ = model_of(stressed(CHINA), tmp_path)
    node = model.node["test t 2"]
    says(node.stress_service[1], {"deliver[shop,oxide,,1]": 1}, ">=", 60)
    says(node.take_within_capacity["cn", 1], {"take[cn,1]": 1}, "<=", 0)
    assert not list(node.service_floor)
    assert not hasattr(model.node["epoch 2"], "stress_service")


@pytest.mark.equation("STR-1", "hand")
@pytest.mark.parametrize(
    "case", [STOCKED, SECOND_SOURCE, LANE, LICENCE, END_USE], ids=lambda case: case.name
)
def test_service_must_hold_without_warning(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("STR-1", "limit")
def test_a_test_of_no_service_or_no_loss_is_none(tmp_path: Path) -> None:
    for test in (
        None,
        {**CHINA, "min_service_share": 0},
        {"lose": "country", "member": "Australia", "min_service_share": 1},
    ):
        assert cost_of(stressed(test), tmp_path) == pytest.approx(2000)


@pytest.mark.parametrize(
    "lost",
    [CHINA, {"lose": "company", "member": "North"}, {"lose": "site", "member": "Baotou"}],
    ids=lambda row: row["lose"],
)
def test_country_company_and_site_are_lost_alike(lost: Row, tmp_path: Path) -> None:
    assert cost_of(stressed(lost), tmp_path) == pytest.approx(2120)


def test_what_cannot_be_served_is_infeasible(tmp_path: Path) -> None:
    with pytest.raises(Infeasible):
        cost_of(stressed(CHINA, stocks=[]), tmp_path)


def test_recourse_in_the_branch_is_the_cheapest_and_costs_the_plan_nothing(tmp_path: Path) -> None:
    """Australian oxide (20) is cheaper than shortage (500): all of p1 is served, beyond the 60 %."""
    plan = solve_sheets(stressed(CHINA, offers=QUALIFIED), tmp_path)
    assert tonnes(plan, "takes", node="test t 2", offer="au") == pytest.approx(100)
    spent = plan.tables["costs"].query("node == 'test t 2'")["kusd"].sum()
    assert spent == pytest.approx(2000)
    assert plan.summary["expected_cost_kusd"] == pytest.approx(2100)


def test_stock_floors_and_service_floors_rest_in_the_branch(tmp_path: Path) -> None:
    floor = {
        "site": "shop",
        "material": "oxide",
        "min_t": 60,
        "closing_t": 60,
        "holding_usd_per_kg_year": 1,
    }
    sheets = stressed(
        CHINA, stocks=[floor], demand=[want("shop", "oxide", 100, 500, min_service_share=1)]
    )
    # 160 t in the two years and 60 t left at the end; those 60 t of p0's end serve the branch.
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["objective_kusd"] == pytest.approx(2600 + 120)
    assert tonnes(plan, "deliveries", node="test t 2") == pytest.approx(60)


def test_the_branch_follows_the_most_likely_path(tmp_path: Path) -> None:
    """60 % of the likelier demand of 50 t is 30 t; of the other one it would be 60 t."""
    likely = {"node": "low", "parent": "now", "epoch": 2, "probability": 0.7}
    other = {"node": "high", "parent": "now", "epoch": 2, "probability": 0.3}
    less = {"sheet": "demand", "column": "demand_t_per_year", "change": "set", "value": 50}
    sheets = stressed(
        CHINA,
        tree=[{"node": "now", "epoch": 1, "probability": 1}, likely, other],
        node_values=[{"node": "low", **less}],
    )
    # p0 1000; p1 0.7*500 + 0.3*1000 = 650; 30 t bought earlier, held for 2
    assert cost_of(sheets, tmp_path) == pytest.approx(1650 + 60)
