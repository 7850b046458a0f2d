"""A plan that held is caught when the workbook asks for more: one stricter row at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.analysis.verify import Verdict, verify
from planner.case.case import Case, Row
from tests.analysis.hand_chain import CHAIN
from tests.analysis.hand_market import MARKET
from tests.analysis.hand_plans import Sheet, write_case

Change = Callable[[dict[str, Sheet]], None]

SOURCES: Mapping[str, Mapping[str, Sheet]] = {"chain": CHAIN, "market": MARKET}

DENIED = ("rule", "covers", "exporter", "requirement")


def cell(sheet: str, column: str, value: Any, key: str) -> Change:
    """Set a cell of the row whose first cell is ``key``."""

    def change(sheets: dict[str, Sheet]) -> None:
        header, *rows = sheets[sheet]
        at = header.index(column)
        assert any(row[0] == key for row in rows)
        sheets[sheet] = [
            header,
            *((*row[:at], value, *row[at + 1 :]) if row[0] == key else row for row in rows),
        ]

    return change


def column(sheet: str, name: str, values: Mapping[str, Any]) -> Change:
    """A new column, filled where the row's first cell is named."""

    def change(sheets: dict[str, Sheet]) -> None:
        header, *rows = sheets[sheet]
        assert {row[0] for row in rows} >= values.keys()
        sheets[sheet] = [(*header, name), *((*row, values.get(row[0])) for row in rows)]

    return change


def whole(sheet: str, *rows: tuple[Any, ...]) -> Change:
    """A sheet anew."""

    def change(sheets: dict[str, Sheet]) -> None:
        sheets[sheet] = list(rows)

    return change


def row(sheet: str, *values: Any) -> Change:
    """One more row."""

    def change(sheets: dict[str, Sheet]) -> None:
        sheets[sheet] = [*sheets[sheet], values]

    return change


def _verdict(hand_plan: Any, name: str, change: Change, folder: Path) -> Verdict:
    sheets = dict(SOURCES[name])
    change(sheets)
    plan = hand_plan(name)
    return verify(write_case(folder / "changed.xlsx", sheets), plan.tables, plan.summary)


PROJECTS = ("project", "adds_to", "size_t_per_year", "capex_kusd", "excludes", "requires")

STRICTER: list[tuple[str, str, Change, str]] = [
    ("chain", "fewer sources allowed", cell("caps", "max_sources", 1, "spread"), "DIV-4"),
    ("chain", "more sources asked for", column("caps", "min_sources", {"spread": 2}), "DIV-3"),
    (
        "chain",
        "each must hold a share",
        column("caps", "min_share", {"spread": 0.05}),
        "DIV-2",
    ),
    ("chain", "a lower price of excess", cell("caps", "penalty_usd_per_kg", 20, "spread"), "CST-cap_penalties"),
    ("chain", "a hard cap", cell("caps", "penalty_usd_per_kg", None, "spread"), "DIV-5"),
    ("chain", "a lane that opens later", column("lanes", "first_period", {"CN": "p1"}), "LAN-1"),
    ("chain", "a process that starts later", column("processes", "first_period", {"sep": "p1"}), "PRC-5"),
    ("chain", "a wait for qualification", column("offers", "qualification_months", {"con": 12}), "SRC-10"),
    ("chain", "a smaller offer in a period", whole("offer_paths", ("offer", "period", "capacity_t_per_year"), ("spo", "p2", 70)), "SRC-2"),
    ("chain", "a dearer period", whole("offer_paths", ("offer", "period", "price_usd_per_kg"), ("spo", "p2", 9)), "CST-purchase"),
    ("chain", "a later price break", cell("price_breaks", "from_t_per_year", 61, "bulk"), "CST-purchase"),
    ("chain", "annuity for lump", row("settings", "capex_accounting", "annuity"), "CST-capex"),
    ("chain", "another discount rate", cell("settings", "value", 0.05, "discount_rate"), "CST-discounted"),
    ("chain", "a slower ramp", cell("projects", "ramp", "20;100", "line"), "PRC-2"),
    ("chain", "a longer lead", cell("projects", "lead_months", 24, "line"), "PRC-2"),
    (
        "chain",
        "goods on their way that the plan ignores",
        whole("pipeline", ("site", "material", "period", "t"), ("EE", "conc", "p1", 7)),
        "BAL-1",
    ),
    ("chain", "a floor asked for in p0", row("commitments", "project", "line", "p0", "=", 2), "CMT-1"),
    ("chain", "a contract committed", row("commitments", "offer", "con", "p1", ">=", 101), "CMT-1"),
    ("chain", "a purchase forbidden", row("commitments", "offer", "bulk", None, "<=", 0), "CMT-1"),
    (
        "chain",
        "exports denied from 2028",
        whole("rules", (*DENIED, "from_date"), ("ban", "goods", "China", "denied", date(2028, 1, 1))),
        "LIC-1",
    ),
    (
        "chain",
        "exports denied to Europe in 2027 alone",
        whole(
            "rules",
            (*DENIED, "to_date", "destination", "stage"),
            ("ban", "goods", "China", "denied", date(2027, 12, 31), "Estonia", "concentrate"),
        ),
        "LIC-1",
    ),
    (
        "chain",
        "a company listed",
        lambda sheets: (
            column("sites", "company", {"CN": "Listed"})(sheets),
            whole("rules", (*DENIED, "company"), ("list", "goods", "China", "denied", "Listed"))(sheets),
        )[-1],
        "LIC-1",
    ),
    (
        "chain",
        "a project that needs another first",
        whole(
            "projects",
            PROJECTS,
            ("line", "sep", 50, 200, None, "other"),
            ("other", "sep", 50, 200, None, None),
        ),
        "INV-5",
    ),
    (
        "market",
        "CVaR of cost below what it costs",
        cell("limits", "value", 8900, "cvar_cost_kusd"),
        "LIM-3",
    ),
    (
        "market",
        "CVaR of shortage below what is short",
        row("limits", "cvar_shortage_share", "EV", 0.09),
        "LIM-2",
    ),
    ("market", "a longer life", cell("returns", "mean_life_years", 1.75, "M"), "REC-1"),
    ("market", "less may be collected", cell("returns", "collection_share", 0.4, "M"), "REC-1"),
    ("market", "nothing waits", cell("demand", "backlog", False, "M"), "DEM-1"),
    ("market", "a substitute that takes a year", column("substitutes", "lead_months", {"weaker": 12}), "SUB-2"),
    ("market", "no disposal", cell("materials", "disposal_usd_per_kg", None, "scrap"), "DSP-1"),
    (
        "market",
        "a recycled share asked for: what is new must be on `primary`",
        whole(
            "caps",
            ("cap", "group_by", "member", "material", "min_share"),
            ("recycled", "recycled", "recycled", "magnet", 0.5),
        ),
        "ORI-1",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "equation"),
    [pytest.param(plan, change, eq, id=f"{plan}: {what}") for plan, what, change, eq in STRICTER],
)
def test_a_stricter_workbook_is_noticed(
    hand_plan, tmp_path: Path, name: str, change: Change, equation: str
) -> None:
    verdict = _verdict(hand_plan, name, change, tmp_path)
    caught = {check.equation for check in verdict.checks if check.worst > verdict.tolerance}
    assert not verdict.holds
    assert equation in caught, verdict.faults


