"""The exported tables, read back as plain rows: names as text, amounts as floats, blanks as ``""``.

The columns are repeated here on purpose: what is verified is the export, not the exporter.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.analysis.verify.verdict import Ledger

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "tree": ("node", "parent", "epoch", "regime", "probability", "licences", "test"),
    "contracts": ("offer", "decided_in", "epoch", "t_per_year"),
    "applications": ("licence", "decided_in", "epoch", "applied"),
    "qualifications": ("site", "material", "node", "qualified"),
    "switches": ("substitute", "node", "switched"),
    "builds": ("project", "node", "period", "modules"),
    "takes": ("offer", "tracks", "node", "period", "t"),
    "unused": ("offer", "node", "period", "t"),
    "shipments": (
        "from_site",
        "to_site",
        "material",
        "tracks",
        "node",
        "period",
        "arrives",
        "t",
    ),
    "runs": ("process", "tracks", "node", "period", "t"),
    "draws": ("process", "run_tracks", "material", "tracks", "node", "period", "t"),
    "stock": ("site", "material", "tracks", "node", "period", "t"),
    "collections": ("market", "product", "scrap", "to_site", "node", "period", "t"),
    "disposals": ("site", "material", "tracks", "node", "period", "t"),
    "deliveries": ("market", "material", "tracks", "node", "period", "t"),
    "swaps": ("substitute", "tracks", "node", "period", "t"),
    "shortages": ("market", "material", "node", "period", "t"),
    "cap_excess": ("cap", "member", "side", "node", "period", "t"),
    "costs": ("line", "node", "period", "kusd", "discounted_kusd"),
    "leaves": ("leaf", "probability", "cost_kusd"),
    "service": (
        "market",
        "material",
        "end_use",
        "node",
        "period",
        "demand_t",
        "delivered_t",
        "substituted_t",
        "short_t",
    ),
    "supply": (
        "source",
        "kind",
        "site",
        "country",
        "company",
        "material",
        "stage",
        "tracks",
        "node",
        "period",
        "t",
    ),
    "shares": (
        "cap",
        "member",
        "node",
        "period",
        "part_t",
        "supply_t",
        "share",
        "min_share",
        "max_share",
    ),
    "capacity": ("process", "node", "period", "capacity_t", "run_t"),
    "taken_off": (
        "process",
        "site",
        "node",
        "period",
        "material",
        "tracks",
        "output",
        "output_tracks",
        "reason",
        "t",
    ),
    "closed": ("from_site", "to_site", "material", "tracks", "node", "period", "reason"),
}

#: Columns that hold numbers; all others hold names.
NUMBERS = frozenset(
    [
        "epoch",
        "probability",
        "t_per_year",
        "applied",
        "qualified",
        "switched",
        "modules",
        "t",
        "kusd",
        "discounted_kusd",
        "cost_kusd",
        "demand_t",
        "delivered_t",
        "substituted_t",
        "short_t",
        "part_t",
        "supply_t",
        "share",
        "min_share",
        "max_share",
        "capacity_t",
        "run_t",
    ]
)

#: Numbers that may be blank: a share of nothing, a limit that the cap does not set.
_MAY_BE_BLANK = frozenset({"share", "min_share", "max_share"})

#: Columns that say nothing about which row it is.
_NOT_KEY = NUMBERS - {"epoch"} | {
    "parent",
    "regime",
    "licences",
    "test",
    "arrives",
    "end_use",
    "country",
    "company",
    "stage",
}

ROW_TYPES: Mapping[str, Any] = {
    name: namedtuple(name, columns) for name, columns in COLUMNS.items()
}

Book = dict[str, list[Any]]


def read_tables(tables: Mapping[str, pd.DataFrame], ledger: Ledger) -> Book | None:
    """Rows of every table, as named tuples in the order of ``COLUMNS``.

    A missing table or column is a fault after which nothing can be rebuilt: None. A row with a
    cell that should be a number and is none is a fault and left out.
    """
    complete = True
    for name, columns in COLUMNS.items():
        if name not in tables:
            ledger.broken("TAB-1", name, "the table is missing")
            complete = False
            continue
        ledger.held("TAB-1")
        for column in columns:
            if column not in tables[name].columns:
                ledger.broken("TAB-1", f"{name}.{column}", "the column is missing")
                complete = False
    if not complete:
        return None
    book = {name: _rows(name, tables[name], ledger) for name in COLUMNS}
    for name, rows in book.items():
        _unique(name, rows, ledger)
    return book


def _rows(name: str, frame: pd.DataFrame, ledger: Ledger) -> list[Any]:
    make = ROW_TYPES[name]._make
    cells = [
        [_number(value) for value in frame[column].tolist()]
        if column in NUMBERS
        else [_name(value) for value in frame[column].tolist()]
        for column in COLUMNS[name]
    ]
    required = [
        at
        for at, column in enumerate(COLUMNS[name])
        if column in NUMBERS and column not in _MAY_BE_BLANK
    ]
    rows = []
    for at, row in enumerate(map(make, zip(*cells, strict=True))):
        if any(row[column] is None for column in required):
            ledger.broken("TAB-2", f"{name}, row {at + 1}", f"not a number in {row}")
        else:
            rows.append(row)
    ledger.held("TAB-2", len(rows))
    return rows


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _name(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value != value:  # NaN is unequal to itself
        return ""
    # A name made of digits comes back from a sheet as a number.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _unique(name: str, rows: list[Any], ledger: Ledger) -> None:
    at = [i for i, column in enumerate(COLUMNS[name]) if column not in _NOT_KEY]
    seen = set()
    for row in rows:
        key = tuple(row[i] for i in at)
        if key in seen:
            ledger.broken("TAB-4", f"{name} {' / '.join(map(str, key))}", "stands twice")
        seen.add(key)
    ledger.held("TAB-4", len(rows))
