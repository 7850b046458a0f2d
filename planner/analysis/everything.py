"""All analyses of one plan within one budget of seconds: each gets its share of what is left.

What one leaves over the next ones have. An analysis ends by itself with what it found by its deadline; a
solve that runs on beyond it is stopped. A stop from outside ends the one that runs, with what it has,
and leaves out the others. Nothing is left out in silence: the overview has a row for each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.analysis.findings import Findings, FindingTable
from planner.analysis.resolving import Tell
from planner.errors import CaseError, Interrupted, NoPlan, NothingFound

#: A solve may run on beyond the deadline of its analysis by so much [s].
_OVERTIME_S = 5.0
#: With less left an analysis is not begun [s].
_LEAST_S = 1.0


class Deadline(threading.Event):
    """A stop that comes by itself ``seconds`` from now, or with another one."""

    def __init__(self, seconds: float, other: threading.Event) -> None:
        super().__init__()
        self._at, self._other = time.monotonic() + seconds, other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set() or time.monotonic() >= self._at


@dataclass(frozen=True)
class Step:
    """One analysis: ``run`` gets seconds, a stop and a listener; ``share`` is its weight beside others."""

    name: str
    share: float
    run: Callable[[float, threading.Event, Tell], Findings]


@dataclass(frozen=True)
class Ran:
    """``state``: done, in part (its cautions say what is missing), no time, stopped, or no question of this
    case (``reason`` says why). ``cpu`` of all threads."""

    name: str
    state: str
    seconds: float = 0.0
    cpu: float = 0.0
    reason: str = ""
    findings: Findings | None = None


def run_all(
    steps: Sequence[Step],
    seconds: float,
    stop: threading.Event,
    tell: Tell,
    each: Callable[[Ran], None] = lambda _: None,
) -> list[Ran]:
    """Every step in turn; ``each`` hears of it as soon as it has ended. Raises Infeasible and the like
    as the steps do."""
    deadline = time.monotonic() + seconds
    done: list[Ran] = []
    for at, step in enumerate(steps):
        left = deadline - time.monotonic()
        share = step.share / sum(other.share for other in steps[at:])
        ran = _run(step, left * share, stop, tell)
        done.append(ran)
        each(ran)
    return done


def _run(step: Step, seconds: float, stop: threading.Event, tell: Tell) -> Ran:
    if stop.is_set() or seconds < _LEAST_S:
        return Ran(step.name, "stopped" if stop.is_set() else "no time", reason="not begun")
    begun, cpu = time.monotonic(), time.process_time()
    findings, state, reason = None, "done", ""

    def told(done: int, of: int, what: str) -> None:
        tell(done, of, f"{step.name}: {what}")

    try:
        findings = step.run(seconds, Deadline(seconds + _OVERTIME_S, stop), told)
        reason = findings.title
        if any("time was" in words.lower() for words in findings.cautions):
            state = "in part"
    except CaseError as error:
        state, reason = "not asked", str(error)
    except (NothingFound, Interrupted) as error:
        state, reason = ("stopped" if stop.is_set() else "no time"), str(error)
    except NoPlan as error:
        state, reason = "failed", str(error)
    spent, used = time.monotonic() - begun, time.process_time() - cpu
    return Ran(step.name, state, spent, used, reason, findings)


def overview(ran: Sequence[Ran], seconds: float) -> Findings:
    """What was asked, what came of it, how long it took."""
    done = [one for one in ran if one.findings is not None]
    missing = [one for one in ran if one.findings is None]
    rows = [
        (one.name, one.state, one.reason, round(one.seconds, 1), round(one.cpu, 1)) for one in ran
    ]
    table = FindingTable.of(
        "analyses", "Each analysis: how it ended, what it found, and what it took",
        ("analysis", "state", "found", "wall_s", "cpu_s"), rows,
    )  # fmt: skip
    cautions = [f"{one.name}: {one.state}. {one.reason}" for one in missing]
    cautions += [
        f"{one.name}: {caution}" for one in done if one.findings is not None
        for caution in one.findings.cautions
    ]  # fmt: skip
    whole = sum(one.state == "done" for one in ran)
    spent = sum(one.seconds for one in ran)
    return Findings(
        "all",
        f"{whole} of {len(ran)} analyses came to their end, {len(done) - whole} in part, within "
        f"{spent:,.0f} of {seconds:,.0f} s",
        tuple(f"{one.name}: {one.reason}" for one in done),
        (table,),
        tuple(cautions),
    )
