"""DEM-1 .. DEM-4: delivered, waiting or short; service floors; one lane; what rules close."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.own_answers import Known
from tests.workbooks import (
    Row,
    Sheets,
    cost_of,
    lane,
    mine_to_shop,
    model_of,
    offer,
    periods,
    row_of,
    site,
    want,
)


def wanted(
    *rows: Row, price: float = 10, years: tuple[float, ...] = (1, 1), **sheets: Any
) -> Sheets:
    """Oxide at a price, at most 60 t a year unless the sheets say otherwise."""
    own = {
        "periods": periods(*years),
        "offers": [offer("ore", "mine", "oxide", price, capacity_t_per_year=60)],
        "demand": list(rows),
    }
    return mine_to_shop(**{**own, **sheets})


WAITS = want("shop", "oxide", 100, 50, "p0", backlog=True)


@pytest.mark.equation("DEM-1", "row")
@pytest.mark.equation("DEM-2", "row")
def test_what_waited_is_asked_again(tmp_path: Path) -> None:
    second = want("shop", "oxide", 40, 50, "p1", min_service_share=0.25)
    model, _ = model_of(wanted(WAITS, second, years=(1, 0.5)), tmp_path)
    begin, late = model.node["epoch 1"], model.node["epoch 2"]
    assert row_of(begin.demand_met["shop", "oxide", 0]) == (
        100,
        {"deliver[shop,oxide,,0]": 1, "short[shop,oxide,0]": 1},
        100,
    )
    assert row_of(late.demand_met["shop", "oxide", 1]) == (
        20,
        {
            "deliver[shop,oxide,,1]": 1,
            "short[shop,oxide,1]": 1,
            "epoch 1:short[shop,oxide,0]": -1,
        },
        20,
    )
    # 25 % of the period's own 20 t must be served: 15 t may be short, and all that waited.
    assert row_of(late.service_floor["shop", "oxide", 1]) == (
        None,
        {"short[shop,oxide,1]": 1, "epoch 1:short[shop,oxide,0]": -1},
        15,
    )
    assert list(begin.service_floor) == []


@pytest.mark.equation("DEM-1", "hand")
def test_a_shortage_waits_and_pays_again(known: Known) -> None:
    known(
        "dem1_backlog",
        4200,
        """60 t a year at 10; 100 t wanted, then 40 t; a tonne short pays 50 and waits. Year 1: 600
        + 40 x 50; year 2: 80 t asked, 60 come, 600 + 20 x 50: 4200. Wrong, it is lost: 600 + 2000
        + 400 = 3000. Wrong, it pays once: 3200.""",
        wanted(WAITS, want("shop", "oxide", 40, 50, "p1", backlog=True)),
    )


@pytest.mark.equation("DEM-1", "hand")
def test_without_a_row_to_wait_for_it_is_lost(known: Known) -> None:
    known(
        "dem1_backlog_lost",
        600 + 2000 + 400,
        """As the backlog, but nothing is wanted in year 2: the 40 t that waited are lost, having
        paid once; year 3 asks for its own 40 t: 600 + 2000 + 400 = 3000. Wrong, they wait for year
        3: 80 t asked, 60 come, 600 + 1000 in place of 400: 4200.""",
        wanted(WAITS, want("shop", "oxide", 40, 50, "p2"), years=(1, 1, 1)),
    )


@pytest.mark.equation("DEM-1", "hand")
def test_a_byproduct_market_buys_up_to_its_demand(known: Known) -> None:
    known(
        "dem1_byproduct_market",
        -300,
        """A market with shortage 0 buys at 15 up to its 100 t; 60 t come, at 10: 600 - 900 = -300.
        Wrong, revenue on demand: 600 - 1500 = -900. Wrong, no revenue: 0, nothing is bought.""",
        wanted(want("shop", "oxide", 100, 0, price_usd_per_kg=15), years=(1,)),
    )


@pytest.mark.equation("DEM-1", "limit")
def test_backlog_of_nothing_short_is_none(tmp_path: Path) -> None:
    met = wanted(want("shop", "oxide", 50, 50, backlog=True))
    plain = wanted(want("shop", "oxide", 50, 50))
    assert cost_of(met, tmp_path) == pytest.approx(cost_of(plain, tmp_path))
    # At the horizon nothing waits: the last period's flag changes nothing.
    last = wanted(want("shop", "oxide", 90, 50, backlog=True), years=(1,))
    lost = wanted(want("shop", "oxide", 90, 50), years=(1,))
    assert cost_of(last, tmp_path) == pytest.approx(cost_of(lost, tmp_path))


@pytest.mark.equation("DEM-2", "hand")
def test_the_service_floor_is_a_share_of_the_periods_own_demand(known: Known) -> None:
    known(
        "dem2_floor_with_backlog",
        3550,
        """Oxide at 30. Year 1: 100 t, short 20, waiting; year 2: 60 t, half to be served, short 5.
        Waiting costs 20 + 5 < 30. Year 2: short <= 30 + 100, so 30 t are bought (900) and 130 t
        short (650); with 2000 of year 1: 3550. Wrong, the floor covers what waited too: short <=
        80, a tonne that waits costs 20 + 15 + 2.5 > 30, so 3000 + 900 + 150 = 4050. Wrong, no
        floor: 2000 + 800 = 2800.""",
        wanted(
            want("shop", "oxide", 100, 20, "p0", backlog=True),
            want("shop", "oxide", 60, 5, "p1", min_service_share=0.5),
            offers=[offer("ore", "mine", "oxide", 30)],
        ),
    )


@pytest.mark.equation("DEM-2", "limit")
def test_floor_of_nothing_and_of_everything(tmp_path: Path) -> None:
    def cost(share: float | None, shortage: float) -> float:
        row = want("shop", "oxide", 50, shortage, min_service_share=share)
        return cost_of(wanted(row), tmp_path)

    assert cost(0, 5) == pytest.approx(cost(None, 5)) == 50 * 5 * 2
    assert cost(1, 5) == pytest.approx(cost(None, 500)) == 50 * 10 * 2


def three_mines(**columns: Any) -> Sheets:
    """60 t at 10 and 60 t at 12 from two mines, any amount at 30 from a third; short at 50."""
    names = ("a", "b", "c")
    return mine_to_shop(
        sites=[*(site(n, "supplier") for n in names), site("shop", "market")],
        lanes=[lane(n, "shop", "oxide") for n in names],
        offers=[
            offer("a", "a", "oxide", 10, capacity_t_per_year=60),
            offer("b", "b", "oxide", 12, capacity_t_per_year=60),
            offer("c", "c", "oxide", 30),
        ],
        demand=[want("shop", "oxide", 100, 50, **columns)],
    )


@pytest.mark.equation("DEM-3", "row")
def test_one_lane_serves_by_arrival(tmp_path: Path) -> None:
    sheets = three_mines(single_source=True)
    sheets["periods"] = periods(0.5, 0.5, epochs=(1, 1))
    sheets["lanes"][0]["lead_months"] = 6
    model, data = model_of(sheets, tmp_path)
    block = model.node["epoch 1"]
    a, b, c = (arc.name for arc in sorted(data.arcs.values(), key=lambda arc: arc.from_site))
    # The lane from a brings in p1 what was shipped in p0: at most 60 t/year for half a year.
    assert row_of(block.serve_by_lane[a, "shop", "oxide", 1]) == (
        None,
        {f"ship[{a},,0]": 1, f"serve[{a},shop,oxide,1]": -30},
        0,
    )
    # What the case can use at all: 50 t in each half-year.
    assert row_of(block.serve_by_lane[c, "shop", "oxide", 1]) == (
        None,
        {f"ship[{c},,1]": 1, f"serve[{c},shop,oxide,1]": -100},
        0,
    )
    assert row_of(block.one_lane["shop", "oxide", 1]) == (
        None,
        {f"serve[{x},shop,oxide,1]": 1 for x in (a, b, c)},
        1,
    )
    assert row_of(block.one_lane["shop", "oxide", 0]) == (
        None,
        {f"serve[{x},shop,oxide,0]": 1 for x in (b, c)},
        1,
    )


@pytest.mark.equation("DEM-3", "hand")
def test_a_single_source_is_short_rather_than_dear(known: Known) -> None:
    known(
        "dem3_single_source",
        2600,
        """100 t, one lane: 60 t x 10 + 40 short x 50 = 2600; 60 x 12 + 2000 = 2720; 100 x 30 =
        3000. Wrong, two lanes: 600 + 480 = 1080.""",
        three_mines(single_source=True),
    )


@pytest.mark.equation("DEM-3", "limit")
def test_a_single_source_that_suffices_costs_nothing(tmp_path: Path) -> None:
    enough = three_mines(single_source=True)
    enough["offers"][0]["capacity_t_per_year"] = 100
    assert cost_of(enough, tmp_path) == pytest.approx(100 * 10)
    assert cost_of(three_mines(single_source=False), tmp_path) == pytest.approx(1080)


def content(end_uses: str, destination: str | None = None, **rule: Any) -> Sheets:
    """80 t of Chinese oxide lie in Japan, where EV and defence want 50 t each; new oxide at 25."""
    sites = [
        site("pit", "supplier", "Australia"),
        site("store", "plant", "Japan"),
        site("cars", "market", "Japan", end_use="EV"),
        site("arms", "market", "Japan", end_use="defence"),
    ]
    return mine_to_shop(
        sites=sites,
        tracks=[{"track": "CN", "country": "China"}],
        rules=[
            {"rule": "r", "reach": "content", "track": "CN", "end_use": end_uses,
             "destination": destination, "requirement": "denied", **rule}
        ],
        stocks=[{"site": "store", "material": "oxide", "opening_t": 80, "opening_origin": "CN"}],
        offers=[offer("ore", "pit", "oxide", 25)],
        lanes=[lane(a, b) for a, b in (("pit", "cars"), ("pit", "arms"), ("store", "cars"),
                                       ("store", "arms"))],
        demand=[want("cars", "oxide", 50, 500), want("arms", "oxide", 50, 500)],
    )  # fmt: skip


@pytest.mark.equation("DEM-4", "row")
def test_a_content_rule_closes_a_delivery_in_its_regime(tmp_path: Path) -> None:
    moves = [
        {"from_regime": "calm", "to_regime": "calm", "probability": 0.5},
        {"from_regime": "calm", "to_regime": "war", "probability": 0.5},
        {"from_regime": "war", "to_regime": "war", "probability": 1},
    ]
    sheets = {**content("defence", regimes="war"), "periods": periods(1, 1), "transitions": moves}
    sheets["settings"] = [*sheets["settings"], {"key": "regime_today", "value": "calm"}]
    model, data = model_of(sheets, tmp_path)
    for node in (n for n in data.tree.nodes if n.epoch == 2):
        row = row_of(model.node[node.name].deliver_open["arms", "oxide", "CN", 1])
        most = {"calm": 50, "war": 0}[node.regime]
        assert row == (None, {"deliver[arms,oxide,CN,1]": 1}, most)


@pytest.mark.equation("DEM-4", "hand")
def test_a_content_rule_reaches_domestic_deliveries(known: Known) -> None:
    known(
        "dem4_content_at_home",
        1250,
        """80 t of Chinese oxide lie in Japan; nothing on the track may be delivered to defence,
        domestic or not. EV takes 50 t of it; defence buys 50 t at 25: 1250. Wrong, only borders
        count: 100 - 80 = 20 t x 25 = 500. Wrong, all end uses: 2500.""",
        content("defence"),
    )


@pytest.mark.equation("DEM-4", "limit")
def test_a_content_rule_on_nobody_is_none(tmp_path: Path) -> None:
    assert cost_of(content("chips"), tmp_path) == pytest.approx(500)
    assert cost_of(content("defence", destination="United States"), tmp_path) == pytest.approx(500)
    assert cost_of(content("EV; defence"), tmp_path) == pytest.approx(2500)
