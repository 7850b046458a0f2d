"""PRC-1, PRC-6: origin through the chain: tracks, runs that mix, de minimis, technology, overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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


def chain(*rules: Row, track: Row | None = None, **changes: Any) -> Sheets:
    """Oxide of China (10) or Australia (14) becomes magnets in Malaysia for Malaysia and the US."""
    sheets: dict[str, Any] = {
        "periods": periods(1),
        "materials": [
            material("oxide", value_usd_per_kg=10),
            material("magnet", "magnet", value_usd_per_kg=100),
        ],
        "sites": [
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Kuantan", "plant", "Malaysia"),
            site("home", "market", "Malaysia", end_use="cars"),
            site("Dallas", "market", "US", end_use="defence"),
        ],
        "offers": [offer("cn", "Baotou", "oxide", 10), offer("au", "Perth", "oxide", 14)],
        "lanes": [
            lane("Baotou", "Kuantan", "oxide"),
            lane("Perth", "Kuantan", "oxide"),
            lane("Kuantan", "home", "magnet"),
            lane("Kuantan", "Dallas", "magnet"),
        ],
        "processes": [{"process": "press", "site": "Kuantan", "capacity_t_per_year": 1000}],
        "recipes": [recipe("oxide", -0.5), recipe("magnet", 1)],
        "demand": [want("home", "magnet", 100, 900), want("Dallas", "magnet", 100, 900)],
        "tracks": [{"track": "CN", "country": "China", **(track or {})}],
        "rules": [{"rule": f"rule {i}", **rule} for i, rule in enumerate(rules)],
    }
    return book(**(sheets | changes))


def recipe(name: str, rate: float | None) -> Row:
    return {"process": "press", "material": name, "t_per_t": rate}


#: No goods on China's track may enter the United States.
NO_CONTENT: Row = {"reach": "content", "track": "CN", "destination": "US", "requirement": "denied"}

BRAZIL = site("Minas", "supplier", "Brazil")


def with_brazil(
    *rules: Row, cn: Row | None = None, au: Row | None = None, **changes: Any
) -> Sheets:
    """As ``chain``, with oxide of Brazil at 20."""
    plain = chain()
    sheets: dict[str, Any] = {
        "sites": [*plain["sites"], BRAZIL],
        "lanes": [*plain["lanes"], lane("Minas", "Kuantan", "oxide")],
        "offers": [
            offer("cn", "Baotou", "oxide", 10, **(cn or {})),
            offer("au", "Perth", "oxide", 14, **(au or {})),
            offer("br", "Minas", "oxide", 20),
        ],
    }
    return chain(*rules, **(sheets | changes))


MIXED = HandSolved(
    "origin_through_a_mixing_plant",
    1200,
    "100 t for home draw 50 t of Chinese oxide: 500; 100 t for the US may hold none: 50 t of "
    "Australian: 700. Total 1200 (origin lost in the plant: 1000; the plant on the track as a "
    "whole, as soon as it touches Chinese oxide: 1400)",
    chain(NO_CONTENT),
)
DE_MINIMIS = HandSolved(
    "de_minimis_of_the_outputs_value",
    1160,
    "1 % of 100 t of magnets at 100 = 100 kUSD = 10 t of Chinese oxide worth 10: 10*10 + 40*14 = 660 "
    "for the US, home 500: 1160 (1 % of the inputs' value or of their mass: 0.5 t, 1198; none: 1200)",
    chain(NO_CONTENT, track={"de_minimis_share": 0.01}),
)
POOLED = HandSolved(
    "de_minimis_pooled_over_the_inputs",
    1620,
    "magnets for the US take 0.5 t of oxide and 0.1 t of Dy (value 50; 60 from China, else 100): all "
    "Australian 700 + 1000. The 100 kUSD allowed save 4/10 each on oxide, 40/50 each on Dy: 2 t of "
    "Dy, 80 saved: 1620 (an allowance for each input: 1580; none: 1700)",
    chain(
        NO_CONTENT,
        track={"de_minimis_share": 0.01},
        materials=[
            material("oxide", value_usd_per_kg=10),
            material("Dy", "metal", value_usd_per_kg=50),
            material("magnet", "magnet", value_usd_per_kg=100),
        ],
        offers=[
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 14),
            offer("Dy cn", "Baotou", "Dy", 60),
            offer("Dy au", "Perth", "Dy", 100),
        ],
        lanes=[lane("Baotou", "Kuantan"), lane("Perth", "Kuantan"), lane("Kuantan", "Dallas")],
        recipes=[recipe("oxide", -0.5), recipe("Dy", -0.1), recipe("magnet", 1)],
        demand=[want("Dallas", "magnet", 100, 900)],
    ),
)
TECHNOLOGY = HandSolved(
    "track_follows_technology",
    1500,
    "the track counts Chinese technology and Perth uses it: the US needs Brazilian oxide, 50*20 = "
    "1000; home 500 (by country alone: Australian for the US, 1200)",
    with_brazil(NO_CONTENT, track={"technology": True}, au={"technology_origin": "China"}),
)
TWO_TRACKS = HandSolved(
    "two_tracks",
    1700,
    "a licence law's track (China) and a buyer's (Australia). The US refuses both: Brazil, 50*20 = "
    "1000. Malaysian cars refuse Chinese content: 50*14 = 700. Total 1700 (one class for both "
    "tracks: Brazil twice, 2000; the second track not followed: 1400)",
    with_brazil(
        NO_CONTENT,
        NO_CONTENT | {"track": "AU"},
        NO_CONTENT | {"destination": None, "end_use": "cars"},
        tracks=[{"track": "CN", "country": "China"}, {"track": "AU", "country": "Australia"}],
    ),
)
OVERRIDE = HandSolved(
    "origin_given_on_offer_and_stock",
    800,
    "a certificate says that 60 t of Chinese oxide are on no track, and that the 20 t in stock at "
    "Kuantan are: home takes the 20 t and 30 t at 10; the US 50 t at 10: 800 (defaults, by country: "
    "stock to the US, then 30*14 + 50*10 = 920)",
    chain(
        NO_CONTENT,
        offers=[
            offer("cn", "Baotou", "oxide", 10, origin="none"),
            offer("au", "Perth", "oxide", 14),
        ],
        stocks=[{"site": "Kuantan", "material": "oxide", "opening_t": 20, "opening_origin": "CN"}],
    ),
)
STOCK = HandSolved(
    "opening_stock_of_the_plants_country",
    920,
    "opening stock in Malaysia is on no track: its 20 t go to the US, with 30 t at 14; home 50 t at "
    "10: 920 (stock on China's track: 20 t to home, 300 + 700 = 1000)",
    chain(NO_CONTENT, stocks=[{"site": "Kuantan", "material": "oxide", "opening_t": 20}]),
)
DOMESTIC = HandSolved(
    "content_by_end_use_at_home",
    1200,
    "the defence market lies in Malaysia too: no border, but a content rule that names an end use "
    "holds for deliveries: 50*14 + 50*10 = 1200 (borders only: 1000)",
    chain(
        NO_CONTENT | {"destination": None, "end_use": "defence"},
        sites=[
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Kuantan", "plant", "Malaysia"),
            site("home", "market", "Malaysia", end_use="cars"),
            site("Dallas", "market", "Malaysia", end_use="defence"),
        ],
    ),
)
CHINESE_PLANT = HandSolved(
    "plant_in_the_tracks_country",
    4500,
    "a plant in China puts all it makes on the track, whatever it draws: the US buys 100 t of "
    "magnets elsewhere at 40 (4000), home is served with 50 t at 10 (500): 4500 (the plant's "
    "country ignored: Australian oxide, 1200)",
    chain(
        NO_CONTENT,
        sites=[
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Kuantan", "plant", "China"),
            site("home", "market", "Malaysia", end_use="cars"),
            site("Dallas", "market", "US", end_use="defence"),
        ],
        offers=[
            offer("cn", "Baotou", "oxide", 10),
            offer("au", "Perth", "oxide", 14),
            offer("ready", "Perth", "magnet", 40),
        ],
        lanes=[*chain()["lanes"], lane("Perth", "Dallas", "magnet")],
    ),
)


@pytest.mark.equation("PRC-1", "row")
def test_row_of_an_input_that_comes_in_two_classes(tmp_path: Path) -> None:
    node = model_of(chain(NO_CONTENT), tmp_path)[0].node["epoch 1"]
    draws = {"draw[press,CN,oxide,,0]": 1, "draw[press,CN,oxide,CN,0]": 1}
    says(node.recipe["press", "CN", "oxide", 0], {**draws, "run[press,CN,0]": -0.5}, "==", 0)
    # A run that is on no track can draw one class only: no choice, no row, no column.
    assert ("press", "", "oxide", 0) not in node.recipe


@pytest.mark.equation("PRC-1", "hand")
@pytest.mark.parametrize(
    "case",
    [MIXED, TECHNOLOGY, TWO_TRACKS, OVERRIDE, STOCK, DOMESTIC, CHINESE_PLANT],
    ids=lambda c: c.name,
)
def test_origin_is_carried_through_the_plant(case: HandSolved, policy: Known) -> None:
    plan = case.solve(policy)
    reached = plan.tables["shipments"].query("to_site == 'Dallas'")["tracks"]
    assert not reached.str.contains("CN").any()


@pytest.mark.equation("PRC-1", "limit")
def test_a_track_that_no_rule_minds_costs_nothing(tmp_path: Path) -> None:
    untracked = chain()
    del untracked["tracks"], untracked["rules"]
    assert cost_of(chain(), tmp_path) == pytest.approx(1000)
    assert cost_of(untracked, tmp_path) == pytest.approx(1000)


def test_what_cannot_be_on_the_track_leaves_it(tmp_path: Path) -> None:
    """Only oxides are controlled: a magnet made from them is free, and the plan says so."""
    sheets = chain(NO_CONTENT, track={"stages": "oxide"})
    plan = solve_sheets(sheets, tmp_path)
    assert plan.summary["objective_kusd"] == pytest.approx(1000)
    (row,) = plan.tables["taken_off"].to_dict("records")
    assert row.pop("t") == pytest.approx(100)
    assert row == {
        "process": "press", "site": "Kuantan", "node": "epoch 1", "period": "p0",
        "material": "oxide", "tracks": "CN", "output": "magnet", "output_tracks": "",
        "reason": "recipe",
    }  # fmt: skip
    node = model_of(sheets, tmp_path)[0].node["epoch 1"]
    says(
        node.goods["Kuantan", "magnet", "", 0],
        {"run[press,CN,0]": 1, "ship[1,,0]": -1, "ship[2,,0]": -1},
        "==",
        0,
    )


@pytest.mark.equation("PRC-6", "row")
def test_row_de_minimis(tmp_path: Path) -> None:
    node = model_of(chain(NO_CONTENT, track={"de_minimis_share": 0.02}), tmp_path)[0].node[
        "epoch 1"
    ]
    says(
        node.de_minimis["press", "", "CN", 0],
        {"draw[press,,oxide,CN,0]": 10, "run[press,,0]": -0.02 * 100},
        "<=",
        0,
    )
    assert ("press", "CN", "CN", 0) not in node.de_minimis


@pytest.mark.equation("PRC-6", "hand")
@pytest.mark.parametrize("case", [DE_MINIMIS, POOLED], ids=lambda c: c.name)
def test_de_minimis_is_of_the_value_of_all_outputs(case: HandSolved, policy: Known) -> None:
    plan = case.solve(policy)
    drawn = tonnes(plan, "draws", run_tracks="", tracks="CN")
    assert drawn > 0
    assert tonnes(plan, "taken_off", reason="de minimis") == pytest.approx(drawn)


def test_what_stays_on_its_track_is_not_listed(tmp_path: Path) -> None:
    plan = solve_sheets(chain(NO_CONTENT), tmp_path)
    assert tonnes(plan, "draws", tracks="CN") > 0
    assert plan.tables["taken_off"].empty


@pytest.mark.equation("PRC-6", "limit")
def test_de_minimis_0_is_no_leave_and_1_is_no_rule(tmp_path: Path) -> None:
    none, all_of_it = ({"de_minimis_share": share} for share in (0, 1))
    assert cost_of(chain(NO_CONTENT, track=none), tmp_path) == pytest.approx(1200)
    assert cost_of(chain(NO_CONTENT, track=all_of_it), tmp_path) == pytest.approx(1000)
