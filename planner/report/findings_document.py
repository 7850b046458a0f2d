"""What analyses found, as a document of its own or as sheets of a plan's workbook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from planner.analysis.findings import Findings, FindingTable, look_of
from planner.analysis.findings import Look as FindingLook
from planner.case import Case
from planner.report.document import Cell, Columns, Document, Look, Section, Table
from planner.report.export import write_document
from planner.report.words import title_of
from planner.solve.plan import Plan

_LOOKS: Mapping[FindingLook, Look] = {
    "money": "musd", "tonnes": "tonnes", "share": "share", "price": "price", "plain": "plain",
}  # fmt: skip
_PAPER_ROWS = 25


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


def export_findings(
    found: Sequence[Findings], case: Case, path: Path, today: date | None = None
) -> Path:
    """Write findings as .xlsx, .html, .pdf or .pptx by the file's name; an older file stays until the
    new one is whole. Raises CaseError for an unknown format, PlanFileError if it cannot be written.
    """
    return write_document(findings_document(found, case, today or date.today()), path)


def with_findings(plan: Plan, found: Sequence[Findings]) -> Plan:
    """The plan with the tables of the findings beside its own: they go into its workbook as sheets
    ``plan_<analysis>_<table>`` and come back with it."""
    added = {
        f"{findings.analysis}_{table.name}"[:26]: table.frame
        for findings in found
        for table in findings.tables
        if len(table.frame)
    }
    return replace(plan, tables={**plan.tables, **added})


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
