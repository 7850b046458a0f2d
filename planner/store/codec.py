"""Sheets, differences, faults and summaries as they lie in the database: JSON.

Never pickle: what is read back may come from a file that somebody else wrote.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from datetime import date, datetime, time, timedelta
from typing import Any

from planner.case import Difference, RawSheet
from planner.case.cells import Uncalculated
from planner.errors import Fault
from planner.store.records import SolveOptions

#: Cells that JSON has no form for: its mark, and how the text is read back.
_MARKED = {
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "time": time.fromisoformat,
    "seconds": lambda text: timedelta(seconds=float(text)),
    "formula": Uncalculated,
}


def cell(value: Any) -> Any:
    """A cell as Excel holds one: what an editor of tables calls missing is blank."""
    if value is None or isinstance(value, str):
        return value
    # Asked by name and by manner: to load pandas takes longer than to read a workbook.
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def plain_sheet(sheet: RawSheet) -> RawSheet:
    """A sheet with plain cells, without the blank rows at its end."""
    rows = [tuple(cell(value) for value in row) for row in sheet.rows]
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    return RawSheet(tuple(str(title or "") for title in sheet.header), tuple(rows))


def packed_sheets(sheets: Mapping[str, RawSheet]) -> bytes:
    """Raw sheets in their order, as compressed JSON."""
    content = [
        [name, sheet.header, [[_formula(value) for value in row] for row in sheet.rows]]
        for name, sheet in sheets.items()
    ]
    text = json.dumps(content, default=_marked, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpacked_sheets(content: bytes) -> dict[str, RawSheet]:
    """What ``packed_sheets`` packed."""
    found = json.loads(zlib.decompress(content), object_hook=_unmarked)
    return {
        name: RawSheet(tuple(header), tuple(tuple(row) for row in rows))
        for name, header, rows in found
    }


def _formula(value: Any) -> Any:
    """A formula never calculated is text with a mark, which JSON would take for text."""
    return {"formula": str(value)} if isinstance(value, Uncalculated) else value


def _marked(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": repr(value.total_seconds())}
    raise TypeError(f"a cell cannot hold {type(value).__name__}")


def _unmarked(entry: dict[str, Any]) -> Any:
    [(mark, text)] = entry.items()
    return _MARKED[mark](text)


def packed_differences(differences: Sequence[Difference]) -> list[Any]:
    """Differences as lists of JSON."""
    return [list(astuple(difference)) for difference in differences]


def unpacked_differences(content: Sequence[Sequence[Any]]) -> tuple[Difference, ...]:
    """What ``packed_differences`` packed."""
    return tuple(Difference(*entry) for entry in content)


def packed_faults(faults: Sequence[Fault]) -> list[Any]:
    """Faults as lists of JSON."""
    return [list(astuple(fault)) for fault in faults]


def unpacked_faults(content: Sequence[Sequence[Any]]) -> tuple[Fault, ...]:
    """What ``packed_faults`` packed."""
    return tuple(Fault(*entry) for entry in content)


def packed_options(options: SolveOptions) -> dict[str, Any]:
    """Options as an object of JSON."""
    return asdict(options)


def unpacked_options(content: Mapping[str, Any]) -> SolveOptions:
    """What ``packed_options`` packed."""
    return SolveOptions(**content)


def plain_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """A plan's summary with values of JSON only; a number that is none becomes None."""
    return {key: _plain(value) for key, value in summary.items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
