"""SHP-1 .. SHP-5: lanes, loads, throughput, lead times, duties and what rules close."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.own_answers import Known
from tests.workbooks import (
    Sheets,
    book,
    cost_of,
    lane,
    material,
    mine_to_shop,
    model_of,
    offer,
    periods,
    row_of,
    site,
    want,
)

ORE = offer("ore", "mine", "oxide", 10)


def by_port(*lanes: Any, **sheets: Any) -> Sheets:
    """The mine serves the shop over a port too; oxide and metal; half a year."""
    return book(
        **{
            "periods": periods(0.5),
            "materials": [material("oxide"), material("metal", "metal")],
            "sites": [
                site("mine", "supplier", "China"),
                site("port", "plant", "China"),
                site("shop", "market", "Japan"),
            ],
            "offers": [ORE, offer("bar", "mine", "metal", 10)],
            "lanes": list(lanes),
            "demand": [want("shop", "oxide", 40, 100), want("shop", "metal", 40, 50)],
            **sheets,
        }
    )


@pytest.mark.equation("SHP-1", "row")
def test_capacity_of_a_lane_is_shared_by_its_materials(tmp_path: Path) -> None:
    model, _ = model_of(by_port(lane("mine", "shop", "*", capacity_t_per_year=60)), tmp_path)
    assert row_of(model.node["epoch 1"].lane_capacity[0, 0]) == (
        None,
        {"ship[0,,0]": 1, "ship[1,,0]": 1},
        30,
    )


@pytest.mark.equation("SHP-1", "hand")
def test_a_shared_lane_carries_what_is_missed_most(known: Known) -> None:
    known(
        "shp1_shared_lane",
        800,
        """A lane of 60 t/year for all materials: 30 t in half a year. 20 t of oxide, 20 t of metal
        wanted at 10. Oxide first (short 100): 20, then 10 metal; 10 t of metal short at 50:
        30 x 10 + 500 = 800. Wrong, 30 t for each: 400. Wrong, 60 t in half a year: 400.""",
        by_port(lane("mine", "shop", "*", capacity_t_per_year=60)),
    )


@pytest.mark.equation("SHP-1", "hand")
def test_a_row_of_its_own_wins_over_the_row_for_all(known: Known) -> None:
    known(
        "shp1_own_row_wins",
        20 * 12 + 20 * 11,
        """Freight 1 on the lane for all, 20 t of capacity in half a year; oxide has a row of its
        own at 2 without a limit. 20 oxide at 12, 20 metal at 11: 460. Wrong, the cheaper row is
        free to choose or both share 20 t: metal or oxide falls short.""",
        by_port(
            lane("mine", "shop", "*", 1, capacity_t_per_year=40), lane("mine", "shop", "oxide", 2)
        ),
    )


@pytest.mark.equation("SHP-1", "limit")
def test_a_lane_as_wide_as_the_world_is_unlimited(tmp_path: Path) -> None:
    wide = by_port(lane("mine", "shop", "*", capacity_t_per_year=1e6))
    assert cost_of(wide, tmp_path) == pytest.approx(
        cost_of(by_port(lane("mine", "shop")), tmp_path)
    )


def loaded(**columns: Any) -> Sheets:
    """Oxide over the direct lane at freight 5, or over the port at 1 with a load to choose."""
    return by_port(
        lane("mine", "shop", "oxide", 5),
        lane("mine", "port", "oxide"),
        lane("port", "shop", "oxide", 1, **columns),
        periods=periods(1, 1, 1, epochs=(1, 1, 1)),
        offers=[ORE],
        demand=[want("shop", "oxide", 20, 500, "p0"), want("shop", "oxide", 50, 500)],
    )


@pytest.mark.equation("SHP-2", "row")
@pytest.mark.equation("SHP-3", "row")
def test_a_load_is_a_minimum_or_nothing(tmp_path: Path) -> None:
    model, data = model_of(loaded(fixed_kusd=30, min_t=25), tmp_path)
    arc = next(a for a in data.arcs.values() if a.from_site == "port")
    block, key = model.node["epoch 1"], (arc.lane, 1)
    ship, load = f"ship[{arc.name},,1]", f"load[{arc.lane},1]"
    # What the case can use: 20 + 50 + 50 t wanted, and a load of 25 t in each of three periods.
    assert row_of(block.lane_used[key]) == (None, {ship: 1, load: -195}, 0)
    assert row_of(block.lane_minimum[key]) == (None, {load: 25, ship: -1}, 0)


@pytest.mark.equation("SHP-2", "hand")
@pytest.mark.equation("SHP-3", "hand")
def test_a_fixed_cost_and_a_minimum_load_period_by_period(known: Known) -> None:
    known(
        "shp3_minimum_load",
        1460,
        """20, 50, 50 t at 10. Direct freight 5; over the port 1, 30 kUSD a period, 25 t or more.
        20 t cannot make a load: 100; 50 t: 50 + 30 = 80, twice. 1200 + 100 + 160 = 1460. Wrong, no
        minimum: 1410. Wrong, the fixed cost once: 1430.""",
        loaded(fixed_kusd=30, min_t=25),
    )


@pytest.mark.equation("SHP-3", "hand")
def test_a_load_may_exceed_what_is_used(known: Known) -> None:
    known(
        "shp3_load_beyond_need",
        150 * 1 + 50 * 1,
        """100 t wanted (short 500) over a lane that takes 150 t or nothing; the rest is thrown
        away at 1: 150 + 50 = 200. Wrong, no more than the need may be shipped: 50,000 short.""",
        mine_to_shop(
            materials=[material("oxide", disposal_usd_per_kg=1)],
            lanes=[lane("mine", "shop", "oxide", min_t=150)],
            offers=[offer("ore", "mine", "oxide", 1)],
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )


@pytest.mark.equation("SHP-2", "limit")
@pytest.mark.equation("SHP-3", "limit")
def test_a_load_of_nothing_is_no_load(tmp_path: Path) -> None:
    plain = cost_of(loaded(), tmp_path)
    assert cost_of(loaded(fixed_kusd=0, min_t=0), tmp_path) == pytest.approx(plain)
    # A fixed cost that nothing would pay, a minimum that nothing can reach: the lane is absent.
    direct = 120 * 15
    assert cost_of(loaded(fixed_kusd=1e6), tmp_path) == pytest.approx(direct)
    assert cost_of(loaded(min_t=1e6), tmp_path) == pytest.approx(direct)


def narrow(throughput: float | None, *projects: Any) -> Sheets:
    """All goes over a port; 40 t/year of oxide and of metal wanted for half a year."""
    sites = [
        site("mine", "supplier", "China"),
        site("port", "plant", "China", throughput_t_per_year=throughput),
        site("shop", "market", "Japan"),
    ]
    ways = [lane("mine", "port"), lane("port", "shop")]
    return by_port(*ways, sites=sites, **({"projects": list(projects)} if projects else {}))


CRANE = {"project": "crane", "adds_to": "port", "size_t_per_year": 20, "capex_kusd": 100}


@pytest.mark.equation("SHP-4", "row")
def test_throughput_counts_all_that_leaves(tmp_path: Path) -> None:
    model, data = model_of(narrow(50, CRANE), tmp_path)
    leaving = [a.name for a in data.arcs.values() if a.from_site == "port"]
    assert row_of(model.node["epoch 1"].throughput["port", 0]) == (
        None,
        {**{f"ship[{a},,0]": 1 for a in leaving}, "build[crane,0]": -10},
        25,
    )


@pytest.mark.equation("SHP-4", "hand")
def test_a_crane_widens_the_port(known: Known) -> None:
    known(
        "shp4_throughput",
        350 + 100 + 250,
        """The port passes 50 t/year of all goods, 25 t in half a year; a crane for 100 adds 10 t.
        40 t wanted at 10: 20 oxide, 15 metal with the crane, 5 t of metal short at 50: 350 + 100 +
        250 = 700. Wrong, 25 t of each: 400. Without the crane: 250 + 750 = 1000.""",
        narrow(50, CRANE),
    )


@pytest.mark.equation("SHP-4", "limit")
def test_a_wide_port_is_an_unlimited_one(tmp_path: Path) -> None:
    assert cost_of(narrow(1e6), tmp_path) == pytest.approx(cost_of(narrow(None), tmp_path))


def closed(**rule: Any) -> Sheets:
    """Three years at 10 from China, or 25 from Australia, with one rule against China's goods."""
    return mine_to_shop(
        periods=periods(1, 1, 1, epochs=(1, 1, 1)),
        sites=[
            site("mine", "supplier", "China"),
            site("pit", "supplier", "Australia"),
            site("shop", "market", "Japan"),
        ],
        lanes=[lane("mine", "shop", "oxide"), lane("pit", "shop", "oxide")],
        rules=[{"rule": "r", "exporter": "China", "requirement": "denied", **rule}],
        offers=[ORE, offer("else", "pit", "oxide", 25)],
        demand=[want("shop", "oxide", 100, 500)],
    )


