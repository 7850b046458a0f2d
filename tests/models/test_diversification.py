"""DIV: shares of supply and numbers of sources, hard or priced, delivered or expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.solved_by_hand import HandSolved, money, says, tonnes
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


def spread(*caps: Row, settings: Row | None = None, **changes: Any) -> Sheets:
    """100 t of oxide from China (10), Australia (20) or Brazil (30); short at 500."""
    sheets: dict[str, Any] = {
        "periods": periods(1),
        "materials": [material("oxide")],
        "composition": [{"material": "oxide", "element": "Nd", "share": 0.5}],
        "sites": [
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Minas", "supplier", "Brazil"),
            site("shop", "market", "Japan"),
        ],
        "offers": [
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 20),
            offer("br", "Minas", "oxide", 30),
        ],
        "lanes": [lane("Baotou", "shop"), lane("Perth", "shop"), lane("Minas", "shop")],
        "demand": [want("shop", "oxide", 100, 500)],
        "caps": [
            {"cap": f"cap {i}", "group_by": "country", "material": "oxide", **cap}
            for i, cap in enumerate(caps)
        ],
    }
    return book(settings=settings, **(sheets | changes))


def halves(*caps: Row, **changes: Any) -> Sheets:
    """As ``spread``, in two epochs; Chinese oxide costs 10 in `low` and 30 in `high`, even odds."""
    tree = [
        {"node": "now", "epoch": 1, "probability": 1},
        {"node": "low", "parent": "now", "epoch": 2, "probability": 0.5},
        {"node": "high", "parent": "now", "epoch": 2, "probability": 0.5},
    ]
    dearer = {"node": "high", "sheet": "offers", "where": "offer=cn", "column": "price_usd_per_kg"}
    sheets: dict[str, Any] = {
        "periods": periods(1, 1),
        "tree": tree,
        "node_values": [{**dearer, "change": "set", "value": 30}],
        "demand": [want("shop", "oxide", 100, 500, "p1")],
        "offers": [offer("cn", "Baotou", "oxide", 10), offer("au", "Perth", "oxide", 20)],
    }
    return spread(*caps, **(sheets | changes))


HALF = HandSolved(
    "share_cap",
    1500,
    "no country over 50 % of supply: 50*10 + 50*20 = 1500 (no cap: 1000)",
    spread({"max_share": 0.5}),
)
NOT_WORTH_IT = HandSolved(
    "share_cap_is_of_supply",
    1200,
    "short costs 12: a tonne of China needs one of Australia beside it, 15 on the average, so nothing "
    "is bought: 1200 (50 % of demand instead of supply: 50*10 + 50*12 = 1100)",
    spread({"max_share": 0.5}, demand=[want("shop", "oxide", 100, 12)]),
)
PRICED = HandSolved(
    "priced_share_cap",
    1240,
    "China over 40 % costs 4 a tonne, Australia 10 more: all from China, 60 t over: 1000 + 240 = 1240 "
    "(hard: 1600; the penalty on all that China supplies: 1400)",
    spread({"member": "China", "max_share": 0.4, "penalty_usd_per_kg": 4}),
)
FLOOR = HandSolved(
    "share_floor",
    1600,
    "Brazil at least 30 % of supply: 30*30 + 70*10 = 1600 (30 % of each country: 1900)",
    spread({"member": "Brazil", "min_share": 0.3}),
)
UNMET_FLOOR = HandSolved(
    "priced_share_floor",
    1450,
    "Brazil under 30 % costs 15 a tonne, its oxide 20 more than China's: nothing from Brazil, 30 t "
    "under: 1000 + 450 = 1450 (hard: 1600)",
    spread({"member": "Brazil", "min_share": 0.3, "penalty_usd_per_kg": 15}),
)
EXPECTED = HandSolved(
    "expected_cap",
    1700,
    "China at most 30 % of expected supply, its price 10 or 30: 0.5 x <= 30, 60 t in `low`: 600 + 800, "
    "and 2000 in `high`: 1700 (in each node: 30 t in `low`, 1850; no cap: 1500)",
    halves({"member": "China", "basis": "expected", "max_share": 0.3}),
)
EXPECTED_PRICED = HandSolved(
    "expected_cap_priced",
    1580,
    "as the expected cap, an excess costs 4: a tonne from China in `low` saves 0.5*10 and adds 0.5 to "
    "the excess: all 100 t, 50 expected, 20 over, 80 in each node: 0.5*1080 + 0.5*2080 = 1580 (paid in "
    "`low` alone: 1540; hard: 1700)",
    halves({"member": "China", "basis": "expected", "max_share": 0.3, "penalty_usd_per_kg": 4}),
)
SOURCES = HandSolved(
    "at_least_three_sources",
    1300,
    "three countries with 10 % or more each: 80*10 + 10*20 + 10*30 = 1300 (two suffice: 1100; any "
    "tonne counts: 1000)",
    spread({"min_sources": 3, "counts_from_share": 0.1}),
)
NAMED = HandSolved(
    "one_of_the_named_sources",
    1050,
    "one of Australia and Brazil must hold the default 5 %: 95*10 + 5*20 = 1050 (any country would "
    "do: 1000; both must: 1150)",
    spread({"member": "Australia;Brazil", "min_sources": 1}),
)
FEW = HandSolved(
    "at_most_two_sources",
    2200,
    "China and Australia have 40 t each, Brazil any: two of them, China and Brazil: 400 + 60*30 = 2200 "
    "(all three: 400 + 800 + 600 = 1800)",
    spread(
        {"max_sources": 2},
        offers=[
            offer("cn", "Baotou", "oxide", 10, capacity_t_per_year=40),
            offer("au", "Perth", "oxide", 20, capacity_t_per_year=40),
            offer("br", "Minas", "oxide", 30),
        ],
    ),
)
ELEMENT = HandSolved(
    "share_of_an_element",
    1880,
    "100 t of oxide (50 % Nd) and 100 t of mischmetal oxide (10 %), China at most 60 % of the 60 t of "
    "Nd: 24 t must move. Mischmetal costs 1 more in Australia, 10 a tonne of Nd: all 10 t, 100; oxide 10 "
    "more, 20 a tonne of Nd: 14 t of Nd, 28 t, 280. 1500 + 380 = 1880 (t of material: 80 t of "
    "mischmetal, 1580)",
    spread(
        {"member": "China", "material": None, "stage": "oxide", "element": "Nd", "max_share": 0.6},
        materials=[material("oxide"), material("misch")],
        composition=[
            {"material": "oxide", "element": "Nd", "share": 0.5},
            {"material": "misch", "element": "Nd", "share": 0.1},
        ],
        offers=[
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 20),
            offer("misch cn", "Baotou", "misch", 5),
            offer("misch au", "Perth", "misch", 6),
        ],
        demand=[want("shop", "oxide", 100, 500), want("shop", "misch", 100, 500)],
    ),
)
TECHNOLOGY = HandSolved(
    "share_by_technology",
    2000,
    "Perth works with Chinese technology: 50 % by technology_origin leaves Brazil, 50*10 + 50*30 = 2000 "
    "(by country: 1500)",
    spread(
        {"group_by": "technology_origin", "max_share": 0.5},
        offers=[
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 20, technology_origin="China"),
            offer("br", "Minas", "oxide", 30),
        ],
    ),
)
STOCK = HandSolved(
    "stock_drawn_is_no_supply",
    900,
    "40 t in stock at the shop: 60 t are bought, half of them from China: 30*10 + 30*20 = 900 (stock "
    "counted as supply: 50*10 + 10*20 = 700)",
    spread({"max_share": 0.5}, stocks=[{"site": "shop", "material": "oxide", "opening_t": 40}]),
)
NAMELESS = HandSolved(
    "sources_without_a_company",
    1600,
    "only Perth and Minas name a company: Perth at least 60 % of all: 60*20 + 40*10 = 1600 (China, "
    "without one, left out of supply or counted twice: 1000, 1666.67)",
    spread(
        {"group_by": "company", "member": "Lynx", "min_share": 0.6},
        sites=[
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia", company="Lynx"),
            site("Minas", "supplier", "Brazil", company="Onca"),
            site("shop", "market", "Japan"),
        ],
    ),
)
OWN_PRODUCTION = HandSolved(
    "own_production_counts_at_the_plant",
    500,
    "China at most half of the oxide: a plant in Malaysia makes all 100 t from Chinese ore at 5; it "
    "counts where the plant stands: 500 (where the ore is from: 50*5 + 50*20 = 1250)",
    spread(
        {"member": "China", "max_share": 0.5},
        materials=[material("ore", "ore"), material("oxide")],
        sites=[
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Kuantan", "plant", "Malaysia"),
            site("shop", "market", "Japan"),
        ],
        offers=[
            offer("ore", "Baotou", "ore", 5),
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 20),
        ],
        lanes=[
            lane("Baotou", "Kuantan", "ore"),
            lane("Kuantan", "shop"),
            lane("Baotou", "shop", "oxide"),
            lane("Perth", "shop"),
        ],
        processes=[{"process": "refine", "site": "Kuantan", "capacity_t_per_year": 500}],
        recipes=[
            {"process": "refine", "material": "ore", "t_per_t": -1},
            {"process": "refine", "material": "oxide", "t_per_t": 1},
        ],
    ),
)


@pytest.mark.equation("DIV-1", "row")
def test_rows_of_a_share_cap(tmp_path: Path) -> None:
    others = {"take[au,0]": -0.4, "take[br,0]": -0.4}
    hard = {"member": "China", "max_share": 0.4}
    node = model_of(spread(hard, hard | {"penalty_usd_per_kg": 4}), tmp_path)[0].node["epoch 1"]
    rows = node.share_cap
    says(rows["cap 0", "China", 0], {"take[cn,0]": 0.6, **others}, "<=", 0)
    over = {"over[cap 1,China,0]": -1}
    says(rows["cap 1", "China", 0], {"take[cn,0]": 0.6, **others, **over}, "<=", 0)


@pytest.mark.equation("DIV-1", "row")
def test_row_of_an_expected_cap(tmp_path: Path) -> None:
    model, _ = model_of(EXPECTED_PRICED.sheets, tmp_path)
    says(
        model.expected[1],  # the row of p1; that of p0 comes before it
        {
            "low:take[cn,1]": 0.5 * 0.7,
            "low:take[au,1]": -0.5 * 0.3,
            "high:take[cn,1]": 0.5 * 0.7,
            "high:take[au,1]": -0.5 * 0.3,
            "now:over_all[cap 0,China,1]": -1,
        },
        "<=",
        0,
    )


@pytest.mark.equation("DIV-1", "hand")
@pytest.mark.parametrize(
    "case",
    [
        HALF,
        NOT_WORTH_IT,
        PRICED,
        EXPECTED,
        EXPECTED_PRICED,
        ELEMENT,
        TECHNOLOGY,
        STOCK,
        OWN_PRODUCTION,
    ],
    ids=lambda case: case.name,
)
def test_share_caps(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("DIV-1", "limit")
def test_a_cap_of_1_a_penalty_of_0_and_certainty(tmp_path: Path) -> None:
    assert cost_of(spread({"max_share": 1}), tmp_path) == pytest.approx(1000)
    free = {"max_share": 0.1, "penalty_usd_per_kg": 0}
    assert cost_of(spread(free), tmp_path) == pytest.approx(1000)
    dear = {"max_share": 0.5, "penalty_usd_per_kg": 1e4}
    assert cost_of(spread(dear), tmp_path) == pytest.approx(1500)
    expected = {"max_share": 0.5, "basis": "expected"}  # on a path both bases are the same
    assert cost_of(spread(expected), tmp_path) == pytest.approx(1500)


@pytest.mark.equation("DIV-2", "row")
def test_rows_of_a_share_floor(tmp_path: Path) -> None:
    hard = {"member": "Brazil", "min_share": 0.3}
    node = model_of(spread(hard, hard | {"penalty_usd_per_kg": 15}), tmp_path)[0].node["epoch 1"]
    lacking = {"take[cn,0]": 0.3, "take[au,0]": 0.3, "take[br,0]": -0.7}
    says(node.share_floor["cap 0", "Brazil", 0], lacking, "<=", 0)
    under = {**lacking, "under[cap 1,Brazil,0]": -1}
    says(node.share_floor["cap 1", "Brazil", 0], under, "<=", 0)


@pytest.mark.equation("DIV-2", "hand")
@pytest.mark.parametrize("case", [FLOOR, UNMET_FLOOR, NAMELESS], ids=lambda case: case.name)
def test_share_floors(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("DIV-2", "limit")
def test_a_floor_of_0_is_none_and_of_1_is_the_only_source(tmp_path: Path) -> None:
    assert cost_of(spread({"member": "Brazil", "min_share": 0}), tmp_path) == pytest.approx(1000)
    assert cost_of(spread({"member": "Brazil", "min_share": 1}), tmp_path) == pytest.approx(3000)
    nobody = {"member": "Japan", "min_share": 0.1}  # no source there: supply is forced to 0
    assert cost_of(spread(nobody), tmp_path) == pytest.approx(50000)


@pytest.mark.equation("DIV-3", "row")
def test_rows_of_enough_sources(tmp_path: Path) -> None:
    node = model_of(SOURCES.sheets, tmp_path)[0].node["epoch 1"]
    # each offer is worth at most the 100 t wanted: big-M of supply is 300 t
    shares = {"take[cn,0]": 0.9, "take[au,0]": -0.1, "take[br,0]": -0.1}
    holds = {"holds[cap 0,China,0]": -30}
    says(node.holds_share["cap 0", "China", 0], {**shares, **holds}, ">=", -30)
    takes = {"take[cn,0]": 1, "take[au,0]": 1, "take[br,0]": 1}
    says(node.supply_is_active["cap 0", 0], {**takes, "flowing[cap 0,0]": -300}, "<=", 0)
    held = {f"holds[cap 0,{g},0]": 1 for g in ("Australia", "Brazil", "China")}
    says(node.enough_sources["cap 0", 0], {**held, "flowing[cap 0,0]": -3}, ">=", 0)


@pytest.mark.equation("DIV-3", "hand")
@pytest.mark.parametrize("case", [SOURCES, NAMED], ids=lambda case: case.name)
def test_enough_sources(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("DIV-3", "limit")
def test_one_source_of_any_is_no_rule_and_buying_nothing_needs_none(tmp_path: Path) -> None:
    assert cost_of(spread({"min_sources": 1}), tmp_path) == pytest.approx(1000)
    everyone = {"min_sources": 3, "counts_from_share": 0}
    assert cost_of(spread(everyone), tmp_path) == pytest.approx(1000)
    too_many = {"min_sources": 4}  # there are three: buy nothing
    assert cost_of(spread(too_many), tmp_path) == pytest.approx(50000)


@pytest.mark.equation("DIV-4", "row")
def test_rows_of_few_sources(tmp_path: Path) -> None:
    node = model_of(FEW.sheets, tmp_path)[0].node["epoch 1"]
    china = {"take[cn,0]": 1, "supplies[cap 0,China,0]": -40}
    says(node.supplies_any["cap 0", "China", 0], china, "<=", 0)
    brazil = {"take[br,0]": 1, "supplies[cap 0,Brazil,0]": -100}
    says(node.supplies_any["cap 0", "Brazil", 0], brazil, "<=", 0)
    used = {f"supplies[cap 0,{g},0]": 1 for g in ("Australia", "Brazil", "China")}
    says(node.few_sources["cap 0", 0], used, "<=", 2)


@pytest.mark.equation("DIV-4", "hand")
def test_few_sources(policy: Known) -> None:
    plan = FEW.solve(policy)
    assert set(plan.tables["takes"]["offer"]) == {"cn", "br"}


@pytest.mark.equation("DIV-4", "limit")
def test_as_many_sources_as_there_are_is_no_rule(tmp_path: Path) -> None:
    limited = FEW.sheets["offers"]
    for most, cost in ((3, 1800), (9, 1800)):
        sheets = spread({"max_sources": most}, offers=limited)
        assert cost_of(sheets, tmp_path) == pytest.approx(cost)
    absent = spread({"max_sources": 1, "member": "Japan"}, offers=limited)  # supplies nothing
    assert cost_of(absent, tmp_path) == pytest.approx(1800)


def test_caps_hold_in_their_window_and_not_in_stress_branches(tmp_path: Path) -> None:
    lost = {"test": "t", "lose": "country", "member": "China;Brazil", "min_service_share": 1}
    sheets = spread(
        {"max_share": 0.5, "first_period": "p1"},
        periods=periods(1, 1),
        stress_tests=[{**lost, "first_period": "p1", "last_period": "p1"}],
    )
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["objective_kusd"] == pytest.approx(1000 + 1500)
    assert tonnes(plan, "takes", node="test t 2", offer="au") == pytest.approx(100)
    assert "cap_penalties" not in money(plan)
