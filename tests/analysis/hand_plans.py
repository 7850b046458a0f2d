"""Small cases and plans for them, both made by hand: the arithmetic stands beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from planner.analysis.verify.tables import COLUMNS
from planner.case import Case, read_case

KNOWN_ANSWERS = Path(__file__).parents[1] / "known_answers"

Sheet = Sequence[tuple[Any, ...]]
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class HandPlan:
    """A case, the tables of a plan for it and what its summary says of cost."""

    case: Case
    tables: dict[str, pd.DataFrame]
    summary: dict[str, float]


def write_case(path: Path, sheets: Mapping[str, Sheet]) -> Case:
    """A workbook with these sheets, written and read back."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return read_case(path)


def as_tables(rows: Mapping[str, Rows]) -> dict[str, pd.DataFrame]:
    """Every table of a plan; those not named are empty."""
    assert rows.keys() <= COLUMNS.keys()
    return {
        name: pd.DataFrame(list(rows.get(name, ())), columns=list(columns))
        for name, columns in COLUMNS.items()
    }


def costs(rows: Rows, discount: Mapping[str, float] | None = None) -> list[tuple[Any, ...]]:
    """Cost rows with their discounted amount."""
    factors = discount or {}
    return [(*row, row[-1] * factors.get(row[2], 1.0)) for row in rows]


def certain(cost: float) -> dict[str, float]:
    """What the summary says where one path is all there is [kUSD]."""
    return {"expected_cost_kusd": cost, "cvar_kusd": cost, "objective_kusd": cost}


def years(count: int, epochs: Sequence[int]) -> list[tuple[Any, ...]]:
    """Periods p0, p1, ... of a year each from 2027."""
    header = ("period", "start", "years", "epoch")
    return [header, *((f"p{at}", date(2027 + at, 1, 1), 1, epochs[at]) for at in range(count))]


def licence_denial() -> HandPlan:
    """The known answer: apply for L; granted 100 t at 10, denied 60 t at 30 and 40 t short at 50."""
    rows: dict[str, Rows] = {
        "tree": [
            ("root", None, 1, "calm", 1.0, "", None),
            ("granted", "root", 2, "calm", 0.5, "", None),
            ("refused", "root", 2, "calm", 0.5, "L=denied", None),
        ],
        "applications": [("L", "root", 2, 1)],
        "takes": [("cn", "", "granted", "p1", 100.0), ("au", "", "refused", "p1", 60.0)],
        "shipments": [
            ("CN", "JP", "ndox", "", "granted", "p1", "p1", 100.0),
            ("AU", "JP", "ndox", "", "refused", "p1", "p1", 60.0),
        ],
        "deliveries": [
            ("JP", "ndox", "", "granted", "p1", 100.0),
            ("JP", "ndox", "", "refused", "p1", 60.0),
        ],
        "shortages": [("JP", "ndox", "refused", "p1", 40.0)],
        "costs": costs(
            [
                ("applications", "root", "p0", 20.0),
                ("purchase", "granted", "p1", 1000.0),
                ("purchase", "refused", "p1", 1800.0),
                ("shortage", "refused", "p1", 2000.0),
            ]
        ),
        "leaves": [("granted", 0.5, 1020.0), ("refused", 0.5, 3820.0)],
        "service": [
            ("JP", "ndox", "", "granted", "p1", 100.0, 100.0, 0.0, 0.0),
            ("JP", "ndox", "", "refused", "p1", 100.0, 60.0, 0.0, 40.0),
        ],
        "supply": [
            ("cn", "bought", "CN", "China", "", "ndox", "oxide", "", "granted", "p1", 100.0),
            ("au", "bought", "AU", "Australia", "", "ndox", "oxide", "", "refused", "p1", 60.0),
        ],
        "closed": [
            ("CN", "JP", "ndox", "", "root", "p0", "licence L: not in hand"),
            ("CN", "JP", "ndox", "", "refused", "p1", "licence L: denied"),
        ],
    }
    case = read_case(KNOWN_ANSWERS / "hand_licence_denial.xlsx")
    summary = {"expected_cost_kusd": 2420.0, "cvar_kusd": 3820.0, "objective_kusd": 2420.0}
    return HandPlan(case, as_tables(rows), summary)


