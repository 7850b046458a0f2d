"""The command line: check, template, solve, verify here; batch, compare, explain, rules beside it.

Results go to standard output, all else to standard error. Exit codes: 0 done (a plan optimal
within the gap; a plan that holds), 1 a plan that does not hold, 2 usage, 3 bad input, 4 no plan
can exist, 5 stopped at a limit with a plan, 6 at a limit without one, 130 interrupted.
"""

from __future__ import annotations

import functools
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from planner import cli_batch, cli_compare, cli_explain, cli_rules
from planner.case import Case, apply_scenario, read_case, write_template
from planner.errors import (
    CaseError,
    Fault,
    FaultyWorkbook,
    Infeasible,
    Interrupted,
    NothingFound,
    PlanFileError,
    PlannerError,
    Unbounded,
)
from planner.report.terminal import fault_table, plan_words
from planner.report.words import musd, small_percent

if TYPE_CHECKING:
    from planner.solve.highs import Progress
    from planner.solve.plan import Plan

OPTIMAL, NOT_VERIFIED, STOPPED, INTERRUPTED = 0, 1, 5, 130

#: What each error means to whoever called: exit code and status in JSON. The first that fits.
ENDINGS: tuple[tuple[type[PlannerError], int, str], ...] = (
    (CaseError, 3, "bad_input"),
    (PlanFileError, 3, "bad_plan_file"),
    (Infeasible, 4, "infeasible"),
    (Unbounded, 4, "unbounded"),
    (NothingFound, 6, "nothing_found"),
    (Interrupted, INTERRUPTED, "interrupted"),
    (PlannerError, 1, "failed"),
)

app = typer.Typer(
    help="Rare-earth sourcing under export-licence risk: one workbook in, a verified plan out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

WorkbookPath = Annotated[Path, typer.Argument(metavar="WORKBOOK", help="the case, an .xlsx file")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on standard output")]


def main() -> None:
    """The entry point of the command ``planner``."""
    app(prog_name="planner")


@app.command()
def check(workbook: WorkbookPath, as_json: AsJson = False) -> None:
    """Read a workbook, with each of its scenarios, and report every fault and warning."""
    with _endings(as_json):
        case = read_case(workbook)
        names = list(dict.fromkeys(row["scenario"] for row in case["scenarios"]))
        for name in names:
            apply_scenario(case, name)
        rows = {sheet: len(found) for sheet, found in case.sheets.items() if found}
        if as_json:
            _print_json(
                {
                    "status": "ok",
                    "name": case.name,
                    "fingerprint": case.fingerprint,
                    "rows": rows,
                    "scenarios": names,
                    "warnings": [_fault(fault) for fault in case.warnings],
                }
            )
            return
        _show_warnings(case)
        counted = ", ".join(f"{sheet} {count}" for sheet, count in rows.items())
        _wide_console(stderr=False).print(
            Text(f"{workbook.name} is a sound case. Rows: {counted}.")
        )
        if names:
            _wide_console(stderr=False).print(
                Text(f"Its scenarios are sound too: {', '.join(names)}.")
            )


@app.command()
def template(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="the file to write")] = Path(
        "template.xlsx"
    ),
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
) -> None:
    """Write a workbook with every sheet explained and an example row in each."""
    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{path}: a template is an .xlsx file; name it so.")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already. Name another file, or add --force.")
    _check_folder(path.parent)
    with _endings(as_json=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_template(path)
        _wide_console(stderr=False).print(
            Text(f"Written: {path}. Fill it in, then: planner check {path}")
        )


@app.command()
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
        float | None, typer.Option(min=0.1, metavar="SECONDS", help="longest search")
    ] = None,
    risk_weight: Annotated[
        float | None, typer.Option(min=0, max=1, help="weight of CVaR against expected cost")
    ] = None,
    write_mps: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the model as an MPS file too")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Solve a workbook into DIR/plan.xlsx. Ctrl-C keeps the best plan found so far."""
    with _endings(as_json):
        case = read_case(workbook, scenario)
        _check_targets(workbook, out / "plan.xlsx", write_mps)
        if not as_json:
            _show_warnings(case)
        options: dict[str, Any] = {"gap": gap, "time_limit": time_limit}
        options |= {"risk_weight": risk_weight, "write_mps": write_mps}
        plan = cli_explain.with_reason(case, lambda: _solve_listening(case, options))
        written = plan.to_excel(out / "plan.xlsx")
        if as_json:
            _print_json({**plan.summary, "file": str(written)})
        else:
            _wide_console(stderr=False).print(plan_words(plan, written))
    raise typer.Exit(_solve_code(plan.summary))


