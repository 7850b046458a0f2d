"""Why no plan exists: conflicts solved by hand, by cell, and the least change, tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from planner.analysis.infeasible import Reason, explain_infeasible, find_reason
from planner.analysis.infeasible.reason import changed_case
from planner.analysis.infeasible.words import new_value
from planner.case import Case
from planner.cli import app
from planner.errors import Infeasible
from planner.solve.run import solve_case
from tests.workbooks import (
    Sheets,
    book,
    lane,
    material,
    mine_to_shop,
    offer,
    periods,
    read_sheets,
    site,
    want,
    write_workbook,
)


def two_countries(**sheets: Any) -> Sheets:
    """China and Australia sell oxide to a shop in Japan, in two periods; nothing is thrown away."""
    return book(
        periods=periods(1, 1),
        materials=[material("oxide")],
        sites=[site("cn", "supplier", "China"), site("au", "supplier", "Australia"),
               site("shop", "market", "Japan")],
        lanes=[lane("cn", "shop"), lane("au", "shop")],
        **sheets,
    )  # fmt: skip


def all_served(t: float = 100) -> list[dict[str, Any]]:
    return [want("shop", "oxide", t, min_service_share=1)]


CAP = {"cap": "EU-65", "group_by": "country", "material": "oxide", "max_share": 0.65}
#: Australia can sell 29 of 100 t, so China must be allowed 71 %.
SHARE = two_countries(
    offers=[offer("CN", "cn", "oxide", 10), offer("AU", "au", "oxide", 20, capacity_t_per_year=29)],
    demand=all_served(),
    caps=[CAP],
)


def values(case: Case, reason: Reason) -> dict[str, float | None]:
    """Cell -> what it must become, of the least change."""
    assert reason.least is not None
    return {
        f"{c.rule.sheet}.{c.rule.column}": new_value(case, c) for c in reason.least
    }  # fmt: skip


def members(reason: Reason) -> set[str]:
    return {f"{rule.sheet}.{rule.column}" for rule in reason.conflict}


def test_a_cap_that_is_too_tight(tmp_path: Path) -> None:
    case = read_sheets(SHARE, tmp_path)
    reason = find_reason(case)
    assert values(case, reason) == {"caps.max_share": pytest.approx(0.71)}
    assert members(reason) == {
        "caps.max_share", "demand.demand_t_per_year", "demand.min_service_share",
        "offers.capacity_t_per_year",
    }  # fmt: skip
    assert reason.checked
    alone = {c.rule.sheet: new_value(case, c) for c in reason.alone if c is not None}
    # 29 t are 35 % of 82.86 t; or Australia must sell 35 t.
    assert alone["offers"] == pytest.approx(35)
    assert alone["demand"] == pytest.approx(0.8285)  # the floor is the later of its two cells
    words = " ".join(explain_infeasible(case).sentences)
    assert "cap EU-65 (max_share, caps!D2) must rise from 0.65 to 0.71" in words
    assert "must rise from 29 to 35 t/year" in words


def test_too_little_is_told_by_arithmetic(tmp_path: Path) -> None:
    ore = [offer("ore", "mine", "oxide", 10, capacity_t_per_year=60)]
    demand = [want("shop", "oxide", 100, 50, min_service_share=0.9)]
    case = read_sheets(mine_to_shop(offers=ore, demand=demand), tmp_path)
    reason = find_reason(case)
    assert len(reason.beforehand) == 1
    assert "30 t are missing" in reason.beforehand[0]
    assert values(case, reason) == {"demand.min_service_share": pytest.approx(0.6)}
    assert reason.checked


def test_a_law_that_closes_the_only_way(tmp_path: Path) -> None:
    stop = {"rule": "stop", "exporter": "China", "requirement": "denied"}
    sheets = two_countries(
        offers=[offer("CN", "cn", "oxide", 10)], demand=all_served(), rules=[stop]
    )
    findings = explain_infeasible(read_sheets(sheets, tmp_path))
    words = " ".join(findings.sentences)
    assert "every way to it is closed: cn -> shop, rule stop: denied" in words
    assert "Without rule stop (rules!C2) a plan would exist" in words


def test_whole_decisions_conflict_where_fractions_do_not(tmp_path: Path) -> None:
    """Two suppliers who sell 80 t or nothing cannot both have 5 % of 100 t that must be used."""
    offers = [offer("CN", "cn", "oxide", 10, min_order_t=80), offer("AU", "au", "oxide", 20, min_order_t=80)]  # fmt: skip
    caps = [{"cap": "two", "group_by": "country", "material": "oxide", "min_sources": 2}]
    case = read_sheets(two_countries(offers=offers, demand=all_served(), caps=caps), tmp_path)
    reason = find_reason(case)
    assert reason.whole
    assert values(case, reason) == {"caps.min_sources": 1}


def test_a_commitment_beyond_capacity_names_both_cells(tmp_path: Path) -> None:
    offers = [offer("CN", "cn", "oxide", 10, capacity_t_per_year=50)]
    signed = {"what": "offer", "name": "CN", "period": "p0", "sense": "=", "amount": 70}
    sheets = two_countries(
        offers=offers, demand=[want("shop", "oxide", 100, 50)], commitments=[signed]
    )
    case = read_sheets(sheets, tmp_path)
    reason = find_reason(case)
    assert members(reason) == {"commitments.amount", "offers.capacity_t_per_year"}
    assert values(case, reason) == {"commitments.amount": pytest.approx(50)}


def test_goods_with_nowhere_to_go(tmp_path: Path) -> None:
    coming = [{"site": "shop", "material": "oxide", "period": "p0", "t": 7, "origin": "none"}]
    sheets = two_countries(
        offers=[offer("CN", "cn", "oxide", 10)], demand=[want("shop", "oxide", 5, 50)], pipeline=coming
    )  # fmt: skip
    reason = find_reason(read_sheets(sheets, tmp_path))
    assert members(reason) == {"materials.disposal_usd_per_kg"}
    assert reason.least is not None
    assert sum(place.amount for place in reason.least[0].places) == pytest.approx(2)


def test_a_case_with_a_plan_needs_no_change(tmp_path: Path) -> None:
    sheets = two_countries(offers=[offer("CN", "cn", "oxide", 10)], demand=all_served())
    assert find_reason(read_sheets(sheets, tmp_path)) == Reason(feasible=True)


def test_time_that_runs_out_is_said(tmp_path: Path) -> None:
    findings = explain_infeasible(read_sheets(SHARE, tmp_path), time_limit=0)
    assert any("The time was over" in caution for caution in findings.cautions)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    cap=st.sampled_from([0.3, 0.5, 0.65, 0.8]),
    china=st.integers(0, 120),
    australia=st.integers(0, 120),
    floor=st.sampled_from([0.5, 0.8, 1.0]),
)
def test_the_least_change_helps_and_nothing_of_the_conflict_can_be_spared(
    tmp_path: Path, cap: float, china: int, australia: int, floor: float
) -> None:
    sheets = two_countries(
        offers=[offer("CN", "cn", "oxide", 10, capacity_t_per_year=china),
                offer("AU", "au", "oxide", 20, capacity_t_per_year=australia)],
        demand=[want("shop", "oxide", 100, 50, min_service_share=floor)],
        caps=[{**CAP, "max_share": cap}],
    )  # fmt: skip
    case = read_sheets(sheets, tmp_path)
    reason = find_reason(case)
    # By hand: with shares of at most ``cap`` each, what can be had of the two.
    have = min(china + australia, min(china, australia) / (1 - cap)) if cap >= 0.5 else 0.0
    assert reason.feasible == (have >= 100 * floor - 1e-6)
    if reason.feasible:
        return
    assert reason.checked
    assert reason.least
    changed = changed_case(case, reason.least)
    assert changed is not None
    solve_case(changed)  # raises where no plan exists
    for spared in reason.alone:
        if spared is not None and len(reason.conflict) > 1:
            solve_case(changed_case(case, [spared]) or case)


def test_solve_says_why_there_is_no_plan(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "case.xlsx", SHARE)
    with pytest.raises(Infeasible):
        solve_case(read_sheets(SHARE, tmp_path))
    run = CliRunner().invoke(app, ["solve", str(path), "-o", str(tmp_path / "out")])
    assert run.exit_code == 4
    assert "must rise from 0.65 to 0.71" in run.stderr
    told = CliRunner().invoke(app, ["explain", "infeasible", str(path), "-o", str(tmp_path / "w.html")])  # fmt: skip
    assert told.exit_code == 0, told.stderr
    assert "4 rules cannot hold together" in told.stdout
    assert (tmp_path / "w.html").exists()
