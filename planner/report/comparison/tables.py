"""Frames of a comparison as tables of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.analysis.compare import Comparison
from planner.report.document import Cell, Columns, Look


def plan_columns(comparison: Comparison, look: Look) -> Columns:
    """A column a plan."""
    return tuple((label, look) for label in comparison.labels)


def named_rows(frame: pd.DataFrame) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a frame whose index names them, in one level or two."""
    return tuple(
        cells((*(at if isinstance(at, tuple) else (at,)), *values))
        for at, values in zip(frame.index, frame.to_numpy().tolist(), strict=True)
    )


def frame_rows(frame: pd.DataFrame) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a frame whose columns hold all."""
    return tuple(cells(row) for row in frame.itertuples(index=False, name=None))


def cells(row: Sequence[Any]) -> tuple[Cell, ...]:
    """Values of a table as cells: lists joined, blanks None, numbers of numpy's as Python's."""
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> Cell:
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or None
    if hasattr(value, "item"):
        return value.item()
    if value is None or value == "" or (isinstance(value, float) and pd.isna(value)):
        return None
    return value
