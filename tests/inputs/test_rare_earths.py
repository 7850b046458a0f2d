"""The shipped case is what it says: sizes, chemistry, and a way to serve every market."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from inputs import make_rare_earths
from inputs.tables import case_rows, number
from planner.case import Case, read_case

Goods = tuple[str, str]  # site and material


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(make_rare_earths.WORKBOOK)


def _sites(case: Case) -> dict[str, Any]:
    return {row["site"]: row for row in case["sites"]}


def _elements(case: Case) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in case["composition"]:
        found[row["material"]][row["element"]] = row["share"]
    return found


# --- sizes ---------------------------------------------------------------------------------------


def test_suppliers_and_countries(case: Case) -> None:
    suppliers = [row for row in case["sites"] if row["kind"] == "supplier"]
    selling = {row["site"] for row in case["offers"]}
    assert {row["site"] for row in suppliers} == selling
    assert len(suppliers) >= 25
    countries = {row["country"] for row in suppliers}
    assert len(countries) >= 8
    assert countries >= {
        "China", "Australia", "United States", "Malaysia", "Vietnam", "Japan", "India",
        "Estonia", "France", "Brazil",
    }  # fmt: skip


def test_markets_and_works_in_the_four_regions(case: Case) -> None:
    for kind in ("plant", "market"):
        regions = {row["region"] for row in case["sites"] if row["kind"] == kind}
        assert regions >= {"North America", "EU", "India", "Japan"}


def test_projects_cover_each_step_with_chinese_and_other_technology(case: Case) -> None:
    makes = defaultdict(set)
    stage = {row["material"]: row["stage"] for row in case["materials"]}
    for row in case["recipes"]:
        if row["t_per_t"] > 0:
            makes[row["process"]].add(stage[row["material"]])
    takes = {row["process"]: row["material"] for row in case["recipes"] if row["t_per_t"] < 0}
    added = [row["adds_to"] for row in case["projects"]]
    assert len(added) >= 8
    assert {"oxide", "metal", "magnet"} <= set().union(*(makes[process] for process in added))
    assert {"carbonate", "scrap"} <= {stage[takes[process]] for process in added}
    technology = {row["process"]: row["technology_origin"] for row in case["processes"]}
    origins = {technology[process] for process in added}
    assert "China" in origins
    assert origins - {"China"}


def test_periods_and_epochs(case: Case) -> None:
    periods = case["periods"]
    assert periods[0]["start"] == date(2027, 1, 1)
    assert [row["years"] for row in periods] == [0.25] * 8 + [1] * 4
    quarters: dict[int, int] = defaultdict(int)
    for row in periods[:8]:
        quarters[row["epoch"]] += 1
    assert quarters[1] <= 2
    assert max(quarters.values()) <= 4
    assert max(row["epoch"] for row in periods) >= 4


def test_three_regimes_and_todays_is_dated(case: Case) -> None:
    assert len({row["from_regime"] for row in case["transitions"]}) == 3
    assert case.settings["regime_today"] in {row["from_regime"] for row in case["transitions"]}
    assert case.settings["as_of"] == date(2026, 11, 23)
    assert case.settings["capex_accounting"] == "annuity"
    assert case.settings["mip_gap"] == 0.01


def test_what_was_suspended_is_only_in_escalation_after_the_suspension(case: Case) -> None:
    october = [row for row in case["rules"] if str(row["rule"]).startswith("October 2025")]
    assert october
    for row in october:
        assert tuple(row["regimes"]) == ("escalation",)
        assert row["from_date"] >= date(2026, 11, 10)


def test_the_only_remarks_are_known_ones(case: Case) -> None:
    """Listed elements that we do not trade (Lu, Sc), and yearly epochs at the far end."""
    for warning in case.warnings:
        unknown = warning.kind == "touches-nothing" and warning.sheet in ("rules", "tracks")
        assert unknown or "longer than a year" in warning.found, warning
        if unknown:
            assert {name.strip(" '") for name in warning.found.split(",")} <= {"Lu", "Sc"}, warning


# --- chemistry -----------------------------------------------------------------------------------


def test_recipes_yield_no_more_of_an_element_than_they_take_in(case: Case) -> None:
    elements = _elements(case)
    held: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    drawn: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in case["recipes"]:
        books = held if row["t_per_t"] > 0 else drawn
        for element, share in elements[row["material"]].items():
            books[row["process"]][element] += abs(row["t_per_t"]) * share
    assert held.keys() == {row["process"] for row in case["processes"]}
    for process, out in held.items():
        assert out, process
        for element, amount in out.items():
            assert amount <= drawn[process][element] + 2e-6, (process, element)
            assert amount >= 0 and drawn[process][element] > 0


def test_shares_of_a_material_are_those_of_a_mixture(case: Case) -> None:
    for material, shares in _elements(case).items():
        assert 0 < sum(shares.values()) <= 1 + 1e-9, material


def test_metal_making_follows_stoichiometry_and_recovery(case: Case) -> None:
    """Oxide per t of metal by hand: NdPr of 77.5 % Nd2O3 and 22.5 % Pr6O11, 98 % recovered."""
    by_hand = 1 / ((0.775 * 0.8574 + 0.225 * 0.8277) * 0.98)
    rows = [
        row
        for row in case["recipes"]
        if row["process"] == "Thuringia NdPr metal" and row["material"] == "NdPr oxide"
    ]
    assert [row["t_per_t"] for row in rows] == pytest.approx([-by_hand], abs=1e-6)


def test_oxide_per_magnet_agrees_with_the_whole_chain_figure(case: Case) -> None:
    """Our metal and magnet recipes together against the gross figure of the data (conv022)."""
    rows = {(row["process"], row["material"]): row["t_per_t"] for row in case["recipes"]}
    oxide = rows["Thuringia NdPr metal", "NdPr oxide"] * rows["Thuringia magnet UH", "NdPr metal"]
    assert oxide == pytest.approx(number("conv022"), rel=0.01)


def test_magnets_with_heavy_elements_are_listed_and_light_ones_are_not(case: Case) -> None:
    listed = {"Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y"}
    hit = {material for material, shares in _elements(case).items() if listed & shares.keys()}
    assert {"magnet UH", "magnet EH", "SmCo magnet", "Dy oxide", "Y oxide"} <= hit
    assert not {"magnet N", "NdPr oxide", "NdPr metal"} & hit


# --- ways ----------------------------------------------------------------------------------------


def _hits(rule: Any, lane: Any, case: Case, start: date, regime: str) -> bool:
    """Whether a goods rule of reach export hits a lane (written apart from the planner)."""
    sites = _sites(case)
    sender, receiver = sites[lane["from_site"]], sites[lane["to_site"]]
    stage = {row["material"]: row["stage"] for row in case["materials"]}[lane["material"]]
    elements = _elements(case)[lane["material"]]

    def among(names: Any, *values: Any) -> bool:
        wanted = (names,) if isinstance(names, str) else tuple(names or ())
        return not wanted or "*" in wanted or any(value in wanted for value in values)

    return (
        (rule["covers"], rule["reach"]) == ("goods", "export")
        and sender["country"] != receiver["country"]
        and (rule["from_date"] is None or rule["from_date"] <= start)
        and (rule["to_date"] is None or start <= rule["to_date"])
        and among(rule["regimes"], regime)
        and among(rule["exporter"], sender["country"])
        and among(rule["company"], sender["company"], receiver["company"])
        and among(rule["stage"], stage)
        and among(rule["element"], *elements)
        and among(rule["destination"], receiver["country"], receiver["region"])
        and among(rule["end_use"], receiver["end_use"])
    )


def _free_lanes(case: Case, regime: str, *, licensed: bool) -> list[Any]:
    """Lanes open at the horizon's end; those that need a licence only if it is granted."""
    start = case["periods"][-1]["start"]
    return [
        lane
        for lane in case["lanes"]
        if not any(
            _hits(rule, lane, case, start, regime)
            for rule in case["rules"]
            if rule["requirement"] == "denied" or not licensed
        )
    ]


