"""Excel at scale: a workbook of 20,000 rows read and checked, a plan of 100,000 rows written."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

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
    """The plan workbook, every table and input in it, each table repeated up to the rows asked for.

    The time of writing depends on rows, columns and texts, not on what they say: a small plan made
    long is written like a large one, and takes no hour to find.
    """
    asked = {"mip_gap": 0.05, "time_limit_s": float(task.options["time_limit"])}
    plan = planner.solve(with_settings(generate(task.size, task.seed), **asked))
    times = -(-int(task.options["rows"]) // sum(len(table) for table in plan.tables.values()))
    tables = {
        name: pd.concat([table] * times, ignore_index=True) for name, table in plan.tables.items()
    }
    long = replace(plan, tables=tables)
    with tempfile.TemporaryDirectory() as folder:
        plan.to_excel(Path(folder) / "small.xlsx")  # imports are not measured
        path = Path(folder) / "plan.xlsx"
        _, took = measured(lambda: long.to_excel(path))
        size = path.stat().st_size
    rows = sum(len(table) for table in tables.values())
    return {"excel_rows": rows, "file_mb": round(size / 1e6, 2), **took.figures()}
