"""A small case and a plan for it, both made by hand: what is exported needs no solver."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.case import Case, read_case
from planner.solve.plan import COST_LINES, SUMMARY_KEYS, TABLES, Plan

#: A name that a spreadsheet would run as a formula if it were not written as text.
FORMULA = '=HYPERLINK("http://example.org","open")'

SHEETS: dict[str, list[tuple[Any, ...]]] = {
    "settings": [
        ("key", "value"), ("name", "two oxides"), ("as_of", date(2026, 10, 1)),
        ("regime_today", "calm"), ("discount_rate", 0.05),
    ],
    "periods": [
        ("period", "start", "years", "epoch"),
        ("2027H1", date(2027, 1, 1), 0.5, 1), ("2027H2", date(2027, 7, 1), 0.5, 2),
        ("2028", date(2028, 1, 1), 1, 3),
    ],
    "materials": [("material", "stage"), ("NdPr oxide", "oxide"), ("Dy oxide", "oxide"),
                  ("magnet", "magnet")],
    "sites": [
        ("site", "kind", "company", "country", "end_use"),
        ("Baotou", "supplier", "Northern", "China", None),
        ("Kuantan", "supplier", FORMULA, "Malaysia", None),
        ("Halle", "plant", "Ours", "Germany", None),
        ("Stuttgart", "market", None, "Germany", "motors"),
    ],
    "offers": [
        ("offer", "site", "material", "kind", "contract_epochs", "price_usd_per_kg",
         "capacity_t_per_year", "min_take_share", "qualification_kusd", "qualification_months"),
        ("CN NdPr", "Baotou", "NdPr oxide", "spot", None, 61.1, 500, None, None, None),
        ("CN Dy", "Baotou", "Dy oxide", "spot", None, 300.3, 50, None, None, None),
        ("MY NdPr", "Kuantan", "NdPr oxide", "contract", 2, 70.7, 300, 0.8, 250, 6),
    ],
    "lanes": [
        ("from_site", "to_site", "material", "freight_usd_per_kg"),
        ("Baotou", "Halle", "*", 1.5), ("Kuantan", "Halle", "*", 1.1),
        ("Halle", "Stuttgart", "magnet", 0.2),
    ],
    "demand": [
        ("site", "material", "period", "demand_t_per_year", "shortage_usd_per_kg"),
        ("Stuttgart", "magnet", "*", 400, 900),
    ],
    "processes": [("process", "site", "capacity_t_per_year"), ("sinter", "Halle", 200)],
    "recipes": [("process", "material", "t_per_t"), ("sinter", "NdPr oxide", -0.35),
                ("sinter", "Dy oxide", -0.02), ("sinter", "magnet", 1)],
    "projects": [
        ("project", "adds_to", "size_t_per_year", "capex_kusd", "grant_share", "lead_months"),
        ("second line", "sinter", 200, 12000, 0.25, 12),
    ],
    "transitions": [("from_regime", "to_regime", "probability"), ("calm", "calm", 0.8),
                    ("calm", "escalation", 0.2), ("escalation", "escalation", 1)],
    "licences": [("licence", "application_kusd"), ("CN-Dy", 20)],
    "licence_odds": [
        ("licence", "regime", "on_time", "late", "late_months", "denied"),
        ("CN-Dy", "calm", 0.75, 0, 0, 0.25), ("CN-Dy", "escalation", 0.1, 0, 0, 0.9),
    ],
    "rules": [("rule", "covers", "exporter", "requirement"),
              ("heavy oxides", "goods", "China", "licence:CN-Dy")],
    "scenarios": [("scenario", "sheet", "where", "column", "change", "value"),
                  ("dear China", "offers", "country=China", "price_usd_per_kg", "scale", 2)],
}  # fmt: skip

#: (node, parent, epoch, regime, probability, licences, test)
TREE = [
    ("1", "", 1, "calm", 1.0, "", ""),
    ("2.calm", "1", 2, "calm", 0.6, "", ""),
    ("2.calm.denied", "1", 2, "calm", 0.2, "CN-Dy=denied", ""),
    ("2.esc.denied", "1", 2, "escalation", 0.2, "CN-Dy=denied", ""),
    ("3.calm", "2.calm", 3, "calm", 0.6, "", ""),
    ("3.calm.late", "2.calm.denied", 3, "calm", 0.2, "CN-Dy=late", ""),
    ("3.esc.denied", "2.esc.denied", 3, "escalation", 0.2, "CN-Dy=denied", ""),
    ("2.test", "1", 2, "calm", 0.0, "", "no China"),
]
ORDINARY = [row for row in TREE if not row[6]]
PERIOD = {1: "2027H1", 2: "2027H2", 3: "2028"}
YEARS = {1: 0.5, 2: 0.5, 3: 1.0}


def write_case(path: Path) -> Path:
    """The hand-made case as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(number, column, value)
                if isinstance(value, str) and value.startswith("="):
                    cell.data_type = "s"
    book.save(path)
    return path


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    rows["tree"] = list(TREE)
    rows["contracts"] = [("MY NdPr", "1", 2, 100 / 3)]
    rows["applications"] = [("CN-Dy", "1", 2, 1)]
    rows["qualifications"] = [("Kuantan", "NdPr oxide", "1", 1)]
    rows["builds"] = [("second line", "1", "2027H1", 1.0)]
    rows["takes"] = [("CN NdPr", "", "1", "2027H1", 35.1), ("CN Dy", "", "1", "2027H1", 2.2)]
    for node, _, epoch, _, _, licences, _ in ORDINARY:
        period, years = PERIOD[epoch], YEARS[epoch]
        made = 100.0 * years * (1 if epoch < 3 else 3) * (0.3 if "denied" in licences else 1)
        demand = 400.0 * years
        rows["supply"] += [
            ("CN NdPr", "offer", "Baotou", "China", "Northern", "NdPr oxide", "oxide", "", node,
             period, made * 0.35 * 0.7),
            ("MY NdPr", "offer", "Kuantan", "Malaysia", FORMULA, "NdPr oxide", "oxide", "", node,
             period, made * 0.35 * 0.3),
            ("sinter", "process", "Halle", "Germany", "Ours", "magnet", "magnet", "", node,
             period, made),
        ]  # fmt: skip
        rows["service"].append(
            ("Stuttgart", "magnet", "motors", node, period, demand, made, 0.0, demand - made)
        )
        for index, line in enumerate(("purchase", "freight", "capex", "shortage", "grants")):
            kusd = made * (3 - index) if line != "shortage" else (demand - made) * 900
            rows["costs"].append((line, node, period, kusd, kusd / 1.05**0.1))
        rows["shares"].append(("half", "China", node, period, made * 0.7, made, 0.7,
                               float("nan"), 0.5))  # fmt: skip
        if epoch == 3:
            rows["leaves"].append((node, 0.2 if "calm.l" in node or "esc" in node else 0.6,
                                   10000.0 + len(node) * 7000.7))  # fmt: skip
    assert all(row[0] in COST_LINES for row in rows["costs"])
    return rows


