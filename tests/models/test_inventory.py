"""STK-1 .. STK-3 and BAL-1: what is kept, and that nothing appears or vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.own_answers import Known
from tests.workbooks import (
    Row,
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


def kept(stock: Row, prices: tuple[float, ...], **sheets: Any) -> Sheets:
    """50 t of oxide wanted a period; the shop may keep some; the price moves."""
    paths = [
        {"offer": "ore", "period": f"p{t}", "price_usd_per_kg": p} for t, p in enumerate(prices)
    ]
    own = {
        "periods": periods(*[1] * len(prices), epochs=[1] * len(prices)),
        "offers": [offer("ore", "mine", "oxide", 1)],
        "offer_paths": paths,
        "stocks": [{"site": "shop", "material": "oxide", **stock}],
        "demand": [want("shop", "oxide", 50, 500)],
    }
    return mine_to_shop(**{**own, **sheets})


@pytest.mark.equation("STK-1", "row")
@pytest.mark.equation("STK-2", "row")
@pytest.mark.equation("STK-3", "row")
def test_limits_bind_the_sum_of_classes(tmp_path: Path) -> None:
    limits = {"max_t": 30, "min_t": 5, "closing_t": 20, "opening_t": 9, "opening_origin": "CN"}
    sheets = kept(
        limits,
        (10, 20),
        tracks=[{"track": "CN", "country": "China"}],
        offers=[offer("ore", "mine", "oxide", 1), offer("else", "mine", "oxide", 1, origin="none")],
    )
    block = model_of(sheets, tmp_path)[0].node["epoch 1"]
    last = {"stock[shop,oxide,,1]": 1, "stock[shop,oxide,CN,1]": 1}
    assert row_of(block.stock_ceiling["shop", "oxide", 1]) == (None, last, 30)
    assert row_of(block.stock_floor["shop", "oxide", 1]) == (
        None,
        dict.fromkeys(last, -1),
        -5,
    )
    assert row_of(block.stock_closing["shop", "oxide", 1]) == (
        None,
        dict.fromkeys(last, -1),
        -20,
    )
    assert list(block.stock_floor) == [("shop", "oxide", 1)]  # from period 2 on
    assert list(block.stock_closing) == [("shop", "oxide", 1)]


@pytest.mark.equation("BAL-1", "row")
def test_balance_of_a_site_over_time(tmp_path: Path) -> None:
    sheets = kept(
        {"opening_t": 9},
        (10, 20, 30),
        periods=periods(1, 1, 1),
        materials=[material("oxide", disposal_usd_per_kg=4)],
        lanes=[lane("mine", "shop", "oxide", lead_months=12)],
        pipeline=[{"site": "shop", "material": "oxide", "period": "p1", "t": 7}],
    )
    model, _ = model_of(sheets, tmp_path)
    own = {
        "dispose[shop,oxide,,{}]": -1,
        "deliver[shop,oxide,,{}]": -1,
        "stock[shop,oxide,,{}]": -1,
    }
    begin, middle = model.node["epoch 1"], model.node["epoch 2"]
    key = ("shop", "oxide", "")
    assert row_of(begin.goods[*key, 0]) == (-9, {c.format(0): v for c, v in own.items()}, -9)
    assert row_of(middle.goods[*key, 1]) == (
        -7,
        {
            **{c.format(1): v for c, v in own.items()},
            "epoch 1:stock[shop,oxide,,0]": 1,
            "epoch 1:ship[0,,0]": 1,
        },
        -7,
    )
    assert row_of(middle.goods["mine", "oxide", "", 1]) == (
        0,
        {"take[ore,1]": 1, "ship[0,,1]": -1, "dispose[mine,oxide,,1]": -1},
        0,
    )


@pytest.mark.equation("STK-1", "hand")
def test_a_small_store_and_holding_by_the_year(known: Known) -> None:
    known(
        "stk1_ceiling",
        1230,
        """Two half-years of 50 t; ore at 10, then 20; the store holds 30 t at 2 a year, 1 a
        half-year. 80 t x 10 + 30 held + 20 t x 20 = 1230. Wrong, no ceiling: 1000 + 50 = 1050.
        Wrong, holding by the period: 1260.""",
        kept(
            {"max_t": 30, "holding_usd_per_kg_year": 2},
            (10, 20),
            periods=periods(0.5, 0.5, epochs=(1, 1)),
            demand=[want("shop", "oxide", 100, 500)],
        ),
    )


@pytest.mark.equation("STK-2", "hand")
def test_a_strategic_stock_from_the_second_period_on(known: Known) -> None:
    known(
        "stk2_floor",
        2740,
        """50 t a year at 30, 10, 10; 20 t kept from the second year on, 1 a year held. 50 x 30 +
        70 x 10 + 50 x 10 + 2 x 20 = 2740. Wrong, from the first: 2100 + 500 + 500 + 60 = 3160.
        Wrong, at the start of year 2: the same; from the third: 2720.""",
        kept({"min_t": 20, "holding_usd_per_kg_year": 1}, (30, 10, 10)),
    )


@pytest.mark.equation("STK-3", "hand")
def test_a_closing_stock_is_bought_and_held(known: Known) -> None:
    known(
        "stk3_closing",
        840,
        """50 t wanted, 10 t there, 40 t to be left: 80 t x 10 + 40 t held at 1, at the end of the
        last period too: 840. Wrong, nothing held in the last period: 800. Wrong, opening stock
        does not count: 940.""",
        kept({"opening_t": 10, "closing_t": 40, "holding_usd_per_kg_year": 1}, (10,)),
    )


@pytest.mark.equation("BAL-1", "hand")
def test_pipeline_passes_through_and_is_paid_for(known: Known) -> None:
    known(
        "bal1_pipeline",
        500,
        """50 t in each of two years at 10; 30 t are in stock in year 1, 20 t arrive in year 2
        whatever happens: 20 + 30 t bought, 500. Wrong, what is on its way is paid again: 700.
        Wrong, it could be sold in year 1: the same 500, but 20 t of year 2 short.""",
        kept(
            {"opening_t": 30, "max_t": 30},
            (10, 10),
            pipeline=[{"site": "shop", "material": "oxide", "period": "p1", "t": 20}],
        ),
    )


def basket(disposal: float | None, la: float = 20) -> Sheets:
    """100 t of ore give 30 t NdPr and 70 t La; 30 t NdPr are wanted, ``la`` t La at 2."""
    recipe = [("ore", -1), ("NdPr", 0.3), ("La", 0.7)]
    return book(
        periods=periods(1),
        materials=[
            material("ore", "ore"),
            material("NdPr"),
            material("La", disposal_usd_per_kg=disposal),
        ],
        sites=[site("mine", "supplier"), site("works", "plant"), site("shop", "market")],
        offers=[offer("ore", "mine", "ore", 5)],
        processes=[{"process": "separate", "site": "works", "capacity_t_per_year": 500}],
        recipes=[{"process": "separate", "material": m, "t_per_t": rate} for m, rate in recipe],
        lanes=[lane("mine", "works"), lane("works", "shop")],
        demand=[
            want("shop", "NdPr", 30, 500),
            want("shop", "La", la, 0, price_usd_per_kg=2),
        ],
    )


@pytest.mark.equation("BAL-1", "hand")
def test_the_basket_sells_and_throws_away(known: Known) -> None:
    known(
        "bal1_basket",
        510,
        """30 t of NdPr need 100 t of ore (500) and leave 70 t of La: 20 t sold at 2 (-40), 50 t
        thrown away at 1 (50): 510. Wrong, La vanishes: 460. Wrong, the market buys all: 360.""",
        basket(1),
    )


@pytest.mark.equation("BAL-1", "limit")
def test_what_cannot_be_thrown_away_must_go_somewhere(tmp_path: Path) -> None:
    # Free disposal of 50 t; none at all: only 20 t of La can go, so 20/0.7 t of ore are split.
    assert cost_of(basket(0), tmp_path) == pytest.approx(460)
    ore = 20 / 0.7
    none = ore * 5 - 40 + (30 - 0.3 * ore) * 500
    assert cost_of(basket(None), tmp_path) == pytest.approx(none)
    # A market for all of it: what disposal costs does not matter.
    assert cost_of(basket(None, la=70), tmp_path) == pytest.approx(500 - 140)
    assert cost_of(basket(9, la=70), tmp_path) == pytest.approx(500 - 140)


@pytest.mark.equation("STK-1", "limit")
@pytest.mark.equation("STK-2", "limit")
@pytest.mark.equation("STK-3", "limit")
def test_limits_of_nothing_and_everything(tmp_path: Path) -> None:
    free = cost_of(kept({"holding_usd_per_kg_year": 1}, (10, 20)), tmp_path)
    loose = {"max_t": 1e6, "min_t": 0, "closing_t": 0, "holding_usd_per_kg_year": 1}
    assert cost_of(kept(loose, (10, 20)), tmp_path) == pytest.approx(free)
    none = {name: rows for name, rows in kept({}, (10, 20)).items() if name != "stocks"}
    assert cost_of(kept({"max_t": 0}, (10, 20)), tmp_path) == pytest.approx(cost_of(none, tmp_path))