@app.command()
def verify(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="an exported plan.xlsx")],
    case: Annotated[
        Path | None,
        typer.Option(metavar="WORKBOOK", help="the case whose inputs must equal the plan's"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild every equation and the cost from an exported plan's tables, and say if it holds."""
    from planner.api import verify_file

    with _endings(as_json):
        verdict = verify_file(plan, case)
        if as_json:
            _print_json(asdict(verdict))
        else:
            rows = sum(found.rows for found in verdict.checks)
            words = "holds" if verdict.holds else "DOES NOT HOLD"
            _wide_console(stderr=False).print(
                Text(f"{plan.name} {words}: {rows:,} rows rebuilt, worst relative violation "
                     f"{verdict.worst:.1e} (allowed {verdict.tolerance:.0e}).")
            )  # fmt: skip
            for fault in verdict.faults:
                _wide_console(stderr=False).print(Text(f"  {fault}"))
    raise typer.Exit(0 if verdict.holds else NOT_VERIFIED)


def _solve_code(summary: Mapping[str, Any]) -> int:
    """The exit code of a solve that has a plan; one that does not hold is never a success."""
    if not summary["verified"]:
        return NOT_VERIFIED
    if summary["status"] == "optimal":
        return OPTIMAL
    return INTERRUPTED if summary["termination"] == "interrupted" else STOPPED


# ---- solving while listening


def _solve_listening(case: Case, options: Mapping[str, Any]) -> Plan:
    """Solve in a thread of its own, so that this one hears Ctrl-C at once."""
    from planner import api

    stop = threading.Event()
    ended: list[Plan | BaseException] = []
    console = Console(stderr=True)

    with console.status("Building the model ...") as line, _listening(stop, console):

        def show(progress: Progress) -> None:
            line.update(_progress_words(progress))

        def work() -> None:
            try:
                ended.append(
                    api.solve(
                        case, progress=show if console.is_terminal else None, stop=stop, **options
                    )
                )
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
    said = [progress.phase]
    if progress.incumbent is not None:
        said.append(f"best plan {musd(progress.incumbent)}")
    if progress.bound is not None:
        said.append(f"no plan below {musd(progress.bound)}")
    if progress.gap is not None and math.isfinite(progress.gap):
        said.append(f"gap {small_percent(progress.gap)}")
    return " · ".join([*said, f"{progress.seconds:.0f} s"])


@contextmanager
def _listening(stop: threading.Event, console: Console) -> Iterator[None]:
    """The first Ctrl-C asks the solver to stop with its best plan; the second ends at once."""

    def heard(_number: int, _frame: Any) -> None:
        if stop.is_set():
            # The solver's thread cannot be ended from outside and nothing is half-written yet.
            os._exit(INTERRUPTED)
        stop.set()
        console.print("Stopping at the best plan so far. Ctrl-C again ends without a plan.")

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can hear signals
        return
    before = signal.signal(signal.SIGINT, heard)
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


@contextmanager
def _endings(as_json: bool) -> Iterator[None]:
    """Turn the errors of the rooms below into plain words and an exit code."""
    try:
        yield
    except PlannerError as error:
        code, status = next((c, s) for kind, c, s in ENDINGS if isinstance(error, kind))
        faults = error.faults if isinstance(error, FaultyWorkbook) else ()
        if as_json:
            found = [_fault(fault) for fault in faults]
            _print_json({"status": status, "message": str(error), "faults": found})
        _say(error, faults)
        raise typer.Exit(code) from error
    except OSError as error:
        if as_json:
            _print_json({"status": "failed", "message": str(error), "faults": []})
        Console(stderr=True).print(Text(f"A file could not be read or written: {error}"))
        raise typer.Exit(3) from error
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None


def _say(error: PlannerError, faults: tuple[Fault, ...]) -> None:
    console = _wide_console(stderr=True)
    if faults:
        console.print(fault_table(faults, f"{len(faults)} to put right; nothing was written"))
    else:
        console.print(Text(str(error), style="red"))


def _show_warnings(case: Case) -> None:
    if case.warnings:
        _wide_console(stderr=True).print(
            fault_table(case.warnings, f"{len(case.warnings)} warnings")
        )


def _wide_console(*, stderr: bool) -> Console:
    """A console; a file or pipe has no width, so a table there gets room for its words."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=140)


def _check_folder(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot take a file."""
    standing = folder
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    if not standing.is_dir():
        raise typer.BadParameter(f"{standing} is a file, not a folder. Name another folder.")
    if not os.access(standing, os.W_OK | os.X_OK):
        raise typer.BadParameter(f"{standing} cannot be written to. Name another folder.")


def _fault(fault: Fault) -> dict[str, Any]:
    return {**asdict(fault), "where": fault.where}


def _print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; a number that JSON cannot say is null."""
    sys.stdout.write(json.dumps(_plain(content), ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Fault):
        return _fault(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return _plain(value.item())  # a number of numpy's
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    main()


def _check_targets(workbook: Path, plan: Path, mps: Path | None) -> None:
    """Refuse to write over the input, or an MPS file over anything else."""
    _check_folder(plan.parent)
    if plan.resolve() == workbook.resolve():
        raise typer.BadParameter(f"{plan} is the workbook itself. Name another folder with -o.")
    if mps is not None:
        _check_folder(mps.parent)
        if mps.suffix.lower() != ".mps" or mps.is_dir():
            raise typer.BadParameter(f"{mps} is no name for an MPS file. End it in .mps.")


def _spoken(command: Callable[..., None]) -> Callable[..., None]:
    """A command of another module, its errors said as plain words and its exit code."""

    @functools.wraps(command)
    def spoken(*arguments: Any, **options: Any) -> None:
        with _endings(as_json=options.get("as_json", False)):
            command(*arguments, **options)

    return spoken


for _command in (cli_batch.batch, cli_batch.sweep, cli_compare.compare, cli_compare.export):
    app.command()(_spoken(_command))
app.add_typer(cli_rules.rules_app(_endings), name="rules")
app.add_typer(cli_explain.explain_app(_spoken), name="explain")
