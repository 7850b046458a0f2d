"""CST: every line of the cost table, discounting, annuities."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyomo.environ import Constraint

from planner.solve.plan import COST_LINES
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
    site,
    want,
)


def recipe(process: str, name: str, rate: float) -> Row:
    return {"process": process, "material": name, "t_per_t": rate}


#: A chain small enough for a hand that charges every line of the cost table.
EVERY_LINE = book(
    settings={"discount_rate": 0.25},
    periods=periods(1, 1),
    materials=[
        material("ore", "ore"),
        material("oxide", value_usd_per_kg=20),
        material("La", disposal_usd_per_kg=1),
        material("scrap", "scrap"),
        material("ferrite", "magnet"),
    ],
    sites=[
        site("mine", "supplier", "China"),
        site("plant", "plant", "Japan"),
        site("shop", "market", "US"),
    ],
    offers=[
        offer(
            "firm",
            "mine",
            "ore",
            10,
            kind="contract",
            min_take_share=0.5,
            qualification_kusd=7,
        ),
        offer("spot", "mine", "ferrite", 1),
    ],
    lanes=[
        lane("mine", "plant", "ore", 2),
        lane("plant", "shop", "oxide", 4, duty_share=0.1),
        lane("mine", "shop", "ferrite"),
    ],
    processes=[
        {"process": "refine", "site": "plant", "cost_usd_per_kg": 3},
        {"process": "remelt", "site": "plant", "capacity_t_per_year": 100},
    ],
    recipes=[
        recipe("refine", "ore", -1),
        recipe("refine", "oxide", 0.5),
        recipe("refine", "La", 0.2),
        recipe("remelt", "scrap", -1),
        recipe("remelt", "oxide", 1),
    ],
    projects=[
        {
            "project": "line",
            "adds_to": "refine",
            "size_t_per_year": 80,
            "capex_kusd": 50,
            "grant_share": 0.2,
            "fixed_kusd_per_year": 11,
        }
    ],
    stocks=[
        {"site": "shop", "material": "oxide", "min_t": 5, "holding_usd_per_kg_year": 6},
    ],
    demand=[
        want("shop", "oxide", 42, 500, "p0", price_usd_per_kg=200),
        want("shop", "oxide", 10, 500, "p1", price_usd_per_kg=200),
    ],
    returns=[
        {
            "market": "shop",
            "product": "oxide",
            "scrap": "scrap",
            "to_site": "plant",
            "mean_life_years": 1,
            "collection_share": 0.1,
            "collection_usd_per_kg": 5,
        }
    ],
    substitutes=[
        {
            "substitute": "less",
            "market": "shop",
            "material": "oxide",
            "by_material": "ferrite",
            "max_share": 0.2,
            "switch_kusd": 8,
            "lead_months": 12,
            "performance_usd_per_kg": 3,
        }
    ],
    licences=[{"licence": "L", "application_kusd": 9}],
    rules=[
        {
            "rule": "r",
            "exporter": "China",
            "stage": "ore",
            "from_date": date(2027, 7, 1),
            "requirement": "licence:L",
        }
    ],
    caps=[
        {
            "cap": "c",
            "group_by": "country",
            "material": "ore",
            "max_share": 0.9,
            "penalty_usd_per_kg": 0.5,
        }
    ],
    commitments=[{"what": "offer", "name": "firm", "sense": "=", "amount": 100}],
)
#: Line -> kUSD in p0 and p1, each worked out in ``WHOLE``'s arithmetic.
BY_LINE = {
    "purchase": (80 * 10, 18 * 10 + 2 * 1),
    "take_or_pay": (0, (50 - 18) * 10),
    "freight": (80 * 2 + 40 * 4, 18 * 2 + 13 * 4),
    "duty": (40 * 2, 13 * 2),
    "processing": (80 * 3, 18 * 3),
    "holding": (0, 5 * 6),
    "qualification": (7, 0),
    "applications": (9, 0),
    "capex": (50, 0),
    "grants": (-10, 0),
    "fixed": (11, 11),
    "collection": (0, 4 * 5),
    "disposal": (80 * 0.2, 18 * 0.2),
    "substitution": (8, 2 * 3),
    "shortage": (2 * 500, 0),
    "cap_penalties": (8 * 0.5, 1.8 * 0.5),
    "sales": (-40 * 200, -10 * 200),
}
WHOLE = HandSolved(
    "every_cost_line",
    -6471.8,
    "p0: the line (50 less 10 granted, 11 a year) runs 80 t of ore into 40 t of oxide and 16 t of La: 800 + "
    "freight 160 + 160, duty 0.1*20*40, processing 240, La 16, qualification 7, application 9, switch 8, "
    "short 2*500, China 8 t over 90 % at 0.5: 4, sales -8000: -5465. p1: 10 t wanted and 5 t kept: 2 t "
    "ferrite (1 + 3), 4 t collected at 5, so 18 t of ore for 9 t; 50 owed of the contract of 100, 32 "
    "unused; -1258.5. -5465 - 1258.5/1.25 = -6471.8 (not discounted: -6723.5; discounted at the end of "
    "each period: -5177.4)",
    EVERY_LINE,
)
assert set(BY_LINE) == set(COST_LINES)


def annuity(settings: Row, **project: Any) -> Sheets:
    """100 t a year, made for 10 on a line that only the project brings; periods of 1 and 2 years."""
    return book(
        settings={"discount_rate": 0.1, "capex_accounting": "annuity", **settings},
        periods=periods(1, 2),
        materials=[material("ore", "ore"), material("oxide")],
        sites=[site("mine", "supplier"), site("plant", "plant"), site("shop", "market")],
        offers=[offer("ore", "mine", "ore", 10)],
        lanes=[lane("mine", "plant"), lane("plant", "shop")],
        processes=[{"process": "refine", "site": "plant"}],
        recipes=[recipe("refine", "ore", -1), recipe("refine", "oxide", 1)],
        demand=[want("shop", "oxide", 100, 500)],
        projects=[
            {
                "project": "line",
                "adds_to": "refine",
                "size_t_per_year": 100,
                "capex_kusd": 420,
                "grant_share": 0.5,
                "life_years": 2,
                **project,
            }
        ],
    )


ANNUITY = HandSolved(
    "annuity_of_net_capex",
    1121 + 2242 / 1.1,
    "net 210 over 2 years at 10 %: 210 * 0.1/(1 - 1.1^-2) = 121 a year, from the decision's period on, "
    "beyond its life too: p0 121 + 1000; p1, of two years, 242 + 2000, discounted by 1.1: 1121 + 2038.18 "
    "= 3159.18 (lump: 210 + 1000 + 1818.18 = 3028.18; one annuity a period: 3049.18)",
    annuity({}),
)
LATE_SERVICE = HandSolved(
    "annuity_from_the_decision",
    50121 + 2242 / 1.1,
    "a lead of 12 months: nothing is made in p0, 50000 short, yet the annuity of 121 runs from the "
    "decision in p0: 50121 + (242 + 2000)/1.1 = 52159.18 (from commissioning: 52038.18)",
    annuity({}, lead_months=12, latest_period="p0"),
)


@pytest.mark.equation("CST-1", "row")
def test_the_expression_of_each_line(tmp_path: Path) -> None:
    model, _ = model_of(EVERY_LINE, tmp_path)
    ore, oxide, ferrite = "ship[0,,{}]", "ship[2,,{}]", "ship[1,,{}]"
    written: dict[tuple[str, int], dict[str, float]] = {
        ("purchase", 1): {"take[firm,1]": 10, "take[spot,1]": 1},
        ("take_or_pay", 1): {"unused[firm,1]": 10},
        ("freight", 0): {ore.format(0): 2, oxide.format(0): 4},
        ("duty", 0): {oxide.format(0): 2},
        ("processing", 0): {"run[refine,,0]": 3},
        ("holding", 1): {"stock[shop,oxide,,1]": 6},
        ("qualification", 0): {"qualify[mine,ore]": 7},
        ("applications", 0): {"apply[L,2]": 9},
        ("capex", 0): {"build[line,0]": 50},
        ("grants", 0): {"build[line,0]": -10},
        ("fixed", 1): {"epoch 1:build[line,0]": 11, "build[line,1]": 11},
        ("collection", 1): {"collect[0,1]": 5},
        ("disposal", 0): {"dispose[plant,La,,0]": 1},
        ("substitution", 0): {"switch[less]": 8},
        ("substitution", 1): {"swap[less,,1]": 3},
        ("shortage", 0): {"short[shop,oxide,0]": 500},
        ("cap_penalties", 0): {"over[c,China,0]": 0.5},
        ("sales", 1): {"deliver[shop,oxide,,1]": -200, "swap[less,,1]": -200},
    }
    assert {line for line, _ in written} == set(COST_LINES)
    assert ferrite.format(1) not in written["freight", 0]
    for (line, t), entries in written.items():
        node = model.node[f"epoch {t + 1}"]
        node.add_component(f"as_row_{line}", Constraint(expr=node.cost[line, t] <= 0))
        says(node.component(f"as_row_{line}"), entries, "<=", 0)


@pytest.mark.equation("CST-1", "hand")
def test_every_line_of_the_cost_table(policy: Known) -> None:
    costs = WHOLE.solve(policy).tables["costs"]
    for line, amounts in BY_LINE.items():
        for period, factor, kusd in zip(("p0", "p1"), (1, 0.8), amounts, strict=True):
            row = costs[(costs["line"] == line) & (costs["period"] == period)]
            assert float(row["kusd"].sum()) == pytest.approx(kusd), (line, period)
            paid = float(row["discounted_kusd"].sum())
            assert paid == pytest.approx(kusd * factor), (line, period)


@pytest.mark.equation("CST-1", "hand")
@pytest.mark.parametrize("case", [ANNUITY, LATE_SERVICE], ids=lambda case: case.name)
def test_annuities(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


@pytest.mark.equation("CST-1", "limit")
def test_without_discount_all_money_counts_alike(tmp_path: Path) -> None:
    flat = {**EVERY_LINE, "settings": [{"key": "mip_gap", "value": 0}]}
    total = sum(sum(amounts) for amounts in BY_LINE.values())
    assert cost_of(flat, tmp_path) == pytest.approx(total)


@pytest.mark.equation("CST-1", "limit")
def test_an_annuity_without_interest_over_the_horizon_is_the_lump_sum(tmp_path: Path) -> None:
    lump = annuity({"discount_rate": 0, "capex_accounting": "lump"})
    spread = annuity({"discount_rate": 0}, life_years=3)
    assert cost_of(spread, tmp_path) == pytest.approx(cost_of(lump, tmp_path)) == 3210


@pytest.mark.equation("CST-1", "limit")
def test_a_grant_of_everything_makes_capex_free(tmp_path: Path) -> None:
    for accounting in ("lump", "annuity"):
        free = annuity({"capex_accounting": accounting}, grant_share=1)
        assert cost_of(free, tmp_path) == pytest.approx(1000 + 2000 / 1.1)


def test_an_annuity_is_that_of_the_node_that_decided(tmp_path: Path) -> None:
    """What ``node_values`` changes in the node of decision holds for its payments ever after."""
    sheets = annuity({}, grant_share=0)
    sheets["tree"] = [
        {"node": "now", "epoch": 1, "probability": 1},
        {"node": "then", "parent": "now", "epoch": 2, "probability": 1},
    ]
    halved = {"sheet": "projects", "column": "capex_kusd", "change": "scale", "value": 0.5}
    sheets["node_values"] = [{"node": "now", **halved}]
    assert cost_of(sheets, tmp_path) == pytest.approx(121 + 1000 + (242 + 2000) / 1.1)