@pytest.mark.equation("SHP-5", "row")
def test_a_rule_closes_a_lane_in_one_regime(tmp_path: Path) -> None:
    moves = [
        {"from_regime": "calm", "to_regime": "calm", "probability": 0.5},
        {"from_regime": "calm", "to_regime": "war", "probability": 0.5},
        {"from_regime": "war", "to_regime": "war", "probability": 1},
    ]
    sheets = {**closed(regimes="war"), "periods": periods(1, 1), "transitions": moves}
    sheets["settings"] = [*sheets["settings"], {"key": "regime_today", "value": "calm"}]
    model, data = model_of(sheets, tmp_path)
    arc = next(a.name for a in data.arcs.values() if a.from_site == "mine")
    for node in (n for n in data.tree.nodes if n.epoch == 2):
        # 200 t are wanted over the horizon: no more is of use.
        bound = {"war": 0, "calm": 200}[node.regime]
        row = row_of(model.node[node.name].arc_open[arc, "", 1])
        assert row == (None, {f"ship[{arc},,1]": 1}, bound)


@pytest.mark.equation("SHP-5", "hand")
def test_the_dates_of_a_rule_are_inclusive(known: Known) -> None:
    begins = periods(1, 1)[1]["start"]
    known(
        "shp5_dated_rule",
        4500,
        """China's goods are denied from the first day of year 2 to the same day. Year 2 begins on
        it, so 1000 + 2500 + 1000 = 4500. Wrong, an end date that is exclusive: 3000. Wrong, closed
        from then on: 6000.""",
        closed(from_date=begins, to_date=begins),
    )


