"""How each column of a plan's tables is written to a sheet and read back.

A column has one meaning wherever it occurs, so kind, unit and width are keyed by its name alone.
Text that looks like a number (a period called ``2027``) stays text both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Kind = Literal["text", "integer", "number", "truth"]


@dataclass(frozen=True)
class ColumnStyle:
    """``number_format`` is what the reader of the sheet sees; the cell keeps every digit."""

    kind: Kind
    unit: str
    number_format: str = "@"
    width: float = 16


_TEXT = ColumnStyle("text", "name")
_TONNES = ColumnStyle("number", "t in the period", "#,##0.00", 14)
_RATE = ColumnStyle("number", "t per year", "#,##0.00", 14)
_MONEY = ColumnStyle("number", "kUSD, not discounted", "#,##0.00", 14)
_SHARE = ColumnStyle("number", "share, 0 to 1", "0.0%", 12)
_WHOLE = ColumnStyle("integer", "whole number", "0", 10)
_PLAIN = ColumnStyle("number", "number", "General", 14)
_TRUTH = ColumnStyle("truth", "TRUE or FALSE", "General", 10)

_BY_NAME: Mapping[str, ColumnStyle] = {
    **dict.fromkeys(("epoch", "applied", "qualified", "switched", "rows"), _WHOLE),
    **dict.fromkeys(
        (
            "t",
            "demand_t",
            "delivered_t",
            "substituted_t",
            "short_t",
            "part_t",
            "supply_t",
            "run_t",
            "capacity_t",
        ),
        _TONNES,
    ),
    "t_per_year": _RATE,
    "modules": ColumnStyle("number", "modules", "#,##0.##", 10),
    "probability": ColumnStyle("number", "probability from the start", "0.00000", 12),
    "kusd": _MONEY,
    "discounted_kusd": ColumnStyle("number", "kUSD, discounted", "#,##0.00", 16),
    "cost_kusd": ColumnStyle("number", "kUSD, discounted", "#,##0.00", 16),
    "share": _SHARE,
    "min_share": _SHARE,
    "max_share": _SHARE,
    "worst": ColumnStyle("number", "relative violation", "0.0E+00", 12),
    **dict.fromkeys(
        (
            "node",
            "parent",
            "regime",
            "test",
            "offer",
            "decided_in",
            "licence",
            "site",
            "material",
            "substitute",
            "project",
            "tracks",
            "output",
            "output_tracks",
            "period",
            "from_site",
            "to_site",
            "arrives",
            "process",
            "run_tracks",
            "market",
            "product",
            "scrap",
            "cap",
            "member",
            "side",
            "line",
            "leaf",
            "end_use",
            "source",
            "kind",
            "country",
            "company",
            "stage",
            "equation",
            "licences",
            "reason",
            "where",
            "meaning",
            "figure",
            "part",
            "cell",
            "row",
            "column",
            "value",
            "unit",
            "also",
            "moved_by",
            "grade",
        ),
        _TEXT,
    ),
}


def known(column: str) -> bool:
    """Whether the column has a style of its own."""
    return column in _BY_NAME


def style(column: str, values: pd.Series) -> ColumnStyle:
    """The style of a column; one without a style of its own is judged by its values.

    Tables that analyses add beside those of the plan bring columns of their own.
    """
    if column in _BY_NAME:
        return _BY_NAME[column]
    if pd.api.types.is_bool_dtype(values):
        return _TRUTH
    return _PLAIN if pd.api.types.is_numeric_dtype(values) else _TEXT
