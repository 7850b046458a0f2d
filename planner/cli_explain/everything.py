"""`planner explain all`: every analysis of one plan, within one budget of seconds."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from planner.cli_endings import INTERRUPTED, STOPPED
from planner.cli_explain.infeasible import with_reason
from planner.cli_explain.shared import (
    AsJson,
    Gap,
    Out,
    Scenario,
    Source,
    Tell,
    check_out,
    opened,
    told,
    written,
)

if TYPE_CHECKING:
    from planner.analysis.everything import Ran, Step
    from planner.analysis.findings import Findings
    from planner.case import Case
    from planner.solve.answer import Answer
    from planner.solve.plan import Plan


@dataclass(frozen=True)
class _Depth:
    """How much each analysis asks: all that fits ten minutes on two cores. ``coarse``: the gap of variants
    that open or close much at once (None: the case's own); bounds say the rest."""

    coarse: float | None
    items: int
    offers: int
    few: int
    worlds: int
    trees: int
    plans: int
    points: int


#: Of a case that takes half a minute to solve, and of one that takes a second.
_LARGE = _Depth(0.05, items=4, offers=4, few=4, worlds=20, trees=2, plans=2, points=3)
_SMALL = _Depth(None, items=6, offers=6, few=8, worlds=100, trees=5, plans=4, points=7)


def all_(
    source: Source,
    scenario: Scenario = None,
    within: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="longest time for everything together")
    ] = 600.0,
    gap: Gap = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run every analysis in turn from one plan, each with its share of the time, and say what was not
    reached."""
    import time

    from planner.analysis.everything import Deadline, overview, run_all

    check_out(out, source)
    begun = time.monotonic()
    case, plan = opened(source, scenario)
    stop = threading.Event()
    ran: list[Ran] = []

    def each(one: Ran) -> None:
        ran.append(one)
        if not as_json:
            _say(one)

    with _stopping(stop), told("Explaining") as tell:
        left = within - (time.monotonic() - begun)
        plan, solved = _plan(case, plan, Deadline(left, stop), tell)
        steps = _steps(case, plan, solved, gap)
        run_all(steps, within - (time.monotonic() - begun), stop, tell, each)
    found = [overview(ran, within), *(one.findings for one in ran if one.findings is not None)]
    _hand_over(found, case, out, as_json=as_json)
    if stop.is_set():
        raise typer.Exit(INTERRUPTED)
    if any(one.state in ("no time", "in part") for one in ran):
        raise typer.Exit(STOPPED)


def _plan(case: Case, plan: Plan | None, stop: threading.Event, tell: Tell) -> tuple[Plan, Answer]:
    """The plan, solved only if the source has none, and its bases."""
    from planner.analysis.base import base_answer
    from planner.solve.run import Solver

    if plan is None:
        tell(0, 1, "solving the case")
        plan = with_reason(case, lambda: Solver().solve(case, stop=stop))
    tell(0, 1, "taking up the plan")
    return plan, base_answer(case, plan, stop=stop)


def _steps(case: Case, plan: Plan, solved: Answer, gap: float | None) -> list[Step]:
    """The most asked first; shares by what each takes on the shipped case."""
    from planner.analysis.alternatives import alternatives
    from planner.analysis.everything import Step
    from planner.analysis.frontier import Axis, frontier
    from planner.analysis.information import information
    from planner.analysis.licence_value import licence_values
    from planner.analysis.price_of_rules import price_of_rules
    from planner.analysis.regret import regret
    from planner.analysis.replay import replay
    from planner.analysis.sensitivity import sensitivity
    from planner.analysis.signposts import signposts
    from planner.analysis.survive import survive
    from planner.analysis.why import why
    from planner.report.playbook import playbook
    from planner.solve.highs import LARGE

    is_large = len(solved.problem.layout.arrays.cost) >= LARGE
    depth = _LARGE if is_large else _SMALL
    coarse = depth.coarse if gap is None else gap

    def book(seconds: float, stop: threading.Event, tell: Tell) -> Findings:
        posts = signposts(
            case,
            gap=coarse,
            offers=depth.offers,
            seconds=seconds,
            stop=stop,
            tell=tell,
            solved=solved,
        )
        return playbook(plan, [posts])

    def told_of(analysis: Any, **options: Any) -> Any:
        return lambda seconds, stop, tell: analysis(
            case, seconds=seconds, stop=stop, tell=tell, **options
        )

    return [
        Step("why", 10, told_of(why, gap=gap, unused=depth.items, used=depth.items, solved=solved)),
        Step("prices", 15, told_of(price_of_rules, gap=coarse, solved=solved)),
        Step("licences", 17, told_of(licence_values, gap=coarse, solved=solved)),
        Step("survive", 13, told_of(survive, gap=gap, solved=solved)),
        Step("playbook", 8, book),
        Step("information", 9, told_of(information, own_only=True, solved=solved)),
        Step("sensitivity", 14, told_of(sensitivity, gap=gap, few=depth.few, solved=solved)),
        Step(
            "replay", 7, told_of(replay, plan=plan, worlds=depth.worlds, replications=depth.trees)
        ),
        Step("alternatives", 7, told_of(alternatives, count=depth.plans, solved=solved)),
        Step(
            "frontier", 10, told_of(frontier, axis=Axis("cvar"), points=depth.points, solved=solved)
        ),
        Step("regret", 10, told_of(regret, solved=solved)),
    ]


def _say(one: Ran) -> None:
    """An analysis as soon as it has ended: its words; the tables are for the file."""
    console = Console()
    head = f"{one.name} · {one.state} · {one.seconds:,.0f} s, {one.cpu:,.0f} s of processor"
    console.print(Text(head, style="bold"))
    console.print(Text(f"  {one.reason}"))
    if one.findings is not None:
        for words in one.findings.sentences:
            console.print(Text(f"  - {words}"))
        for words in one.findings.cautions:
            console.print(Text(f"  ! {words}", style="yellow"))


def _hand_over(found: list[Findings], case: Case, out: Any, *, as_json: bool) -> None:
    from planner.report.terminal_findings import findings_words

    file = written(found, case, out) if out is not None else None
    if as_json:
        content = {"analyses": [one.as_json() for one in found], "file": str(file) if file else None}  # fmt: skip
        sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False, default=str) + "\n")  # fmt: skip
        return
    console = Console()
    wide = console if console.is_terminal else Console(width=140)
    wide.print(findings_words(found[0]))
    if file is not None:
        wide.print(Text(f"Written: {file}"))


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the analysis that runs with what it has; a second one ends at once."""

    def heard(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can hear signals
        return
    before = {which: signal.signal(which, heard) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