def _reachable(case: Case, lanes: Iterable[Any]) -> set[Goods]:
    """Where each material can be had, by buying, collecting, making and moving."""
    runnable = {row["adds_to"] for row in case["projects"]} | {
        row["process"] for row in case["processes"] if row["capacity_t_per_year"]
    }
    site_of = {row["process"]: row["site"] for row in case["processes"]}
    needs: dict[str, set[Goods]] = defaultdict(set)
    gives: dict[str, set[Goods]] = defaultdict(set)
    for row in case["recipes"]:
        books = gives if row["t_per_t"] > 0 else needs
        books[row["process"]].add((site_of[row["process"]], row["material"]))
    lanes = list(lanes)
    found: set[Goods] = {(row["site"], row["material"]) for row in case["offers"]}
    while True:
        more = {
            (lane["to_site"], lane["material"])
            for lane in lanes
            if (lane["from_site"], lane["material"]) in found
        }
        for process in runnable:
            if needs[process] <= found:
                more |= gives[process]
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("regime", ["truce", "normalisation", "escalation"])
def test_every_market_can_be_served_even_if_every_licence_is_denied(
    case: Case, regime: str
) -> None:
    found = _reachable(case, _free_lanes(case, regime, licensed=False))
    wanted = {(row["site"], row["material"]) for row in case["demand"]}
    assert wanted <= found, wanted - found


def test_every_lane_carries_something_somewhere_useful(case: Case) -> None:
    """From a place where the material can be had, to one that uses, sells, stocks or passes it."""
    found = _reachable(case, case["lanes"])
    site_of = {row["process"]: row["site"] for row in case["processes"]}
    used = {(row["site"], row["material"]) for row in case["demand"]}
    used |= {(site_of[r["process"]], r["material"]) for r in case["recipes"] if r["t_per_t"] < 0}
    used |= {(lane["from_site"], lane["material"]) for lane in case["lanes"]}
    used |= {(row["market"], row["by_material"]) for row in case["substitutes"]}
    for lane in case["lanes"]:
        assert (lane["from_site"], lane["material"]) in found, lane
        assert (lane["to_site"], lane["material"]) in used, lane


def test_every_offer_has_a_lane(case: Case) -> None:
    leaving = {(lane["from_site"], lane["material"]) for lane in case["lanes"]}
    assert {(row["site"], row["material"]) for row in case["offers"]} <= leaving


def test_chinese_lanes_of_listed_elements_need_a_licence_or_are_closed(case: Case) -> None:
    sites = _sites(case)
    listed = {"Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y"}
    elements = _elements(case)
    free = _free_lanes(case, "truce", licensed=False)
    for lane in case["lanes"]:
        chinese = sites[lane["from_site"]]["country"] == "China"
        if chinese and listed & elements[lane["material"]].keys():
            assert lane not in free, lane


def test_each_dated_rule_hits_something_or_says_why_not(case: Case) -> None:
    """Export rules that touch no lane are those of shipments that no row allows at all."""
    start = case["periods"][0]["start"]
    idle = {
        rule["rule"]
        for rule in case["rules"]
        if not any(_hits(rule, lane, case, start, "escalation") for lane in case["lanes"])
    }
    for rule in case_rows("rules"):
        if rule["covers"] == "goods" and rule["reach"] == "export" and rule["rule"] in idle:
            assert str(rule["note"] or "").startswith("no lane of the case"), rule["rule"]
