"""REC: what was sold comes back, part of it collected; swarf; recycled shares."""

from __future__ import annotations

from math import log, sqrt
from pathlib import Path
from statistics import NormalDist
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


def loop(scheme: Row | None = None, **changes: Any) -> Sheets:
    """Magnets sold in a market; scrap comes back to a plant that makes magnets of it."""
    sheets: dict[str, Any] = {
        "periods": periods(1, 1, 1),
        "materials": [
            material("magnet", "magnet"),
            material("scrap", "scrap", disposal_usd_per_kg=0),
        ],
        "sites": [
            site("maker", "supplier", "China"),
            site("plant", "plant", "Japan"),
            site("shop", "market", "Japan"),
        ],
        "offers": [offer("new", "maker", "magnet", 50)],
        "lanes": [lane("maker", "shop", "magnet"), lane("plant", "shop", "magnet")],
        "processes": [{"process": "remake", "site": "plant", "capacity_t_per_year": 1000}],
        "recipes": [
            {"process": "remake", "material": "scrap", "t_per_t": -1},
            {"process": "remake", "material": "magnet", "t_per_t": 0.5},
        ],
        "demand": [want("shop", "magnet", 100, 500)],
        "returns": [
            {
                "market": "shop",
                "product": "magnet",
                "scrap": "scrap",
                "to_site": "plant",
                "mean_life_years": 1,
                "collection_share": 0.4,
                **(scheme or {}),
            }
        ],
    }
    return book(**(sheets | changes))


def sold_before(year: int, t: float) -> Row:
    return {"market": "shop", "product": "magnet", "year": year, "sold_t": t}


PLANNED = HandSolved(
    "returns_of_planned_deliveries",
    13160,
    "100 t sold in each year, at its middle, are back a year later; 40 t are collected at 2 and make 20 "
    "t of magnets: p0 5000; p1 and p2 80 + 80*50 = 4080: 13160 (all that is back collected: 10400; "
    "nothing back: 15000)",
    loop({"collection_usd_per_kg": 2}),
)
PAST = HandSolved(
    "returns_of_past_sales",
    4080,
    "100 t sold in mid-2025 live 2.5 years, to the very end of 2027: still in p0: 40 t at 2 make 20 t: 80 "
    "+ 4000 = 4080 (sold at the end of 2025: back in 2028, 5000)",
    loop(
        {"mean_life_years": 2.5, "collection_usd_per_kg": 2},
        periods=periods(1),
        past_sales=[sold_before(2025, 100)],
    ),
)


def back(age: float) -> float:
    """Lognormal of mean 1 and sd 0.5: variance of the logarithm ln(1.25), mean - ln(1.25) / 2."""
    variance = log(1.25)
    return NormalDist(-variance / 2, sqrt(variance)).cdf(log(age))


