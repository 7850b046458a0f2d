"""Findings as files and in a plan's workbook: every figure, text as text, units in the headings."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

import planner.report.plan_workbook  # noqa: F401 - registers how a plan is written
from planner.analysis.findings import Findings, FindingTable, look_of
from planner.case import Case
from planner.report.export import export_findings
from planner.report.findings_document import findings_in, with_findings
from planner.report.plan_document import plan_document
from planner.report.plan_file import read_plan
from planner.report.terminal_findings import findings_words
from planner.solve.plan import Plan

FORMULA = "=1+1"
FOUND = Findings(
    "why",
    "Lynas enters below 61.20 USD/kg",
    ("It is dear by 3.80 USD/kg.",),
    (
        FindingTable.of(
            "offers",
            "what each offer would have to cost",
            ("offer", "saving_kusd", "enters_at_usd_per_kg", "used_t", "share"),
            [(FORMULA, 1234.5, 61.2, 0.0, 0.25), ("<b>", math.nan, math.nan, 12.0, 1.0)],
        ),
        FindingTable.of("lanes", "no lane is idle", ("lane", "used_t"), []),
    ),
    ("Two offers were not looked at.",),
)


@pytest.mark.parametrize(
    ("column", "look"),
    [("price_kusd", "money"), ("enters_at_usd_per_kg", "price"), ("demand_t_per_year", "tonnes"),
     ("short_t", "tonnes"), ("max_share", "share"), ("offer", "plain")],
)  # fmt: skip
def test_a_column_is_shown_by_the_end_of_its_name(column: str, look: str) -> None:
    assert look_of(column) == look


def test_a_workbook_has_a_page_of_words_and_a_sheet_a_table(case: Case, tmp_path: Path) -> None:
    path = export_findings([FOUND], case, tmp_path / "why.xlsx", date(2027, 1, 1))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Explained", "Why offers", "Why lanes", "Facts"]
    cells = [[cell.value for cell in row] for row in book["Why offers"].iter_rows()]
    head = cells.index(["Offer", "Saving, MUSD", "Enters at, USD/kg", "Used, t", "Share"])
    assert cells[head + 1] == [FORMULA, 1.2345, 61.2, 0, 0.25]
    assert book["Why offers"].cell(head + 2, 1).data_type == "s"
    assert cells[head + 2][1] is None


def test_a_page_escapes_what_names_say(case: Case, tmp_path: Path) -> None:
    path = export_findings([FOUND], case, tmp_path / "why.html", date(2027, 1, 1))
    text = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "Two offers were not looked at." in text


def test_the_plan_takes_the_tables_into_its_own_workbook(plan: Plan, tmp_path: Path) -> None:
    told = with_findings(plan, [FOUND])
    back = read_plan(told.to_excel(tmp_path / "plan.xlsx"))
    assert back.tables["why_offers"]["offer"].tolist() == [FORMULA, "<b>"]
    assert math.isnan(back.tables["why_offers"]["saving_kusd"].iloc[1])
    assert "why_lanes" not in back.tables  # nothing to say, no sheet
    (read,) = findings_in(back)
    assert (read.title, read.sentences, read.cautions) == (
        FOUND.title,
        FOUND.sentences,
        FOUND.cautions,
    )
    assert [table.meaning for table in read.tables] == [FOUND.tables[0].meaning]
    assert findings_in(plan) == []


def test_what_is_found_again_takes_the_place_of_what_was_found(plan: Plan) -> None:
    other = replace(FOUND, title="Nothing.", tables=())
    again = with_findings(with_findings(plan, [FOUND]), [other])
    assert [found.title for found in findings_in(again)] == ["Nothing."]
    assert "why_offers" not in again.tables
    assert set(plan.tables) < set(again.tables)


def test_a_plan_s_document_says_what_was_found(plan: Plan) -> None:
    found = replace(FOUND, sentences=tuple(f"Sentence {n}." for n in range(9)))
    document = plan_document(with_findings(plan, [found]), date(2027, 1, 1))
    section = next(section for section in document.sections if section.title == FOUND.title)
    assert section.words[:2] == ("Sentence 0.", "Sentence 1.") and len(section.words) < 9
    assert FOUND.cautions[0] in section.words
    assert section.tables[0].paper_rows


def test_an_infinite_number_is_blank_in_a_workbook(plan: Plan, tmp_path: Path) -> None:
    frame = FOUND.tables[0].frame.assign(saving_kusd=[math.inf, 1.0])
    found = replace(FOUND, tables=(replace(FOUND.tables[0], frame=frame),))
    back = read_plan(with_findings(plan, [found]).to_excel(tmp_path / "plan.xlsx"))
    assert math.isnan(back.tables["why_offers"]["saving_kusd"].iloc[0])


def test_json_has_null_where_there_is_no_number() -> None:
    record = FOUND.as_json()["tables"]["offers"][1]
    assert record["saving_kusd"] is None
    assert record["used_t"] == 12


def test_a_terminal_shows_title_sentences_tables_and_cautions() -> None:
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(findings_words(replace(FOUND, title="[bold]not markup[/]")))
    words = shown.get()
    assert "[bold]not markup[/]" in words
    assert "61.20" in words
    assert "! Two offers" in words
