"""The index of a batch: a row a run, as a workbook for people and as Parquet for programs."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from planner.analysis.figures import STAGES
from planner.batch.folder import PLAN, write_whole
from planner.batch.runs import Run
from planner.report.batch_index import write_batch_index

#: Columns of figures, in this order; those of stages follow, then where everything lies.
FIGURES = (
    "status", "verified", "expected_cost_kusd", "cvar_kusd", "gap", "short_t", "short_share",
    "exposed_to", "exposed_stage", "exposed_share", "why",
)  # fmt: skip
BEHIND = (
    "objective_kusd", "bound_kusd", "termination", "leaves", "seconds", "solve_seconds",
    "input_fingerprint", "plan_fingerprint",
)  # fmt: skip
_TEXT = ("status", "why", "exposed_to", "exposed_stage", "termination", "input_fingerprint",
         "plan_fingerprint")  # fmt: skip
NOT_RUN = "not_run"


def index_frame(runs: Mapping[str, Run], rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row a run; columns: run, what a sweep varies, figures [kUSD, t, shares 0..1], why it
    failed; behind them what only programs ask for, workbook, scenario, folder and plan file (blank
    without a plan)."""
    stages = [
        f"{stage}_{what}" for stage in STAGES for what in ("leader", "leader_share")
        if any(f"{stage}_{what}" in row for row in rows.values())
    ]  # fmt: skip
    lines = []
    for key, run in runs.items():
        row = rows.get(key, {"status": NOT_RUN, "why": "The batch ended before it."})
        planned = row["status"] in ("optimal", "feasible")
        lines.append(
            {
                "run": run.label,
                **dict(run.varied),
                **{name: row.get(name) for name in (*FIGURES, *stages, *BEHIND)},
                "workbook": str(run.workbook),
                "scenario": run.scenario or "",
                "folder": key,
                "plan": f"{key}/{PLAN}" if planned else "",
            }
        )
    frame = pd.DataFrame(lines)
    for name in frame.columns:
        frame[name] = _typed(str(name), frame[name])
    return frame


def _typed(name: str, values: pd.Series) -> pd.Series:
    """One type a column, also where no run has the figure."""
    if name == "verified":
        return values.astype("boolean")
    number = name.endswith(("_kusd", "_t", "_share", "seconds")) or name in ("gap", "leaves")
    if number:
        return values.astype("float64")
    if name in _TEXT or name.endswith("_leader"):
        return values.astype("str").where(values.notna(), "")
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values
    return values.astype("str")


def write_index_files(out: Path, frame: pd.DataFrame, axes: Sequence[str]) -> Path:
    """Write index.parquet and index.xlsx, each whole; returns the workbook's path.

    ``axes`` are the columns that a sweep varies: with them the workbook draws a chart.
    """
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    write_whole(out / "index.parquet", buffer.getvalue())
    return write_batch_index(frame, axes, out / "index.xlsx")