@pytest.mark.equation("SHP-5", "limit")
def test_a_rule_that_is_over_is_none(tmp_path: Path) -> None:
    over = closed(to_date=date(2026, 12, 31))
    absent = {name: rows for name, rows in closed().items() if name != "rules"}
    assert cost_of(over, tmp_path) == pytest.approx(cost_of(absent, tmp_path)) == 3000
    assert cost_of(closed(), tmp_path) == pytest.approx(7500)


def test_goods_are_paid_at_shipment_and_arrive_after_the_lead(known: Known) -> None:
    known(
        "moving_lead_time",
        5000 + 1000 + 200,
        """100 t wanted in each of two years; ore at 10 and freight 2, there after 12 months. Year 1
        is short: 100 x 50 = 5000; what arrives in year 2 is shipped and paid in year 1: 1200;
        what would arrive after the horizon is not shipped. 6200. Wrong, paid on arrival at
        discount 1/1.25: 5960. Wrong, no lead: 2160.""",
        mine_to_shop(
            settings={"discount_rate": 0.25},
            periods=periods(1, 1),
            lanes=[lane("mine", "shop", "oxide", 2, lead_months=12)],
            offers=[ORE],
            demand=[want("shop", "oxide", 100, 50)],
        ),
    )


def test_duty_is_paid_where_the_countries_differ(known: Known) -> None:
    known(
        "moving_duty",
        50 * (10 + 5) + 50 * 10 + 50 * 10,
        """Value 50, duty 10 % = 5 a kg: to Japan 50 x 15; to a shop in China and to one of no
        stated country none, 2 x 50 x 10: 1750. Wrong, on every lane: 2250. Wrong, on the price
        paid: 50 x 11 + 1000 = 1550.""",
        mine_to_shop(
            materials=[material("oxide", value_usd_per_kg=50)],
            sites=[
                site("mine", "supplier", "China"),
                site("abroad", "market", "Japan"),
                site("home", "market", "China"),
                site("somewhere", "market"),
            ],
            lanes=[lane("mine", end, "oxide", duty_share=0.1)
                   for end in ("abroad", "home", "somewhere")],
            offers=[ORE],
            demand=[want(end, "oxide", 50, 500) for end in ("abroad", "home", "somewhere")],
        ),
    )  # fmt: skip
