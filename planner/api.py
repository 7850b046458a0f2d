"""What ``import planner`` offers: read a case, solve it, verify a plan's file.

A plan that leaves here has been verified: the solver is never its own witness.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import astuple, fields, replace
from pathlib import Path

import pandas as pd

import planner.report.plan_workbook  # noqa: F401 - registers how a plan is written to .xlsx
from planner.analysis.verify import Check, Verdict, compare_inputs, verify
from planner.case import Case, with_settings
from planner.case import read_case as _read_case
from planner.report.plan_file import read_plan
from planner.solve.highs import Progress
from planner.solve.plan import Plan
from planner.solve.run import solve_case
from planner.solve.search import Method


def read_case(path: str | Path, scenario: str | None = None) -> Case:
    """The case in a workbook, with the differences of one of its scenarios if named.

    Raises UnsafeFile, FaultyWorkbook (with every fault) or UnknownScenario; changes nothing.
    """
    return _read_case(path, scenario)


def solve(
    case: Case,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    risk_weight: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
    write_mps: str | Path | None = None,
    threads: int = 2,
    method: Method = "auto",
) -> Plan:
    """The plan of least cost under risk, verified.

    ``gap`` (relative), ``time_limit`` [s] and ``risk_weight`` (0..1) stand in for the case's own
    settings and are recorded with the plan. Setting ``stop`` ends the search with the best plan so
    far. ``method``: "extensive" (the whole tree as one problem), "lshaped" (a problem for each
    subtree of the first branching) or "auto" (by size and shape); what was done is in the summary.
    The verdict is there too (``verified``, ``worst_violation``) and in the table ``verification``.

    Raises FaultyWorkbook for an option out of range; Infeasible, Unbounded, NothingFound or
    Interrupted where there is no plan.
    """
    plan = solve_case(
        with_options(case, gap, time_limit, risk_weight),
        progress=progress,
        stop=stop,
        write_mps=Path(write_mps) if write_mps is not None else None,
        threads=threads,
        method=method,
    )
    return with_verdict(plan)


def with_options(
    case: Case, gap: float | None, time_limit: float | None, risk_weight: float | None
) -> Case:
    """The case with those of its settings overridden that are not None; each checked like its cell."""
    options = {"mip_gap": gap, "time_limit_s": time_limit, "risk_weight": risk_weight}
    chosen = {key: value for key, value in options.items() if value is not None}
    return with_settings(case, **chosen) if chosen else case


def with_verdict(plan: Plan) -> Plan:
    """The plan with what an independent rebuilding of it says, in its summary and as a table."""
    verdict = verify(plan.case, plan.tables, plan.summary)
    names = [field.name for field in fields(Check)]
    table = pd.DataFrame([astuple(check) for check in verdict.checks], columns=pd.Index(names))
    return replace(
        plan,
        tables={**plan.tables, "verification": table},
        summary={
            **plan.summary, "verified": verdict.holds, "worst_violation": verdict.worst,
        },
    )  # fmt: skip


def verify_file(path: str | Path, case_path: str | Path | None = None) -> Verdict:
    """Rebuild an exported plan from its own tables and say whether it holds.

    The inputs are those in the plan's file; they must be the ones that it was solved with and, if
    ``case_path`` is given, equal that workbook cell by cell. Every difference is a fault.

    Raises CaseError or PlanFileError where a file cannot be read.
    """
    plan = read_plan(path)
    verdict = verify(plan.case, plan.tables, plan.summary)
    differences = []
    if plan.case.fingerprint != plan.summary["input_fingerprint"]:
        differences.append(
            "The inputs in the file are not those that the plan was solved with "
            f"(fingerprint {plan.case.fingerprint[:12]}, "
            f"solved with {str(plan.summary['input_fingerprint'])[:12]})."
        )
    if case_path is not None:
        differences += compare_inputs(plan.case, _read_case(case_path))
    if not differences:
        return verdict
    return replace(
        verdict,
        holds=False,
        faults=(*differences, *verdict.faults),
        differences=tuple(differences),
    )