def hand_plan(case: Case) -> Plan:
    """A plan by hand: every table, most with rows, numbers that need all their digits."""
    tables = {
        name: pd.DataFrame(found, columns=pd.Index(TABLES[name].columns))
        for name, found in _rows().items()
    }
    stated = {
        "name": case.name, "scenario": case.scenario, "as_of": date(2026, 10, 1),
        "status": "optimal", "termination": "gap", "verified": True, "worst_violation": 2.5e-10,
        "objective_kusd": 41234.56789012345, "bound_kusd": 41000.1, "gap": 0.1 / 17,
        "gap_asked": 0.01, "method": "extensive form", "expected_cost_kusd": 41234.56789012345, "cvar_kusd": 61234.5,
        "cvar_level": 0.95, "risk_weight": 0.0, "seed": 1, "nodes": 7, "leaves": 3,
        "columns": 1200, "rows": 900, "nonzeros": 4400, "integers": 12, "build_seconds": 0.3,
        "solve_seconds": 1.25, "total_seconds": 2.0, "versions": {"highspy": "1.16", "pyomo": "6.10"},
        "input_fingerprint": case.fingerprint, "plan_fingerprint": "f" * 64,
        "warnings": ["=1+1 is a warning", "another"],
    }  # fmt: skip
    assert set(stated) == set(SUMMARY_KEYS)
    return Plan(case=case, tables=tables, summary=stated)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return read_case(write_case(tmp_path / "case.xlsx"))


@pytest.fixture
def plan(case: Case) -> Plan:
    return hand_plan(case)
