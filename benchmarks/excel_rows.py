"""Excel at scale: a workbook of 20,000 rows read and checked, a plan of 100,000 rows written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import planner
from benchmarks.generator import generate, sheets
from benchmarks.meter import measured
from benchmarks.task import Figures, Task
from inputs.workbook import write
from planner.case import with_settings


def read(task: Task) -> Figures:
    """Guard, cells, types and every check across rows, with cell addresses."""
    book, read_case = sheets(task.size, task.seed), planner.read_case  # imports are not measured
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.xlsx"
        write(path, "many rows", book)
        size = path.stat().st_size
        case, took = measured(lambda: read_case(path))
    rows = sum(len(rows) for rows in case.sheets.values())
    return {"excel_rows": rows, "file_mb": round(size / 1e6, 2), **took.figures()}


def export(task: Task) -> Figures:
    """The plan workbook, every table and input in it; the plan's gap does not matter here."""
    case = generate(task.size, task.seed, worlds=task.options["worlds"])
    asked = {"mip_gap": 0.5, "time_limit_s": float(task.options["time_limit"])}
    plan = planner.solve(with_settings(case, **asked))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        _, took = measured(lambda: plan.to_excel(path))
        size = path.stat().st_size
    rows = sum(len(table) for table in plan.tables.values())
    per = 100_000 / rows
    return {
        "excel_rows": rows,
        "file_mb": round(size / 1e6, 2),
        "cpu_s_of_100k": round(took.cpu_s * per, 3),
        **took.figures(),
    }
