"""The commands that make a plan or go back to what made one: solve and open."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from planner.case import Case, read_case
from planner.cli_endings import (
    INTERRUPTED,
    NOT_VERIFIED,
    OPTIMAL,
    STOPPED,
    print_json,
    say,
    show_warnings,
    wide_console,
)
from planner.cli_explain import with_reason
from planner.cli_targets import check_folder, check_target

if TYPE_CHECKING:
    from planner.solve.highs import Progress
    from planner.solve.plan import Plan

WorkbookPath = Annotated[Path, typer.Argument(metavar="WORKBOOK", help="the case, an .xlsx file")]
PlanPath = Annotated[Path, typer.Argument(metavar="PLAN", help="an exported plan.xlsx")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on standard output")]


class Method(StrEnum):
    """``method`` of ``planner.solve``."""

    AUTO = "auto"
    EXTENSIVE = "extensive"
    LSHAPED = "lshaped"


def solve(
    workbook: WorkbookPath,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="folder of plan.xlsx")
    ] = Path("out"),
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="a scenario of the workbook")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(min=0, help="relative gap to prove, 0.01 = 1 %")
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="longest time to build the model and search"),
    ] = None,
    risk_weight: Annotated[
        float | None, typer.Option(min=0, max=1, help="weight of CVaR against expected cost")
    ] = None,
    write_mps: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the model as an MPS file too")
    ] = None,
    method: Annotated[
        Method, typer.Option(help="how: the whole tree as one problem (extensive), its subtrees (lshaped), or by size and shape (auto)")
    ] = Method.AUTO,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Solve a workbook into DIR/plan.xlsx. Ctrl-C keeps the best plan found so far."""
    from planner.report.terminal import plan_words

    case = read_case(workbook, scenario)
    check_target(out / "plan.xlsx", workbook)
    if write_mps is not None:
        _check_mps(write_mps)
    if not as_json:
        show_warnings(case.warnings)
    options: dict[str, Any] = {"gap": gap, "time_limit": time_limit}
    options |= {"risk_weight": risk_weight, "write_mps": write_mps, "method": method.value}
    plan = with_reason(case, lambda: _solve_listening(case, options))
    written = plan.to_excel(out / "plan.xlsx")
    if as_json:
        print_json({**plan.summary, "file": str(written)})
    else:
        wide_console(stderr=False).print(plan_words(plan, written))
    raise typer.Exit(_solve_code(plan.summary))


def open_plan(
    plan: PlanPath,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="CASE.xlsx", help="the workbook to write")
    ] = Path("case.xlsx"),
    again: Annotated[
        bool, typer.Option("--solve", help="solve it again and compare with the plan")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give back the workbook that a plan was made from, cell by cell."""
    from planner.report.case_workbook import resolve_command, write_case
    from planner.report.plan_file import read_plan
    from planner.report.words import musd

    check_target(out, plan)
    if out.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{out}: a case is an .xlsx file; name it so.")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already. Name another file with -o.")
    before = read_plan(plan)
    write_case(before.case, out)
    told: dict[str, Any] = {"file": str(out), "scenario": before.case.scenario}
    if not as_json:
        say(f"Written: {out}. Its plan again: {resolve_command(before, out)}")
    if again:
        after = _solve_listening(before.case, {})
        kusd = (before.summary["objective_kusd"], after.summary["objective_kusd"])
        same = _agree(before.summary, after.summary)
        told |= {"objective_kusd": kusd[1], "plan_objective_kusd": kusd[0], "agrees": same}
        if not as_json:
            words = "the same, within the gaps proven" if same else "NOT the same"
            say(f"Solved again: {musd(kusd[1])}, in the plan {musd(kusd[0])}: {words}.")
    if as_json:
        print_json(told)
    raise typer.Exit(OPTIMAL if told.get("agrees", True) else NOT_VERIFIED)


def _agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two solves of one case can both be right: neither is below what the other proved."""
    for plan, witness in ((one, other), (other, one)):
        bound = witness["bound_kusd"]
        allowed = 1e-6 * max(1.0, abs(plan["objective_kusd"]))
        if bound is not None and plan["objective_kusd"] < bound - allowed:
            return False
    return True


def _check_mps(path: Path) -> None:
    check_folder(path.parent)
    if path.suffix.lower() != ".mps" or path.is_dir():
        raise typer.BadParameter(f"{path} is no name for an MPS file. End it in .mps.")


def _solve_code(summary: Mapping[str, Any]) -> int:
    """The exit code of a solve that has a plan; one that does not hold is never a success."""
    if not summary["verified"]:
        return NOT_VERIFIED
    if summary["status"] == "optimal":
        return OPTIMAL
    return INTERRUPTED if summary["termination"] == "interrupted" else STOPPED


# ---- solving while listening


@dataclass
class _Heard:
    """What the solver told last, and whether it was asked to stop."""

    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress | None = None

    @property
    def farewell(self) -> str:
        """What the first Ctrl-C is answered with."""
        best = self.progress.incumbent if self.progress is not None else None
        if best is None:
            return "Stopping; no plan has been found yet. Ctrl-C again ends at once."
        from planner.report.words import musd

        return f"Stopping at the best plan so far, {musd(best)}. Ctrl-C again ends without a plan."


def _solve_listening(case: Case, options: Mapping[str, Any]) -> Plan:
    """Solve in a thread of its own, so that this one hears Ctrl-C at once."""
    from planner import api

    heard = _Heard()
    ended: list[Plan | BaseException] = []
    console = Console(stderr=True)

    with console.status("Building the model ...") as line, _listening(heard, console):

        def show(progress: Progress) -> None:
            heard.progress = progress
            if console.is_terminal:
                line.update(_progress_words(progress))

        def work() -> None:
            try:
                ended.append(api.solve(case, progress=show, stop=heard.stop, **options))
            except BaseException as error:  # noqa: BLE001 - raised again where it is heard
                ended.append(error)

        thread = threading.Thread(target=work, name="solve", daemon=True)
        with _quiet_output():
            thread.start()
            while thread.is_alive():
                thread.join(0.1)  # a join without an end would not hear Ctrl-C
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


def _progress_words(progress: Progress) -> str:
    from planner.report.words import musd, small_percent

    said = [progress.phase]
    if progress.incumbent is not None:
        said.append(f"best plan {musd(progress.incumbent)}")
    if progress.bound is not None:
        said.append(f"no plan below {musd(progress.bound)}")
    if progress.gap is not None and math.isfinite(progress.gap):
        said.append(f"gap {small_percent(progress.gap)}")
    return " · ".join([*said, f"{progress.seconds:.0f} s"])


@contextmanager
def _listening(heard: _Heard, console: Console) -> Iterator[None]:
    """The first Ctrl-C asks the solver to stop with its best plan; the second ends at once."""

    def interrupted(_number: int, _frame: Any) -> None:
        if heard.stop.is_set():
            # The solver's thread cannot be ended from outside and nothing is half-written yet.
            os._exit(INTERRUPTED)
        heard.stop.set()
        console.print(heard.farewell)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can hear signals
        return
    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet_output() -> Iterator[None]:
    """Send what libraries write straight to file descriptor 1 to standard error.

    The solver's library greets there, past ``sys.stdout``, and would spoil the JSON.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
