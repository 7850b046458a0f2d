"""What analyses found, as a document of its own or as sheets of a plan's workbook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from planner.analysis.findings import Findings, FindingTable, look_of
from planner.analysis.findings import Look as FindingLook
from planner.case import Case
from planner.report.document import Cell, Columns, Document, Look, Section, Table
from planner.report.words import title_of
from planner.solve.plan import TABLES, Plan

_LOOKS: Mapping[FindingLook, Look] = {
    "money": "musd", "tonnes": "tonnes", "share": "share", "price": "price", "plain": "plain",
}  # fmt: skip
_PAPER_ROWS = 25
#: Of findings in a plan a page shows so many rows and sentences.
_PLAN_ROWS, _PLAN_WORDS = 8, 3
#: Ends the name of the table that holds the words of an analysis.
_SAID = "_said"


def findings_document(found: Sequence[Findings], case: Case, today: date) -> Document:
    """One or more findings about a case; the first one's title is the document's."""
    lead = found[0]
    cautions = [caution for findings in found for caution in findings.cautions]
    status = (
        "; ".join(cautions) or "Every figure is from a solved and verified plan, or a proven bound."
    )
    as_of = case.settings["as_of"]
    tiles = (
        ("Case", case.name),
        ("Scenario", case.scenario or "the workbook as it stands"),
        ("As of", str(as_of)[:10] if as_of else "not stated"),
    )
    facts = (
        *tiles,
        ("Inputs", case.fingerprint[:12]),
        ("Written", today.isoformat()),
    )
    footer = f"{case.name} · inputs {case.fingerprint[:12]} · written {today.isoformat()}"
    sections = [section for findings in found for section in _sections(findings)]
    return Document(
        kind="explained",
        title=lead.title,
        status=status,
        sound=not cautions,
        tiles=tiles,
        sections=tuple(sections),
        facts=Table((("Fact", "text"), ("", "text")), facts),
        footer=footer,
    )


def with_findings(plan: Plan, found: Sequence[Findings]) -> Plan:
    """The plan with the findings beside its own tables: they go into its workbook as sheets
    ``plan_<analysis>_<table>``, their words as ``plan_<analysis>_said``, and come back with it. What the
    same analysis found before is replaced. An infinite number (no plan exists) becomes blank.
    """
    again = {findings.analysis for findings in found}
    tables = {
        name: frame
        for name, frame in plan.tables.items()
        if name in TABLES or not any(name.startswith(f"{analysis}_") for analysis in again)
    }
    for findings in found:
        tables[f"{findings.analysis}{_SAID}"] = _said(findings)
        for table in findings.tables:
            if len(table.frame):
                frame = table.frame.replace([math.inf, -math.inf], math.nan)
                tables[_sheet_of(findings.analysis, table.name)] = frame
    return replace(plan, tables=tables)


def findings_in(plan: Plan) -> list[Findings]:
    """What analyses put into the plan, as `with_findings` did."""
    found = []
    for name in plan.tables:
        if name.endswith(_SAID) and name not in TABLES:
            said = plan.tables[name]
            words = {
                kind: tuple(rows["words"].tolist())
                for kind, rows in said.groupby("kind", sort=False)
            }
            analysis = name.removesuffix(_SAID)
            told = said[said["kind"] == "table"][["about", "words"]]
            tables = tuple(
                FindingTable(about, meaning, plan.tables[_sheet_of(analysis, about)])
                for about, meaning in told.itertuples(index=False, name=None)
            )
            found.append(
                Findings(
                    analysis,
                    words["title"][0],
                    words.get("sentence", ()),
                    tables,
                    words.get("caution", ()),
                )
            )
    return found


def plan_section(findings: Findings) -> Section:
    """Findings as one section of a plan's document: on paper the first rows of the first table."""
    tables = [table_of(table) for table in findings.tables]
    cut = [
        replace(table, paper_rows=0 if place else _PLAN_ROWS) for place, table in enumerate(tables)
    ]
    words = (*findings.sentences[:_PLAN_WORDS], *findings.cautions)
    return Section(findings.title, title_of(findings.analysis), words, tuple(cut))


def _said(findings: Findings) -> pd.DataFrame:
    rows = [
        ("title", "", findings.title),
        *(("sentence", "", words) for words in findings.sentences),
        *(("caution", "", words) for words in findings.cautions),
        *(("table", table.name, table.meaning) for table in findings.tables if len(table.frame)),
    ]
    return pd.DataFrame(rows, columns=pd.Index(["kind", "about", "words"]))


def _sheet_of(analysis: str, table: str) -> str:
    """The name of a table in a plan; with `plan_` before it a sheet's name of at most 31 letters."""
    return f"{analysis}_{table}"[:26]


def _sections(findings: Findings) -> list[Section]:
    """The words, then a section a table, so that each table has a sheet of its own."""
    name = title_of(findings.analysis)
    said = Section(findings.title, name, (*findings.sentences, *findings.cautions))
    return [
        said,
        *(
            Section(
                table.meaning, f"{name} {title_of(table.name).lower()}"[:31], (), (table_of(table),)
            )
            for table in findings.tables
        ),
    ]


def table_of(table: FindingTable) -> Table:
    """A frame as a table of a document, each column by the end of its name."""
    columns: Columns = tuple(
        (_heading(str(c)), _LOOKS[look_of(str(c))]) for c in table.frame.columns
    )
    rows = tuple(
        tuple(_cell(value) for value in row)
        for row in table.frame.astype(object).itertuples(index=False, name=None)
    )
    return Table(columns, rows, paper_rows=_PAPER_ROWS)


def _heading(column: str) -> str:
    """``saving_kusd`` -> ``Saving, MUSD``: the unit that is shown."""
    for end, unit in (
        ("_kusd", "MUSD"),
        ("_usd_per_kg", "USD/kg"),
        ("_t_per_year", "t/year"),
        ("_t", "t"),
    ):
        if column.endswith(end):
            return f"{title_of(column.removesuffix(end))}, {unit}"
    return title_of(column)


def _cell(value: Any) -> Cell:
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
