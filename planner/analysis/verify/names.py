"""TAB-3, 5, 6, 7: every name is known, periods fit their nodes, amounts are not negative.

Rows that refer to nothing are faults and are left out of what is rebuilt from the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.analysis.verify.equations import COST_LINES
from planner.analysis.verify.origin import Origin
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.tables import COLUMNS, Book
from planner.analysis.verify.verdict import Ledger

#: Sheet whose names a column refers to.
_REFERS_TO: Mapping[str, str] = {
    "offer": "offers",
    "licence": "licences",
    "substitute": "substitutes",
    "project": "projects",
    "process": "processes",
    "cap": "caps",
    "site": "sites",
    "market": "sites",
    "from_site": "sites",
    "to_site": "sites",
    "material": "materials",
    "output": "materials",
    "product": "materials",
    "scrap": "materials",
}

#: Tables in which a blank node means: in expectation, over all nodes.
_NODE_MAY_BE_BLANK = frozenset({"cap_excess", "shares"})

#: Pairs or quadruples of names that must stand together in a sheet.
_TOGETHER: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "collections": ("returns", ("market", "product", "scrap", "to_site")),
}

#: Decisions of yes or no, by table.
_YES_OR_NO: Mapping[str, str] = {
    "applications": "applied",
    "qualifications": "qualified",
    "switches": "switched",
}

#: Decision tables, whose amounts cannot be negative.
_AMOUNT: Mapping[str, str] = {
    **dict.fromkeys(("takes", "unused", "shipments", "runs", "draws", "stock"), "t"),
    **dict.fromkeys(("collections", "disposals", "deliveries", "swaps", "shortages"), "t"),
    "cap_excess": "t",
    "contracts": "t_per_year",
    "builds": "modules",
}


def known_rows(reading: Reading, book: Book, origin: Origin, ledger: Ledger) -> Book:
    """The rows whose every name is known, with faults for the others."""
    names: dict[str, set[str]] = {
        sheet: set(reading.keyed(sheet, "")) for sheet in set(_REFERS_TO.values())
    }
    known = {column: names[sheet] for column, sheet in _REFERS_TO.items()}
    nodes, periods = set(reading.tree.nodes), set(reading.timeline.periods)
    known |= dict.fromkeys(("node", "decided_in", "leaf"), nodes)
    known |= dict.fromkeys(("period", "arrives"), periods)
    known["line"] = set(COST_LINES)
    kept = {"tree": book["tree"]}
    for table, rows in book.items():
        if table != "tree":
            blank = {""} if table in _NODE_MAY_BE_BLANK else set()
            checks = [
                (at, known[column] | (blank if column == "node" else set()))
                for at, column in enumerate(COLUMNS[table])
                if column in known
            ]
            kept[table] = _known(table, rows, checks, origin, ledger)
    _stand_together(reading, kept, ledger)
    _in_their_epoch(reading, kept, ledger)
    _amounts(kept, ledger)
    return kept


def _known(
    table: str, rows: list[Any], checks: list[tuple[int, set[str]]], origin: Origin, ledger: Ledger
) -> list[Any]:
    classes = [at for at, column in enumerate(COLUMNS[table]) if column.endswith("tracks")]
    kept = []
    for row in rows:
        strange = next((row[at] for at, names in checks if row[at] not in names), None)
        if strange is None:
            strange = next((row[at] for at in classes if not _is_class(row[at], origin)), None)
        if strange is None:
            kept.append(row)
        else:
            ledger.broken("TAB-3", f"{table}: {tuple(row)}", f"'{strange}' is unknown")
    ledger.held("TAB-3", len(kept))
    return kept


def _is_class(text: str, origin: Origin) -> bool:
    if not text:
        return True
    tracks = text.split("+")
    return tracks == sorted(set(tracks)) and origin.names.issuperset(tracks)


def _stand_together(reading: Reading, book: Book, ledger: Ledger) -> None:
    for table, (sheet, columns) in _TOGETHER.items():
        rows = reading.keyed(sheet, "")
        kept = []
        for row in book[table]:
            key = tuple(getattr(row, column) for column in columns)
            if key in rows:
                kept.append(row)
            else:
                ledger.broken("TAB-3", f"{table}: {key}", f"no such row in sheet {sheet}")
        book[table] = kept


def _in_their_epoch(reading: Reading, book: Book, ledger: Ledger) -> None:
    epoch = reading.timeline.epoch
    for table, columns in COLUMNS.items():
        if table == "tree" or not {"node", "period"} <= set(columns):
            continue
        kept = []
        for row in book[table]:
            if not row.node or epoch[row.period] == reading.tree.nodes[row.node].epoch:
                kept.append(row)
            else:
                text = f"{row.period} is not of the epoch of node {row.node}"
                ledger.broken("TAB-5", f"{table}: {tuple(row)}", text)
        ledger.held("TAB-5", len(kept))
        book[table] = kept


def _amounts(book: Book, ledger: Ledger) -> None:
    for table, column in _AMOUNT.items():
        for row in book[table]:
            amount = getattr(row, column)
            if amount < 0:
                ledger.record("TAB-6", f"{table}: {tuple(row)}", -amount)
        ledger.held("TAB-6", len(book[table]))
    for table, column in _YES_OR_NO.items():
        for row in book[table]:
            decided = getattr(row, column)
            ledger.record("TAB-7", f"{table}: {tuple(row)}", min(abs(decided), abs(decided - 1)))