def origin() -> HandPlan:
    """The known answer: free magnets for defence hold 0.1 t of Chinese oxide per tonne."""
    oxide = ("ndox", "oxide")
    malaysia = ("MY", "Malaysia", "")
    rows: dict[str, Rows] = {
        "tree": [("now", None, 1, None, 1.0, None, None)],
        "takes": [("cn", "cn", "now", "p0", 40.0), ("au", "", "now", "p0", 20.0)],
        "shipments": [
            ("CN", "MY", "ndox", "cn", "now", "p0", "p0", 40.0),
            ("AU", "MY", "ndox", "", "now", "p0", "p0", 20.0),
            ("MY", "EV", "magnet", "cn", "now", "p0", "p0", 100.0),
            ("MY", "DEF", "magnet", "", "now", "p0", "p0", 100.0),
        ],
        "runs": [("sinter", "cn", "now", "p0", 100.0), ("sinter", "", "now", "p0", 100.0)],
        "draws": [
            ("sinter", "cn", "ndox", "cn", "now", "p0", 30.0),
            ("sinter", "", "ndox", "cn", "now", "p0", 10.0),
            ("sinter", "", "ndox", "", "now", "p0", 20.0),
        ],
        "deliveries": [
            ("EV", "magnet", "cn", "now", "p0", 100.0),
            ("DEF", "magnet", "", "now", "p0", 100.0),
        ],
        "costs": costs([("purchase", "now", "p0", 680.0)]),
        "leaves": [("now", 1.0, 680.0)],
        "service": [
            ("EV", "magnet", "EV", "now", "p0", 100.0, 100.0, 0.0, 0.0),
            ("DEF", "magnet", "defence", "now", "p0", 100.0, 100.0, 0.0, 0.0),
        ],
        "supply": [
            ("cn", "bought", "CN", "China", "", *oxide, "cn", "now", "p0", 40.0),
            ("au", "bought", "AU", "Australia", "", *oxide, "", "now", "p0", 20.0),
            ("sinter", "made", *malaysia, "magnet", "magnet", "cn", "now", "p0", 100.0),
            ("sinter", "made", *malaysia, "magnet", "magnet", "", "now", "p0", 100.0),
        ],
        "capacity": [("sinter", "now", "p0", 1000.0, 200.0)],
        "taken_off": [
            ("sinter", "MY", "now", "p0", "ndox", "cn", "magnet", "", "de minimis", 10.0)
        ],
        "closed": [("MY", "DEF", "magnet", "cn", "now", "p0", "rule 0.1 percent: denied")],
    }
    summary = certain(680.0)
    case = read_case(KNOWN_ANSWERS / "hand_origin.xlsx")
    return HandPlan(case, as_tables(rows), summary)


def stress() -> HandPlan:
    """The known answer: 60 t carried over from p0 serve Japan when Australia is lost in p1."""
    australia = ("AU", "Australia", "", "ndox", "oxide", "")
    rows: dict[str, Rows] = {
        "tree": [
            ("root", None, 1, "calm", 1.0, "", None),
            ("calm", "root", 2, "calm", 1.0, "", None),
            ("lost", "root", 2, "calm", 0.0, "", "no AU"),
        ],
        "takes": [("au", "", "root", "p0", 60.0), ("au", "", "calm", "p1", 40.0)],
        "shipments": [
            ("AU", "JP", "ndox", "", "root", "p0", "p0", 60.0),
            ("AU", "JP", "ndox", "", "calm", "p1", "p1", 40.0),
        ],
        "stock": [("JP", "ndox", "", "root", "p0", 60.0)],
        "deliveries": [
            ("JP", "ndox", "", "calm", "p1", 100.0),
            ("JP", "ndox", "", "lost", "p1", 60.0),
        ],
        "shortages": [("JP", "ndox", "lost", "p1", 40.0)],
        "costs": costs(
            [
                ("purchase", "root", "p0", 600.0),
                ("holding", "root", "p0", 120.0),
                ("purchase", "calm", "p1", 400.0),
                ("shortage", "lost", "p1", 2000.0),
            ]
        ),
        "leaves": [("calm", 1.0, 1120.0)],
        "service": [
            ("JP", "ndox", "EV", "calm", "p1", 100.0, 100.0, 0.0, 0.0),
            ("JP", "ndox", "EV", "lost", "p1", 100.0, 60.0, 0.0, 40.0),
        ],
        "supply": [
            ("au", "bought", *australia, "root", "p0", 60.0),
            ("au", "bought", *australia, "calm", "p1", 40.0),
        ],
        "closed": [("AU", "JP", "ndox", "", "lost", "p1", "lost in the stress test no AU")],
    }
    summary = certain(1120.0)
    case = read_case(KNOWN_ANSWERS / "hand_stress_test.xlsx")
    return HandPlan(case, as_tables(rows), summary)


