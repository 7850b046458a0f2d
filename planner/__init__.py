"""Rare-earth sourcing under export-licence risk: one workbook in, a verified plan out.

>>> import planner
>>> case = planner.read_case("inputs/rare_earths.xlsx")
>>> plan = planner.solve(case)
>>> plan.to_excel("out/plan.xlsx")

The names below are loaded when first used, so that a room which needs no solver starts none.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import planner.solve  # noqa: F401 - the room of that name, before the function takes the name
from planner.errors import (
    CaseError,
    Fault,
    FaultyWorkbook,
    Infeasible,
    Interrupted,
    NoPlan,
    NothingFound,
    PlanFileError,
    PlannerError,
    Unbounded,
    UnknownScenario,
    UnsafeFile,
)

if TYPE_CHECKING:
    from planner.api import read_case, verify_file
    from planner.case import Case
    from planner.report.plan_file import read_plan
    from planner.session import Session
    from planner.solve.plan import Plan

__all__ = [
    "Case",
    "CaseError",
    "Fault",
    "FaultyWorkbook",
    "Infeasible",
    "Interrupted",
    "NoPlan",
    "NothingFound",
    "Plan",
    "PlanFileError",
    "PlannerError",
    "Session",
    "Unbounded",
    "UnknownScenario",
    "UnsafeFile",
    "read_case",
    "read_plan",
    "solve",
    "verify_file",
]

_ROOMS = {
    "Case": "planner.case",
    "Plan": "planner.solve.plan",
    "Session": "planner.session",
    "read_case": "planner.api",
    "read_plan": "planner.report.plan_file",
    "verify_file": "planner.api",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def solve(case: Case, **options: Any) -> Plan:
    """The plan of least cost under risk, verified; the options are those of `planner.api.solve`:
    gap, time_limit, risk_weight, progress, stop, write_mps, threads."""
    return import_module("planner.api").solve(case, **options)


def _our_models() -> None:
    """Refuse to start on somebody else's package called ``models``.

    Such a package, installed beside ours, would be imported in its place without a word.
    """
    found = import_module("models")
    beside = Path(__file__).resolve().parents[1] / "models" / "__init__.py"
    if found.__file__ is None or Path(found.__file__).resolve() != beside:
        raise PlannerError(
            f"The package `models` of another project ({found.__file__}) stands in front of the "
            f"planner's ({beside}). Install the planner in an environment of its own."
        )
    if getattr(found, "FORMULATION_OF", None) != "rare-earth-planner":
        raise PlannerError(_OVERWRITTEN)


_OVERWRITTEN = (
    "The planner's package `models` was overwritten by another project's. "
    "Install the planner again, in an environment of its own."
)

_our_models()
