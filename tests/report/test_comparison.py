"""Plans side by side in words: why they differ, ranked by what moves, and what each signs now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from planner.analysis.compare import Comparison, compare
from planner.report.comparison.document import comparison_document
from planner.report.comparison.doing import committed, deeds
from planner.report.comparison.reasons import headline, reasons
from planner.report.export import export_comparison
from planner.solve.plan import Plan

TODAY = date(2027, 2, 3)


@pytest.fixture
def other(plan: Plan) -> Callable[..., Plan]:
    """The plan with rows of its tables changed, under another scenario."""

    def changed(scenario: str, **tables: Callable[[Any], Any]) -> Plan:
        made = {name: change(plan.tables[name].copy()) for name, change in tables.items()}
        summary = {**plan.summary, "scenario": scenario, "plan_fingerprint": scenario * 12}
        return replace(plan, tables={**plan.tables, **made}, summary=summary)

    return changed


def scaled(column: str, factor: float, **where: str) -> Callable[[Any], Any]:
    def change(table: Any) -> Any:
        chosen = table[list(where)].eq(list(where.values())).all(axis=1)
        table.loc[chosen, column] *= factor
        return table

    return change


def without(column: str, value: str) -> Callable[[Any], Any]:
    return lambda table: table[table[column] != value]


@pytest.fixture
def comparison(plan: Plan, other: Callable[..., Plan]) -> Comparison:
    """B signs twice the contract, builds nothing, applies for nothing."""
    doubled = scaled("t_per_year", 2.0, offer="MY NdPr")
    return compare(
        [plan, other("b", contracts=doubled, builds=without("project", "second line"), applications=without("licence", "CN-Dy"))]
    )  # fmt: skip


def test_a_row_a_plan_says_cost_tail_service_exposure_and_what_to_sign(
    comparison: Comparison,
) -> None:
    document = comparison_document(comparison, TODAY)
    front = document.sections[0].tables[0]
    rows = [
        dict(zip((title for title, _ in front.columns), row, strict=True)) for row in front.rows
    ]
    a, b = rows
    assert a["Expected cost, MUSD"] == comparison.plans[0].summary["expected_cost_kusd"]
    assert a["Mean of the worst 5 %, MUSD"] == comparison.plans[0].summary["cvar_kusd"]
    assert a["Leans most on"] == "China, 70 % of oxide"
    assert "file 1 licence application" in str(a["To sign now"])
    assert "file" not in str(b["To sign now"])
    # By hand: 100/3 t a year for half a year and a year at 70.7 USD/kg, a line of 12 MUSD less a
    # quarter of grant, 250 to qualify, 20 to apply; B: twice the contract, no line, no licence.
    contract = 100 / 3 * 1.5 * 70.7
    assert a["Committed now, MUSD"] == pytest.approx(contract + 9_000 + 250 + 20)
    assert b["Committed now, MUSD"] == pytest.approx(2 * contract + 250)


def test_the_money_that_moves_most_is_named_first(comparison: Comparison) -> None:
    found = deeds(comparison)
    assert [deed.name.partition(",")[0] for deed in found[:3]] == [
        "second line",
        "MY NdPr",
        "CN-Dy",
    ]
    assert [deed.kind for deed in found[-2:]] == ["Buy spot", "Buy spot"], "they bind nobody"
    assert committed(found, 1) - committed(found, 0) == pytest.approx(100 / 3 * 1.5 * 70.7 - 9_020)
    said = reasons(comparison)[-1]
    assert "second line -9.0 (dropped), MY NdPr +3.5. B does not apply for CN-Dy." in said


def test_what_is_in_every_plan_is_said_once(comparison: Comparison) -> None:
    common = reasons(comparison)[1]
    assert common.startswith("To do now in every plan, MUSD 3.79 at least: 1 contract (MY NdPr)")
    assert "1 qualification (Kuantan)" in common and "project" not in common


def test_a_share_counts_by_the_tonnes_that_it_moves(plan: Plan, other: Callable[..., Plan]) -> None:
    """Of a stage of a few kilos half may move; it is the hundred tonnes elsewhere that tell."""

    def shifted(table: Any) -> Any:
        first = table.iloc[:1].copy()
        first[["stage", "country", "t"]] = "metal", "Peru", 0.001
        chinese = (table["source"] == "CN NdPr").to_numpy()
        table.loc[chinese, "t"] *= 0.9
        table.loc[(table["source"] == "MY NdPr").to_numpy(), "t"] *= 0.9 + 0.1 / 0.3
        return type(table)({c: [*table[c], *first[c]] for c in table.columns})

    words = " ".join(reasons(compare([plan, other("b", supply=shifted)])))
    assert "of oxide (A:" in words and "Peru" not in words


def test_a_cost_line_leads_to_the_cells_behind_it(comparison: Comparison) -> None:
    cells = comparison.cells
    capex = cells[(cells["figure"] == "cost") & (cells["part"] == "capex")]
    assert capex["cell"].iloc[0].startswith("projects!")
    assert capex[comparison.labels[0]].sum() > 0
    assert capex[comparison.labels[1]].sum() == 0, "B builds nothing"


def test_more_than_three_plans_are_told_as_a_range(plan: Plan, other: Callable[..., Plan]) -> None:
    plans = [plan, *map(other, "bcd")]
    for place, one in enumerate(plans):
        plans[place] = replace(one, summary={**one.summary, "expected_cost_kusd": 1000.0 * (place + 2), "cvar_kusd": 9000.0 - place})  # fmt: skip
    comparison = compare(plans)
    assert headline(comparison) == (
        "Of 4 plans, on average A costs least (MUSD 2.00) and D most (MUSD 5.00); "
        "by CVaR D costs least (MUSD 9.00) and A most (MUSD 9.00)."
    )
    document = comparison_document(comparison, TODAY)
    drawn = [section.name for section in document.on_paper if "Bridge" in section.name]
    assert not drawn and "Cost by line" in {section.name for section in document.on_paper}


def test_paper_has_the_foremost_and_the_workbook_all(comparison: Comparison, tmp_path: Any) -> None:
    document = comparison_document(comparison, TODAY)
    names = [section.name for section in document.sections]
    on_paper = [section.name for section in document.on_paper]
    assert {"Trace", "Decisions", "Timing", "HHI"} <= set(names)
    assert not {"Trace", "Decisions", "Timing", "HHI"} & set(on_paper)
    assert all(table.paper_rows for section in document.on_paper for table in section.tables)
    export_comparison(comparison, tmp_path / "c.xlsx", TODAY)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames == ["Comparison", *names[2:], "Facts"]
    sums: Mapping[str, float] = {}
    rows = list(book["Trace"].iter_rows(min_row=4, values_only=True))
    sums = {
        part: sum(float(str(r[6])) for r in rows if r[0] == part and r[1]) for part in ("capex",)
    }
    expected = comparison.cells
    capex = expected[expected["part"] == "capex"][comparison.labels[0]].sum()
    assert sums["capex"] == pytest.approx(capex / 1000)
