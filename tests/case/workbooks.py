"""A small good workbook that uses every sheet, and how to write one with a change."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

#: Sheet -> rows, the header first.
Sheets = dict[str, list[list[Any]]]

_GOOD: Sheets = {
    "settings": [
        ["key", "value", "note"],
        ["name", "good case", None],
        ["regime_today", "truce", None],
        ["risk_weight", 0.2, None],
        ["mip_gap", 0.01, None],
    ],
    "periods": [
        ["period", "start", "years", "epoch"],
        ["Q1", date(2027, 1, 1), 0.5, 1],
        ["Q2", date(2027, 7, 1), 0.5, 2],
        ["Q3", date(2028, 1, 1), 1, 3],
    ],
    "materials": [
        ["material", "stage", "value_usd_per_kg", "disposal_usd_per_kg"],
        ["oxide", "oxide", 60, None],
        ["magnet", "magnet", 90, None],
        ["scrap", "scrap", 10, 0],
        ["ferrite", "magnet", 8, None],
    ],
    "composition": [
        ["material", "element", "share"],
        ["oxide", "Nd", 0.7],
        ["magnet", "Nd", 0.2],
        ["scrap", "Nd", 0.2],
        ["magnet", "Dy", 0.0],
    ],
    "sites": [
        ["site", "kind", "company", "country", "region", "end_use", "latitude"],
        ["mine", "supplier", "Deep", "Australia", "Oceania", None, -28.9],
        ["refinery", "supplier", "Bright", "China", "East Asia", None, 30],
        ["works", "plant", "Attract", "Germany", "EU", None, 50],
        ["market", "market", None, "Germany", "EU", "EV", 51],
    ],
    "offers": [
        ["offer", "site", "material", "kind", "price_usd_per_kg", "capacity_t_per_year",
         "min_take_share", "qualification_kusd", "qualification_months", "first_period",
         "last_period", "origin"],
        ["ore", "mine", "oxide", "contract", 62, 800, 0.7, 150, 3, "Q1", "Q3", None],
        ["now", "refinery", "oxide", "spot", 55, None, None, None, None, None, None, "CN law"],
    ],
    "offer_paths": [["offer", "period", "price_usd_per_kg"], ["ore", "Q2", 60]],
    "price_breaks": [["offer", "from_t_per_year", "price_usd_per_kg"], ["now", 300, 53]],
    "lanes": [
        ["from_site", "to_site", "material", "freight_usd_per_kg", "duty_share", "lead_months"],
        ["mine", "works", "oxide", 1.5, 0.03, 2],
        ["refinery", "works", "*", 1.2, None, None],
        ["works", "market", "*", 0.4, None, None],
    ],
    "demand": [
        ["site", "material", "period", "demand_t_per_year", "shortage_usd_per_kg",
         "min_service_share"],
        ["market", "magnet", "*", 300, 500, 0.2],
        ["market", "magnet", "Q2", 350, None, 1],
    ],
    "processes": [
        ["process", "site", "capacity_t_per_year", "technology_origin"],
        ["making", "works", 400, "Germany"],
        ["remelting", "works", 100, "Japan"],
    ],
    "recipes": [
        ["process", "material", "t_per_t"],
        ["making", "oxide", -0.4],
        ["making", "magnet", 1],
        ["remelting", "oxide", None],
        ["remelting", "scrap", None],
        ["remelting", "magnet", 0.9],
    ],
    "blends": [["process", "element", "min_share", "max_share"], ["remelting", "Nd", 0.2, 0.6]],
    "stocks": [
        ["site", "material", "opening_t", "max_t", "min_t", "closing_t"],
        ["works", "oxide", 20, 200, 10, 20],
    ],
    "pipeline": [["site", "material", "period", "t"], ["works", "oxide", "Q1", 15]],
    "returns": [
        ["market", "product", "scrap", "to_site", "mean_life_years", "collection_share"],
        ["market", "magnet", "scrap", "works", 10, 0.3],
    ],
    "past_sales": [["market", "product", "year", "sold_t"], ["market", "magnet", 2018, 120]],
    "substitutes": [
        ["substitute", "market", "material", "by_material", "max_share"],
        ["ferrite motors", "market", "magnet", "ferrite", 0.15],
    ],
    "projects": [
        ["project", "adds_to", "size_t_per_year", "capex_kusd", "max_modules", "integer", "ramp",
         "excludes", "requires"],
        ["line", "making", 200, 9000, 2, True, "50;80;100", "other", None],
        ["other", "making", 100, 5000, 1, None, None, None, None],
    ],
    "budgets": [["first_period", "last_period", "max_capex_kusd"], ["Q1", "Q2", 20000]],
    "transitions": [
        ["from_regime", "to_regime", "probability"],
        ["truce", "truce", 0.8],
        ["truce", "friction", 0.2],
        ["friction", "friction", 1],
    ],
    "licences": [
        ["licence", "group", "application_kusd", "held_until", "team", "max_applications"],
        ["L1", "bureau", 20, "Q1", "legal", 2],
        ["L2", "bureau", 20, None, "legal", 2],
    ],
    "licence_odds": [
        ["licence", "regime", "on_time", "late", "denied"],
        ["L1", "truce", 0.7, 0.2, 0.1],
        ["L1", "friction", 0.3, 0.3, 0.4],
        ["L2", "truce", 0.7, 0.2, 0.1],
        ["L2", "friction", 0.3, 0.3, 0.4],
    ],
    "tracks": [
        ["track", "country", "stages", "de_minimis_share"],
        ["CN law", "China", "oxide; magnet", 0.001],
    ],
    "rules": [
        ["rule", "covers", "reach", "exporter", "element", "requirement", "from_date", "to_date",
         "track", "regimes"],
        ["r1", None, None, "China", "Nd; Dy", "licence:L1; licence:L2", date(2026, 1, 1),
         date(2030, 1, 1), None, "truce; friction"],
        ["r2", None, "content", None, None, "denied", None, None, "CN law", None],
    ],
    "shocks": [
        ["regime", "scope", "member", "price_factor"],
        ["friction", "country", "China", 1.5],
    ],
    "stress_tests": [
        ["test", "lose", "member", "first_period", "last_period", "min_service_share"],
        ["no mine", "lane", "mine->works", "Q2", "Q3", 0.1],
    ],
    "limits": [["measure", "end_use", "value"], ["expected_shortage_share", "EV", 0.5]],
    "caps": [
        ["cap", "group_by", "member", "stage", "material", "element", "basis", "max_share",
         "min_share", "min_sources", "penalty_usd_per_kg"],
        ["spread", "country", "*", "oxide", None, "Nd", "expected", 0.65, None, None, 30],
        ["two", "site", "mine", None, "oxide", None, None, None, None, 2, None],
    ],
    "commitments": [
        ["what", "name", "period", "sense", "amount"],
        ["offer", "ore", "Q2", ">=", 50],
        ["project", "line", None, "<=", 1],
    ],
    "scenarios": [
        ["scenario", "sheet", "where", "column", "change", "value"],
        ["dear mine", "offers", "country=Australia", "price_usd_per_kg", "scale", 1.5],
        ["dear mine", "settings", "key=risk_weight", "value", "set", 0.5],
        ["no caps", "caps", None, "*", "set", "off"],
    ],
    "sources": [["source", "title", "grade"], ["S1", "an example", "D"]],
}  # fmt: skip

#: What an explicit tree puts in place of `transitions`, `licence_odds` and `shocks`.
_TREE: Sheets = {
    "tree": [
        ["node", "parent", "epoch", "regime", "probability", "licences"],
        ["root", None, 1, "truce", 1, None],
        ["a", "root", 2, "truce", 0.6, None],
        ["b", "root", 2, "friction", 0.4, "L1=denied; L2=late"],
        ["a1", "a", 3, "truce", 0.6, None],
        ["b1", "b", 3, "friction", 0.4, None],
    ],
    "node_values": [
        ["node", "sheet", "where", "column", "change", "value"],
        ["b", "offers", "country=China", "price_usd_per_kg", "scale", 2],
        ["b1", "demand", "end_use=EV; period=*", "demand_t_per_year", "add", -100],
    ],
}


def good() -> Sheets:
    """A fresh copy of the good workbook with transitions."""
    return deepcopy(_GOOD)


def good_with_tree() -> Sheets:
    """A fresh copy of the good workbook with an explicit tree."""
    kept = {
        name: rows for name, rows in _GOOD.items() if name not in ("transitions", "licence_odds")
    }
    return deepcopy({**kept, **_TREE})


def write(path: Path, sheets: Mapping[str, list[list[Any]]]) -> Path:
    """Write rows as a workbook; dates as dates, all else as it is."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def put(sheets: Sheets, sheet: str, row: int, column: str, value: Any) -> Sheets:
    """Set one cell; a row below the last is begun, a column that is absent is added."""
    rows = sheets[sheet]
    if column not in rows[0]:
        rows[0].append(column)
    while len(rows) < row:
        rows.append([])
    place = rows[0].index(column)
    rows[row - 1] += [None] * (len(rows[0]) - len(rows[row - 1]))
    rows[row - 1][place] = value
    return sheets
