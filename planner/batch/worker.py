"""What a worker does: one question in, one answer out. It reads and writes no file of the user's,
so it may stand on any machine and die at any moment."""

from __future__ import annotations

import io
import logging
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from planner.analysis.figures import (
    UNKNOWN,
    exposure,
    service_by_end_use,
    supply_by_country,
)
from planner.api import read_case, solve
from planner.batch.runs import Options
from planner.batch.task import Answer, Task
from planner.case import Case, with_differences
from planner.errors import (
    CaseError,
    FaultyWorkbook,
    Infeasible,
    NothingFound,
    PlannerError,
    Unbounded,
)
from planner.solve.plan import Plan

log = logging.getLogger(__name__)

#: The word for each ending without a plan; the first that fits.
STATUSES: tuple[tuple[type[Exception], str], ...] = (
    (CaseError, "bad_input"),
    (Infeasible, "infeasible"),
    (Unbounded, "unbounded"),
    (NothingFound, "nothing_found"),
    (Exception, "failed"),
)


def answer(task: Task) -> Answer:
    """Read, solve with one thread, verify and export. Never raises: what went wrong is the answer."""
    begun = time.perf_counter()
    scenarios: tuple[str, ...] = ()
    with _log_kept() as kept, tempfile.TemporaryDirectory() as folder:
        try:
            file = Path(folder) / Path(task.name).name
            file.write_bytes(task.content)
            base = read_case(file)
            scenarios = tuple(dict.fromkeys(row["scenario"] for row in base["scenarios"]))
            plan = _solved(_asked(base, task), task.options)
            content = plan.to_excel(Path(folder) / "plan.xlsx").read_bytes()
            row = _figures(plan)
        except Exception as error:  # noqa: BLE001 - one bad run must not stop the rest
            content, row = None, _failure(error)
    row["seconds"] = round(time.perf_counter() - begun, 3)
    return Answer(row, content, kept.getvalue(), scenarios)


def _asked(base: Case, task: Task) -> Case:
    for warning in base.warnings:
        log.warning("%s", warning)
    return with_differences(base, task.scenario, task.differences, task.varied)


def _solved(case: Case, options: Options) -> Plan:
    """One thread a run: the cores are shared out among the runs, not within them."""
    log.info("%s, scenario %s, input %s", case.name, case.scenario, case.fingerprint[:12])
    plan = solve(
        case,
        gap=options.gap,
        time_limit=options.time_limit,
        risk_weight=options.risk_weight,
        threads=1,
    )
    log.info("%s: objective %s kUSD, gap %s, verified %s",
             *(plan.summary[key] for key in ("status", "objective_kusd", "gap", "verified")))  # fmt: skip
    return plan


def _figures(plan: Plan) -> dict[str, Any]:
    """The plan's row of the index."""
    summary = plan.summary
    kept = (
        "status", "termination", "verified", "expected_cost_kusd", "cvar_kusd", "objective_kusd",
        "bound_kusd", "gap", "solve_seconds", "leaves", "input_fingerprint", "plan_fingerprint",
    )  # fmt: skip
    row: dict[str, Any] = {key: summary[key] for key in kept}
    row["case"] = summary["name"]
    service = service_by_end_use(plan)
    if not service.empty:
        row["short_t"] = float(service["short_t"].sum())
        row["short_share"] = row["short_t"] / float(service["demand_t"].sum())
    lean = exposure(plan)
    if lean is not None:
        row["exposed_to"], row["exposed_stage"] = lean.country, lean.stage
        row["exposed_share"] = lean.share
    tonnes = supply_by_country(plan)
    for stage, share in (tonnes / tonnes.sum()).drop(index=UNKNOWN, errors="ignore").items():
        if not share.empty:
            row[f"{stage}_leader"] = str(share.idxmax())
            row[f"{stage}_leader_share"] = float(share.max())
    return row


def _failure(error: Exception) -> dict[str, Any]:
    status = next(word for kind, word in STATUSES if isinstance(error, kind))
    if isinstance(error, FaultyWorkbook):
        for fault in error.faults:
            log.error("%s", fault)
        first, *others = map(str, error.faults)
        more = f" (and {len(others)} more)" if others else ""
        return {"status": status, "why": f"{first}{more}"}
    if isinstance(error, PlannerError | OSError):
        log.error("%s", error)
        return {"status": status, "why": str(error)}
    log.error("%s", "".join(traceback.format_exception(error)))
    return {"status": status, "why": f"{type(error).__name__}: {error} (a fault of the program)"}


@contextmanager
def _log_kept() -> Iterator[io.StringIO]:
    """What this thread logs while it answers."""
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    own = threading.get_ident()
    handler.addFilter(lambda record: record.thread == own)
    logger = logging.getLogger("planner")
    before, logger.level = logger.level, min(logger.level or logging.INFO, logging.INFO)
    logger.addHandler(handler)
    try:
        yield kept
    finally:
        logger.removeHandler(handler)
        logger.level = before
