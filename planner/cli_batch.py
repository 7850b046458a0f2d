"""The commands for many runs: batch and sweep.

Exit codes: 0 every run has a plan that holds, 1 some have none (the index says why), 2 usage,
3 bad input, 130 interrupted. The errors of the rooms below are left to the caller to say.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from planner.cli_endings import INTERRUPTED
from planner.cli_targets import check_folder

if TYPE_CHECKING:
    from planner.batch import Options, Run, State, Summary
    from planner.batch.cluster import Cluster

SOME_FAILED = 1

Out = Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="folder of the index and the runs")]  # fmt: skip
Workers = Annotated[int | None, typer.Option(min=1, help="processes at once; one a core if not said")]  # fmt: skip
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="of a Dask scheduler, in place of processes: tcp://127.0.0.1:8786, tls://HOST:8786"),
]  # fmt: skip
Gap = Annotated[float | None, typer.Option(min=0, help="relative gap to prove, 0.01 = 1 %")]
TimeLimit = Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="longest time to build and search a run")]  # fmt: skip
RiskWeight = Annotated[float | None, typer.Option(min=0, max=1, help="weight of CVaR against expected cost")]  # fmt: skip


def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="workbooks, and folders of workbooks")],
    scenarios: Annotated[
        str | None,
        typer.Option(metavar="all|NAMES", help="each scenario of each workbook, or those named: 'a; b'"),
    ] = None,
    out: Out = Path("batch"),
    workers: Workers = None,
    scheduler: Scheduler = None,
    gap: Gap = None,
    time_limit: TimeLimit = None,
    risk_weight: RiskWeight = None,
) -> None:  # fmt: skip
    """Solve every workbook and scenario into DIR. A second call does what is missing or changed."""
    from planner.batch import Options, batch_runs, find_workbooks

    check_folder(out)
    runs = batch_runs(find_workbooks(paths, out), scenarios)
    _run(runs, out, Options(gap, time_limit, risk_weight), workers, scheduler)


def sweep(
    workbook: Annotated[Path, typer.Argument(metavar="WORKBOOK", help="the case, an .xlsx file")],
    vary: Annotated[
        list[str],
        typer.Option(metavar="SHEET[WHERE].COLUMN=VALUES", help="cells and their values: from:to:step, or a,b,c; *= scales, += adds; several --vary make a grid"),
    ],
    scenario: Annotated[str | None, typer.Option(metavar="NAME", help="a scenario of the workbook to vary")] = None,
    out: Out = Path("sweep"),
    workers: Workers = None,
    scheduler: Scheduler = None,
    gap: Gap = None,
    time_limit: TimeLimit = None,
    risk_weight: RiskWeight = None,
) -> None:  # fmt: skip
    """Solve a workbook over a grid of values, into one index with a chart."""
    from planner.batch import Options, parse_vary, sweep_runs

    check_folder(out)
    grid = sweep_runs(workbook, [parse_vary(text) for text in vary], scenario)
    if grid.moves:
        moved = "; ".join(grid.moves)
        Console(stderr=True).print(
            Text(f"So that probabilities sum to 1, these take the rest in proportion: {moved}.")
        )
    _run(grid.runs, out, Options(gap, time_limit, risk_weight), workers, scheduler)


def _run(
    runs: Sequence[Run], out: Path, options: Options, workers: int | None, scheduler: str | None
) -> None:
    from planner.batch import Processes, run_all

    if scheduler is not None and workers is not None:
        raise typer.BadParameter("The scheduler knows its workers; leave --workers out.")
    console = Console(stderr=True)
    hired = workers or os.cpu_count() or 1
    with (
        _cluster(scheduler) if scheduler is not None else Processes(hired) as crew,
        _shown(console) as watch,
    ):
        summary = run_all(runs, out, crew, options=options, watch=watch)
    _tell(summary)
    planned = summary.index["status"].isin(("optimal", "feasible"))
    if summary.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not (planned & summary.index["verified"].fillna(value=False)).all():
        raise typer.Exit(SOME_FAILED)


def _cluster(address: str) -> Cluster:
    from planner.batch.cluster import Cluster  # loads Dask, which few need

    return Cluster(address)


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[State], None]]:
    """A bar on standard error: how many of how many, what failed, what runs, time left."""
    bar = Progress(
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task("runs", total=None, words="")

        def watch(state: State) -> None:
            words = [f"{state.failed} failed"] if state.failed else []
            words += [f"{state.kept} kept"] if state.kept else []
            words += ["running " + ", ".join(state.running)] if state.running else []
            bar.update(task, total=state.total, completed=state.ended, words="; ".join(words))

        yield watch


def _tell(summary: Summary) -> None:
    """What became of the runs, the first reasons of failure, and where the index lies."""
    console = Console()
    counts = ", ".join(f"{count} {status}" for status, count in summary.counts.most_common())
    runs = len(summary.index)
    console.print(Text(f"{runs} run{'s' if runs != 1 else ''}: {counts}."))
    failed = summary.index[~summary.index["status"].isin(("optimal", "feasible", "not_run"))]
    for run, why in failed[["run", "why"]].head(10).itertuples(index=False, name=None):
        console.print(Text(f"  {run}: {why}"), style="yellow")
    if len(failed) > 10:
        console.print(f"  and {len(failed) - 10} more in the index")
    if summary.interrupted:
        console.print("Interrupted: what is done is kept; the same command does the rest.")
    console.print(Text(f"Index: {summary.index_file}"))
