"""What the shipped case tells of the licence world, by counting; and a verified plan of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import planner
from inputs.make_rare_earths import WORKBOOK
from planner.case import Case, read_case
from planner.solve.tree import build_tree

NEVER = date(2099, 1, 1)


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(WORKBOOK)


def _sites(case: Case) -> dict[str, Any]:
    return {row["site"]: row for row in case["sites"]}


def _elements(case: Case) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    for row in case["composition"]:
        held[row["material"]].add(row["element"])
    return held


def _rules(case: Case, **wanted: str) -> list[Any]:
    """Rules whose columns hold the values wanted (blank columns match nothing here)."""

    def holds(cell: Any, value: str) -> bool:
        return value in cell if isinstance(cell, tuple) else cell == value

    return [
        row
        for row in case["rules"]
        if all(holds(row[column], value) for column, value in wanted.items())
    ]


# --- counts --------------------------------------------------------------------------------------


def test_every_sheet_of_the_licence_world_is_used(case: Case) -> None:
    for sheet in (
        "tracks", "rules", "licences", "licence_odds", "transitions", "shocks", "stress_tests",
        "limits", "substitutes", "price_breaks", "commitments", "caps", "returns",
    ):  # fmt: skip
        assert case[sheet], sheet


def test_at_least_twelve_dated_rules(case: Case) -> None:
    assert len([row for row in case["rules"] if row["from_date"]]) >= 12
    kinds = {(row["covers"], row["reach"]) for row in case["rules"]}
    assert kinds == {
        ("goods", "export"), ("goods", "content"), ("technology", "export"),
        ("maintenance", "export"),
    }  # fmt: skip


def test_eight_licences_in_at_most_four_groups(case: Case) -> None:
    assert len(case["licences"]) == 8
    assert len({row["group"] or row["licence"] for row in case["licences"]}) <= 4


def test_every_licence_is_needed_by_some_rule(case: Case) -> None:
    needed = {word for row in case["rules"] for word in row["requirement"]}
    assert {f"licence:{row['licence']}" for row in case["licences"]} <= needed


def test_at_least_a_hundred_leaves_and_no_regime_left_to_its_worst_outcome(case: Case) -> None:
    tree = build_tree(case)
    assert len(tree.leaves) >= 100
    assert "worst outcome only" not in (tree.reduction or "")


# --- the stories that the case must tell ---------------------------------------------------------


def test_two_tracks_a_licence_law_and_a_buyers_law(case: Case) -> None:
    law, buyer = case["tracks"]
    assert (law["country"], buyer["country"]) == ("China", "China")
    assert law["technology"]
    assert not buyer["technology"]
    assert law["de_minimis_share"] == 0.001
    (rule,) = _rules(case, track=buyer["track"])
    assert rule["requirement"] == ("denied",)
    assert rule["end_use"] == ("defence",)
    assert rule["from_date"] == date(2027, 1, 1)


def test_content_rules_follow_re_exports_and_end_uses(case: Case) -> None:
    for row in _rules(case, reach="content", regimes="escalation"):
        assert row["from_date"] >= date(2026, 11, 10)
    (abroad,) = _rules(case, requirement="licence:CN-content")
    assert "China" not in abroad["exporter"]  # what leaves China itself has its own licences


def test_technology_and_maintenance_wait_for_a_licence_in_escalation_only(case: Case) -> None:
    for covers in ("technology", "maintenance"):
        (row,) = _rules(case, covers=covers)
        assert row["exporter"] == ("China",)
        assert row["regimes"] == ("escalation",)
        assert row["requirement"] == (f"licence:CN-{covers}",)


def test_chinese_and_western_project_for_one_step_exclude_each_other(case: Case) -> None:
    """The refinery inside Malaysia, whose own ban keeps raw feed in the country."""
    process = {row["process"]: row for row in case["processes"]}
    projects = {row["project"]: row for row in case["projects"]}
    chinese = [project for project in projects.values() if project["excludes"]]
    assert chinese
    for project in chinese:
        mine = process[project["adds_to"]]
        (other,) = project["excludes"]
        theirs = process[projects[other]["adds_to"]]
        assert mine["site"] == theirs["site"]
        assert mine["technology_origin"] == "China"
        assert theirs["technology_origin"] != "China"
        assert _sites(case)[mine["site"]]["country"] == "Malaysia"
    bans = _rules(case, exporter="Malaysia", requirement="denied")
    assert {stage for row in bans for stage in row["stage"]} >= {"ore", "concentrate"}


def test_indian_assurance_follows_the_chinese_element_not_the_flag(case: Case) -> None:
    (row,) = _rules(case, exporter="India", reach="content", requirement="denied")
    assert row["destination"] == ("United States",)
    assert row["regimes"] == ("*",)
    assert ("Pune works", "US motors") in {(r["from_site"], r["to_site"]) for r in case["lanes"]}


def test_chips_are_decided_case_by_case(case: Case) -> None:
    rows = _rules(case, requirement="licence:CN-chips")
    assert {row["reach"] for row in rows} == {"export", "content"}
    assert {use for row in rows for use in row["end_use"]} == {"semiconductor"}


def test_a_listed_company_owns_an_end_of_a_lane_that_its_rule_closes(case: Case) -> None:
    sites = _sites(case)
    companies = {company for row in case["rules"] for company in row["company"]}
    assert any(
        sites[lane["from_site"]]["country"] == "China"
        and sites[lane["to_site"]]["company"] in companies
        for lane in case["lanes"]
    )


def test_stress_tests_shut_china_for_two_quarters_and_lose_companies(case: Case) -> None:
    years = {row["period"]: row["years"] for row in case["periods"]}
    order = list(years)
    (china,) = [row for row in case["stress_tests"] if row["lose"] == "country"]
    window = order[order.index(china["first_period"]) : order.index(china["last_period"]) + 1]
    assert "China" in china["member"]
    assert sum(years[period] for period in window) == 0.5
    assert len([row for row in case["stress_tests"] if row["lose"] == "company"]) >= 2
    assert {node.test for node in build_tree(case).nodes} - {None} == {
        row["test"] for row in case["stress_tests"]
    }


def test_shocks_move_prices_and_capacity(case: Case) -> None:
    assert {row["price_factor"] for row in case["shocks"]} - {1}
    assert {row["capacity_factor"] for row in case["shocks"]} - {1}


def test_a_contract_is_already_signed(case: Case) -> None:
    kinds = {row["offer"]: row["kind"] for row in case["offers"]}
    signed = [row for row in case["commitments"] if row["what"] == "offer"]
    assert signed
    assert {kinds[row["name"]] for row in signed} == {"contract"}


def test_goods_with_chinese_content_come_from_outside_china_too(case: Case) -> None:
    """Offers that say so themselves, beside those that their place puts on a track."""
    sites = _sites(case)
    said = [row for row in case["offers"] if row["origin"]]
    assert {sites[row["site"]]["country"] for row in said} >= {"Vietnam", "Japan"}
    clean = {row["site"] for row in case["offers"]} - {row["site"] for row in said}
    assert {sites[site]["country"] for site in clean} >= {"Japan", "United States", "France"}


# --- the case as a whole -------------------------------------------------------------------------


def test_followed_elements_and_no_others_put_goods_on_the_licence_laws_track(case: Case) -> None:
    law = case["tracks"][0]
    stage = {row["material"]: row["stage"] for row in case["materials"]}
    on = {
        material
        for material, held in _elements(case).items()
        if held & set(law["elements"]) and stage[material] in law["stages"]
    }
    assert {"magnet UH", "magnet EH", "SmCo magnet", "Dy oxide", "Y oxide"} <= on
    assert not {"magnet N", "NdPr oxide", "NdPr metal", "heavy scrap"} & on


def test_what_is_on_its_way_can_be_used_or_kept(case: Case) -> None:
    """Goods that cannot be thrown away must fit: else no plan exists at all."""
    demand = {
        (r["site"], r["material"], r["period"]): r["demand_t_per_year"] for r in case["demand"]
    }
    years = {row["period"]: row["years"] for row in case["periods"]}
    room = {(r["site"], r["material"]): r["max_t"] - r["opening_t"] for r in case["stocks"]}
    for row in case["pipeline"]:
        site, material, period = row["site"], row["material"], row["period"]
        used = demand.get((site, material, period), 0.0) * years[period]
        assert row["t"] <= used + room.get((site, material), 0.0), row


def test_every_scenario_can_be_applied_and_changes_the_case(case: Case) -> None:
    names = {row["scenario"] for row in case["scenarios"]}
    assert names >= {"licences certain", "denial likely", "cap 50", "no content rules"}
    for name in sorted(names):
        assert read_case(WORKBOOK, scenario=name).fingerprint != case.fingerprint
    certain = read_case(WORKBOOK, scenario="licences certain")
    assert {row["on_time"] for row in certain["licence_odds"]} == {1}


def test_scenarios_switch_off_what_they_say() -> None:
    off = read_case(WORKBOOK, scenario="no content rules")
    assert {row["from_date"] for row in _rules(off, reach="content")} == {NEVER}
    for sheet in ("stress_tests", "shocks", "limits", "substitutes", "caps", "returns"):
        name = f"no {sheet.replace('_', ' ')}" if sheet != "returns" else "no recycling"
        assert not read_case(WORKBOOK, scenario=name)[sheet]


@pytest.mark.slow
def test_it_is_solved_to_one_percent_and_verified(case: Case, tmp_path: Path) -> None:
    plan = planner.solve(case, gap=0.01)
    assert plan.summary["status"] == "optimal"
    assert plan.summary["gap"] <= 0.01
    assert plan.summary["verified"] is True
    file = plan.to_excel(tmp_path / "plan.xlsx")
    assert planner.verify_file(file, WORKBOOK).holds