def technology() -> HandPlan:
    """The known answer: a line of Chinese technology, decided in p0, waits for licence T."""
    oxide = ("ndox", "oxide", "")
    running = [("on time", "p1"), ("on time", "p2"), ("late", "p2")]
    rows: dict[str, Rows] = {
        "tree": [
            ("root", None, 1, "calm", 1.0, "", None),
            ("on time", "root", 2, "calm", 0.5, "", None),
            ("late", "root", 2, "calm", 0.5, "T=late", None),
        ],
        "applications": [("T", "root", 2, 1)],
        "builds": [("line", "root", "p0", 1)],
        "takes": [
            ("au", "", "late", "p1", 100.0),
            *(("conc", "", *at, 100.0) for at in running),
        ],
        "shipments": [
            ("AU", "JP", "ndox", "", "late", "p1", "p1", 100.0),
            *(("mine", "MY", "conc", "", *at, at[1], 100.0) for at in running),
            *(("MY", "JP", "ndox", "", *at, at[1], 100.0) for at in running),
        ],
        "runs": [("own", "", *at, 100.0) for at in running],
        "draws": [("own", "", "conc", "", *at, 100.0) for at in running],
        "deliveries": [
            ("JP", "ndox", "", node, period, 100.0)
            for node in ("on time", "late")
            for period in ("p1", "p2")
        ],
        "costs": costs(
            [
                ("capex", "root", "p0", 500.0),
                ("purchase", "late", "p1", 4000.0),
                *((line, *at, 500.0) for at in running for line in ("purchase", "processing")),
            ]
        ),
        "leaves": [("on time", 0.5, 2500.0), ("late", 0.5, 5500.0)],
        "service": [
            ("JP", "ndox", "", node, period, 100.0, 100.0, 0.0, 0.0)
            for node in ("on time", "late")
            for period in ("p1", "p2")
        ],
        "supply": [
            ("conc", "bought", "mine", "Vietnam", "", "conc", "concentrate", "", *at, 100.0)
            for at in running
        ]
        + [("au", "bought", "AU", "Australia", "", *oxide, "late", "p1", 100.0)]
        + [("own", "made", "MY", "Malaysia", "", *oxide, *at, 100.0) for at in running],
        "capacity": [("own", *at, 100.0, 100.0) for at in running],
    }
    summary = {"expected_cost_kusd": 4000.0, "cvar_kusd": 5500.0, "objective_kusd": 4000.0}
    case = read_case(KNOWN_ANSWERS / "hand_technology_project.xlsx")
    return HandPlan(case, as_tables(rows), summary)


def caps_expected() -> HandPlan:
    """The known answer: 80 t from China where it is cheap make 40 % of expected supply."""
    oxide = ("ndox", "oxide", "")
    bought = [("cn", "low", 80.0), ("au", "low", 20.0), ("au", "high", 100.0)]
    country = {"cn": "China", "au": "Australia"}
    rows: dict[str, Rows] = {
        "tree": [
            ("root", None, 1, None, 1.0, None, None),
            ("low", "root", 2, None, 0.5, None, None),
            ("high", "root", 2, None, 0.5, None, None),
        ],
        "takes": [(offer, "", node, "p1", t) for offer, node, t in bought],
        "shipments": [
            (offer.upper(), "JP", "ndox", "", node, "p1", "p1", t) for offer, node, t in bought
        ],
        "deliveries": [("JP", "ndox", "", node, "p1", 100.0) for node in ("low", "high")],
        "costs": costs([("purchase", "low", "p1", 1200.0), ("purchase", "high", "p1", 2000.0)]),
        "leaves": [("low", 0.5, 1200.0), ("high", 0.5, 2000.0)],
        "service": [
            ("JP", "ndox", "", node, "p1", 100.0, 100.0, 0.0, 0.0) for node in ("low", "high")
        ],
        "supply": [
            (offer, "bought", offer.upper(), country[offer], "", *oxide, node, "p1", t)
            for offer, node, t in bought
        ],
        "shares": [("c1", "China", None, "p1", 40.0, 100.0, 0.4, None, 0.4)],
    }
    summary = {"expected_cost_kusd": 1600.0, "cvar_kusd": 2000.0, "objective_kusd": 1600.0}
    case = read_case(KNOWN_ANSWERS / "hand_caps_expected.xlsx")
    return HandPlan(case, as_tables(rows), summary)
