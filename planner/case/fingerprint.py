"""The identity of a case: what it says, whatever the order in which it says it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from planner.case.case import Row

#: What says nothing about the plan: remarks, sources, and differences that are not applied.
_SILENT_COLUMNS = ("note", "source")
_SILENT_SHEETS = ("settings", "sources", "scenarios")


def fingerprint(settings: Mapping[str, Any], sheets: Mapping[str, tuple[Row, ...]]) -> str:
    """sha-256 of the typed content: settings and rows, defaults filled in, in canonical order."""
    content = {
        name: sorted(
            _text({k: v for k, v in row.items() if k not in _SILENT_COLUMNS}) for row in rows
        )
        for name, rows in sheets.items()
        if rows and name not in _SILENT_SHEETS
    }
    return hashlib.sha256(_text({"settings": settings, "sheets": content}).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")