#: Of a year's sale: back in its own half year that is left, and in the year after.
SAME, NEXT = back(0.5), back(1.5) - back(0.5)
SPREAD = HandSolved(
    "lifetimes_spread_by_a_lognormal",
    2 * 5000 - (0.5 * 50 - 2) * 0.4 * 100 * (SAME + SAME + NEXT),
    "mean 1 and sd 0.5 years: 10.9 % of a sale at mid-year are back by its end, 75.4 % in the next year; "
    "a tonne of scrap saves 0.5*50 - 2 = 23: 10000 - 23 * 40 * (0.109 + 0.109 + 0.754) = 9105.5 (a "
    "normal distribution: 15.9 % and 68.3 %, 9079.9)",
    loop({"sd_life_years": 0.5, "collection_usd_per_kg": 2}, periods=periods(1, 1)),
)
SUBSTITUTED = HandSolved(
    "returns_of_what_served_as_a_substitute",
    9080,
    "p0: 50 t of ferrite wanted, replaced by 2 t of magnets each: 100*50 = 5000; they come back as what "
    "was sold: p1 40*2 + 80*50 = 4080: 9080 (only what was delivered as itself: 10000; t of ferrite "
    "replaced: 9540)",
    loop(
        {"collection_usd_per_kg": 2},
        periods=periods(1, 1),
        materials=[
            material("magnet", "magnet"),
            material("ferrite", "magnet"),
            material("scrap", "scrap", disposal_usd_per_kg=0),
        ],
        demand=[want("shop", "ferrite", 50, 500, "p0"), want("shop", "magnet", 100, 500, "p1")],
        substitutes=[
            {
                "substitute": "stronger",
                "market": "shop",
                "material": "ferrite",
                "by_material": "magnet",
                "t_per_t": 2,
                "max_share": 1,
            }
        ],
    ),
)
AT_LEAST: Row = {"cap": "recycled content", "group_by": "recycled", "member": "recycled"}
RECYCLED = HandSolved(
    "recycled_content",
    6800,
    "a fifth of the magnets must be recycled: 40 t of scrap at 70 make 20 t: 2800 + 80*50 = 6800 "
    "(recycled content lost in the plant: nothing can be bought, 50000; no floor: 5000)",
    loop(
        {"collection_usd_per_kg": 70},
        periods=periods(1),
        past_sales=[sold_before(2026, 100)],
        caps=[{**AT_LEAST, "material": "magnet", "min_share": 0.2}],
    ),
)
MIXED_RUN = HandSolved(
    "a_run_with_a_primary_input_is_primary",
    4720,
    "remaking takes 0.1 t of fresh powder (10) too, so it is not recycled: the fifth comes from a "
    "recycler at 80: 20*80; 20 t are remade for 40*2 + 4*10; 60*50: 1600 + 120 + 3000 = 4720 (one "
    "recycled input is enough: 120 + 4000 = 4120)",
    loop(
        {"collection_usd_per_kg": 2},
        periods=periods(1),
        materials=[
            material("magnet", "magnet"),
            material("powder", "alloy"),
            material("scrap", "scrap", disposal_usd_per_kg=0),
        ],
        offers=[
            offer("new", "maker", "magnet", 50),
            offer("old", "maker", "magnet", 80, recycled=True),
            offer("powder", "maker", "powder", 10),
        ],
        lanes=[
            lane("maker", "shop", "magnet"),
            lane("plant", "shop", "magnet"),
            lane("maker", "plant", "powder"),
        ],
        recipes=[
            {"process": "remake", "material": "scrap", "t_per_t": -1},
            {"process": "remake", "material": "powder", "t_per_t": -0.1},
            {"process": "remake", "material": "magnet", "t_per_t": 0.5},
        ],
        past_sales=[sold_before(2026, 100)],
        caps=[{**AT_LEAST, "material": "magnet", "min_share": 0.2}],
    ),
)
BANNED = HandSolved(
    "scrap_may_not_be_exported",
    5000,
    "the scrap of Japan would be remade in Korea, but its export is denied: 100*50 = 5000 (4080 without "
    "the rule)",
    loop(
        {"to_site": "yard", "collection_usd_per_kg": 2},
        periods=periods(1),
        sites=[
            site("maker", "supplier", "China"),
            site("plant", "plant", "Korea"),
            site("yard", "plant", "Japan"),
            site("shop", "market", "Japan"),
        ],
        lanes=[
            lane("maker", "shop", "magnet"),
            lane("plant", "shop", "magnet"),
            lane("yard", "plant", "scrap"),
        ],
        past_sales=[sold_before(2026, 100)],
        rules=[{"rule": "ban", "exporter": "Japan", "stage": "scrap", "requirement": "denied"}],
    ),
)
SWARF = HandSolved(
    "swarf_loop",
    1125,
    "pressing 1 t of alloy gives 0.8 t of magnet and 0.2 t of swarf, of which half is alloy again: 125 t "
    "are pressed, 25 t of swarf give 12.5 t back: 112.5*10 = 1125 (no loop: 1250; all of the "
    "swarf alloy again: 1000)",
    loop(
        periods=periods(1),
        returns=[],
        materials=[
            material("alloy", "alloy"),
            material("magnet", "magnet"),
            material("swarf", "scrap", disposal_usd_per_kg=0),
        ],
        offers=[offer("alloy", "maker", "alloy", 10)],
        lanes=[lane("maker", "plant", "alloy"), lane("plant", "shop", "magnet")],
        processes=[
            {"process": "press", "site": "plant", "capacity_t_per_year": 1000},
            {"process": "remake", "site": "plant", "capacity_t_per_year": 1000},
        ],
        recipes=[
            {"process": "press", "material": "alloy", "t_per_t": -1},
            {"process": "press", "material": "magnet", "t_per_t": 0.8},
            {"process": "press", "material": "swarf", "t_per_t": 0.2},
            {"process": "remake", "material": "swarf", "t_per_t": -1},
            {"process": "remake", "material": "alloy", "t_per_t": 0.5},
        ],
    ),
)


@pytest.mark.equation("REC-1", "row")
def test_row_of_what_may_be_collected(tmp_path: Path) -> None:
    sheets = loop(past_sales=[sold_before(2026, 50)], periods=periods(1, 1))
    model, _ = model_of(sheets, tmp_path)
    first, second = (model.node[f"epoch {n}"].collect_what_returns for n in (1, 2))
    says(first[0, 0], {"collect[0,0]": 1}, "<=", 0.4 * 50)
    sold = {"epoch 1:deliver[shop,magnet,,0]": -0.4}
    says(second[0, 1], {"collect[0,1]": 1, **sold}, "<=", 0)


@pytest.mark.equation("REC-1", "hand")
@pytest.mark.parametrize(
    "case",
    [PLANNED, PAST, SPREAD, SUBSTITUTED, RECYCLED, MIXED_RUN, BANNED, SWARF],
    ids=lambda case: case.name,
)
def test_what_was_sold_comes_back(case: HandSolved, policy: Known) -> None:
    case.solve(policy)


def test_collection_is_paid_by_the_tonne(tmp_path: Path) -> None:
    plan = solve_sheets(PLANNED.sheets, tmp_path)
    assert tonnes(plan, "collections") == pytest.approx(80)
    assert money(plan)["collection"] == pytest.approx(160)


@pytest.mark.equation("REC-1", "limit")
def test_nothing_collected_is_no_scheme_and_a_tiny_spread_is_none(tmp_path: Path) -> None:
    assert cost_of(loop({"collection_share": 0}), tmp_path) == pytest.approx(15000)
    assert cost_of(loop({"scrap_t_per_t": 0}), tmp_path) == pytest.approx(15000)
    assert cost_of(loop({"mean_life_years": 50}), tmp_path) == pytest.approx(15000)
    assert cost_of(loop(returns=[], past_sales=[]), tmp_path) == pytest.approx(15000)
    sharp = cost_of(loop(), tmp_path)
    assert cost_of(loop({"sd_life_years": 1e-3}), tmp_path) == pytest.approx(sharp)


def test_every_tonne_comes_back_once(tmp_path: Path) -> None:
    """Shares of one sale over all periods sum to what has come back by the horizon."""
    sheets = loop({"sd_life_years": 0.7, "collection_share": 1}, periods=periods(1, 1, 1, 2, 5, 20))
    data = model_of(sheets, tmp_path)[1]
    figures = data.numbers["epoch 6"]["back"]
    assert sum(x for (_, sale, _), x in figures.items() if sale == 0) == pytest.approx(1, abs=1e-6)