LOOSER: list[tuple[str, str, Change]] = [
    ("chain", "another exporter", whole("rules", DENIED, ("ban", "goods", "Chile", "denied"))),
    (
        "chain",
        "exempt wins over denied",
        whole(
            "rules",
            DENIED,
            ("ban", "goods", "China", "denied"),
            ("but", "goods", "China", "exempt"),
        ),
    ),
    (
        "chain",
        "another element",
        lambda sheets: (
            whole("composition", ("material", "element", "share"), ("conc", "Nd", 0.2), ("oxide", "Nd", 0.4))(sheets),
            whole("rules", (*DENIED, "element"), ("ban", "goods", "China", "denied", "Dy"))(sheets),
        )[-1],
    ),
    ("chain", "before its date", whole("rules", (*DENIED, "from_date"), ("ban", "goods", "China", "denied", date(2030, 1, 1)))),
    ("chain", "at home", whole("rules", (*DENIED, "destination"), ("ban", "goods", "China", "denied", "China"))),
    ("chain", "a wider store", cell("stocks", "max_t", 40, "EE")),
    ("chain", "qualified before", column("offers", "qualification_months", {"con": 0})),
    ("chain", "a new project unused", row("projects", "more", "sep", 10, 1, 100, 0, 0, 0, None, "p1")),
    ("market", "a looser blend", cell("blends", "max_share", 0.7, "mix")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change"),
    [pytest.param(plan, change, id=f"{plan}: {what}") for plan, what, change in LOOSER],
)
def test_a_looser_workbook_leaves_the_plan_holding(
    hand_plan, tmp_path: Path, name: str, change: Change
) -> None:
    assert _verdict(hand_plan, name, change, tmp_path).faults == ()


@pytest.mark.parametrize(
    ("shut", "owed"),
    [
        (whole("rules", DENIED, ("ban", "goods", "Australia", "denied")), False),
        (
            whole(
                "rules", (*DENIED, "from_date"),
                ("ban", "goods", "Australia", "denied", date(2029, 1, 1)),
            ),
            True,
        ),
    ],
    ids=["denied throughout", "denied from p2 only"],
)  # fmt: skip
def test_nothing_is_owed_while_every_lane_is_denied(
    hand_plan, tmp_path: Path, shut: Change, owed: bool
) -> None:
    faults = _verdict(hand_plan, "chain", shut, tmp_path).faults
    wrong = [fault for fault in faults if fault.startswith("SRC-3")]
    assert any("p2" in fault for fault in wrong)  # the plan pays for 50 t that nobody may ship
    assert any("p1" in fault for fault in wrong) is not owed


def _with(case: Case, sheet: str, *rows: Mapping[str, Any]) -> Case:
    """The case with the first rows of a sheet changed in some columns."""
    assert len(case[sheet]) >= len(rows)
    changed = [Row({**old, **new}) for old, new in zip(case[sheet], rows, strict=False)]
    kept = case[sheet][len(rows) :]
    return dataclasses.replace(case, sheets={**case.sheets, sheet: (*changed, *kept)})


def _settings(case: Case, **values: Any) -> Case:
    return dataclasses.replace(case, settings={**case.settings, **values})


WORLDS: list[tuple[str, str, Callable[[Case], Case], str]] = [
    ("denial", "a licence for 90 t", lambda c: _with(c, "licences", {"max_t_per_year": 90.0}), "LIC-3"),
    (
        "denial",
        "a team without time",
        lambda c: _with(c, "licences", {"team": "Legal", "max_applications": 0}),
        "LIC-4",
    ),
    ("denial", "other odds", lambda c: _with(c, "licence_odds", {"on_time": 0.6, "denied": 0.4}), "TREE-3"),
    ("denial", "denied for sure", lambda c: _with(c, "licence_odds", {"on_time": 0.0, "denied": 1.0}), "TREE-1"),
    ("denial", "one branch asked for", lambda c: _settings(c, branches=(1,)), "TREE-5"),
    ("denial", "a dearer application", lambda c: _with(c, "licences", {"application_kusd": 21.0}), "CST-applications"),
    ("denial", "more weight on risk", lambda c: _settings(c, risk_weight=0.5), "RSK-4"),
    ("denial", "another tail", lambda c: _settings(c, cvar_level=0.25), "RSK-3"),
    (
        "technology",
        "maintenance denied",
        lambda c: _with(c, "rules", {"covers": "maintenance", "requirement": ("denied",)}),
        "PRC-6",
    ),
    (
        "technology",
        "a licence later still",
        lambda c: _with(c, "licence_odds", {"late_months": 24.0}),
        "PRC-2",
    ),
    ("origin", "no de minimis", lambda c: _with(c, "tracks", {"de_minimis_share": 0.0}), "ORI-2"),
    ("origin", "technology on the track", lambda c: _with(_with(c, "tracks", {"technology": True}), "processes", {"technology_origin": "China"}), "ORI-2"),
    ("origin", "all end uses", lambda c: _with(c, "rules", {"end_use": ("EV",)}), "LIC-1"),
    ("origin", "a bought override", lambda c: _with(c, "offers", {}, {"origin": ("cn",)}), "ORI-1"),
    ("expected", "in every node", lambda c: _with(c, "caps", {"basis": "delivered"}), "DIV-1"),
    ("expected", "another price in a node", lambda c: _with(c, "node_values", {"value": 31.0, "node": "low"}), "CST-purchase"),
    ("stress", "more asked of the test", lambda c: _with(c, "stress_tests", {"min_service_share": 0.7}), "STR-1"),
    ("stress", "the market's stock lost to a floor", lambda c: _with(c, "stocks", {"closing_t": 5.0}), "STK-3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "equation"),
    [pytest.param(plan, change, eq, id=f"{plan}: {what}") for plan, what, change, eq in WORLDS],
)
def test_another_world_is_noticed(
    hand_plan, name: str, change: Callable[[Case], Case], equation: str
) -> None:
    plan = hand_plan(name)
    verdict = verify(change(plan.case), plan.tables, plan.summary)
    caught = {check.equation for check in verdict.checks if check.worst > verdict.tolerance}
    assert equation in caught, verdict.faults


def test_projects_that_exclude_one_another_are_not_both_built(hand_plan, tmp_path: Path) -> None:
    sheets = dict(CHAIN)
    whole(
        "projects",
        PROJECTS,
        ("line", "sep", 50, 200, "other", None),
        ("other", "sep", 50, 200, None, None),
    )(sheets)
    plan, case = hand_plan("chain"), write_case(tmp_path / "two.xlsx", sheets)
    builds = pd.DataFrame(
        [("line", "n1", "p0", 1), ("other", "n2", "p1", 1)],
        columns=["project", "node", "period", "modules"],
    )
    verdict = verify(case, {**plan.tables, "builds": builds}, plan.summary)
    assert any(fault.startswith("INV-4") and "other" in fault for fault in verdict.faults)


def test_a_reduced_tree_keeps_the_worst_outcome(hand_plan) -> None:
    plan = hand_plan("denial")
    tree = plan.tables["tree"].query("node != 'refused'").assign(probability=1.0)
    case = _settings(plan.case, branches=(1,))
    faults = verify(case, {**plan.tables, "tree": tree}, plan.summary).faults
    assert any(fault.startswith("TREE-5") and "worst outcome" in fault for fault in faults)
