"""Certified plans, and what a change costs: the planner beside HiGHS on the extensive form."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import planner
from benchmarks.generator import generate
from benchmarks.meter import measured
from benchmarks.task import Figures, Task
from planner.case import with_settings
from planner.case.case import Case
from planner.solve.highs import run
from planner.solve.run import build_problem

_ROOT = Path(__file__).parents[1]
SHIPPED = _ROOT / "inputs" / "rare_earths.xlsx"
#: What `change` turns: (sheet, column, change, value, where), one figure of the case each.
_KNOBS = (
    ("licences", "application_kusd", "scale", 1.5),
    ("offers", "price_usd_per_kg", "scale", 1.1),
    ("offers", "capacity_t_per_year", "scale", 0.9),
    ("demand", "demand_t_per_year", "scale", 1.05),
)


def _case(task: Task) -> Case:
    """The case to its gap; HiGHS gets two cores, as the planner does."""
    case = (
        planner.read_case(SHIPPED)
        if task.size == "shipped"
        else generate(task.size, task.seed, worlds=task.options.get("worlds"))
    )
    asked = {
        "mip_gap": float(task.options.get("gap", 0.01)),
        "time_limit_s": float(task.options["time_limit"]),
    }
    return with_settings(case, **asked)


def certify(task: Task) -> Figures:
    """A plan to the gap asked, from the case to the verified plan; or the extensive form alone.

    The peer is handed the finished arrays and asked for columns only: building, tables and
    verification are in our figure and not in its.
    """
    case = _case(task)
    solve = planner.solve  # imports are not measured
    if task.way == "planner":
        plan, took = measured(lambda: solve(case))
        return {**_plan_figures(plan), **took.figures()}
    arrays = build_problem(case).layout.arrays
    limit, gap = float(case.settings["time_limit_s"]), float(case.settings["mip_gap"])
    outcome, took = measured(lambda: run(arrays, gap=gap, time_limit=limit, threads=2))
    return {
        "status": outcome.status,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "columns": len(arrays.cost),
        "nonzeros": arrays.matrix.nnz,
        "integers": int(arrays.integer.sum()),
        **took.figures(),
    }


def _plan_figures(plan: Any) -> Figures:
    said = plan.summary
    names = {
        "objective_kusd": "objective",
        "bound_kusd": "bound",
        **{name: name for name in ("status", "gap", "verified", "nodes", "leaves", "columns", "nonzeros", "integers", "build_seconds", "solve_seconds")},
    }  # fmt: skip
    return {to: said[name] for name, to in names.items()}


def shipped(task: Task) -> Figures:
    """From the workbook to the verified plan, nothing known before, nothing imported."""
    limit = float(task.options["time_limit"])
    plan, took = measured(lambda: planner.solve(planner.read_case(SHIPPED), time_limit=limit))
    return {**_plan_figures(plan), **took.figures()}


def change(task: Task) -> Figures:
    """One figure changed and solved again, warm, for each of a few figures: the slowest counts."""
    session = planner.Session(_case(task), threads=2)
    first, cold = measured(session.solve)
    answers: list[Figures] = []
    for sheet, column, how, value in _KNOBS:
        where = _first_row(session.case, sheet)
        wall, cpu = time.perf_counter(), time.process_time()
        session.change(sheet, column, value, where=where, change=how)
        plan = session.solve()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        knob = f"{sheet}.{column} {how} {value:g} where {where}"
        taken = {"knob": knob, "cpu_s": round(cpu, 3), "wall_s": round(wall, 3)}
        answers.append({**_plan_figures(plan), **taken})
    return {
        "first": {**_plan_figures(first), **cold.figures()},
        "answers": answers,
        **{key: max(answer[key] for answer in answers) for key in ("cpu_s", "wall_s", "gap")},
        "solved": all(answer["status"] == "optimal" for answer in answers),
    }


def _first_row(case: Case, sheet: str) -> str:
    """Names the first row of a sheet by its keys."""
    keys = {
        "licences": ("licence",),
        "offers": ("offer",),
        "demand": ("site", "material", "period"),
    }
    return "; ".join(f"{key}={case[sheet][0][key]}" for key in keys[sheet])
