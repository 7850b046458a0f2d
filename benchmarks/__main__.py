"""``python -m benchmarks quick|full [--rows build,certify] [--seeds 101,102] [--again]``.

Each task runs in a process of its own, one after the other. What a results file holds already is
left out, so that a long run can be stopped and taken up again; ``--again`` measures anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.catalogue import EXTENSIVE_FORM, PLANNER, full, quick
from benchmarks.generator import RECORD
from benchmarks.machine import described
from benchmarks.record import RESULTS, Record
from benchmarks.table import page
from benchmarks.task import MEASURES, Figures, Task

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "docs" / "benchmarks.md"
#: The peer may take so many times what the planner took, within these seconds.
_PEER_TIMES, _PEER_LEAST_S, _PEER_MOST_S = 12.0, 120.0, 3600.0
#: A process that has not ended so long after its time limit has failed [s].
_PATIENCE_S = 900.0


def main() -> None:
    """Measure what is asked and render what is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("quick", "full", "page"))
    parser.add_argument("--rows", type=lambda text: text.split(","), default=sorted(MEASURES))
    parser.add_argument("--seeds", type=lambda text: [int(s) for s in text.split(",")])
    parser.add_argument("--sizes", type=lambda text: text.split(","))
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    unknown = set(asked.rows) - set(MEASURES)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; known: {', '.join(MEASURES)}")
    record = Record(RESULTS / f"{'quick' if asked.kind == 'quick' else 'full'}.jsonl")
    if asked.kind != "page":
        tasks = quick() if asked.kind == "quick" else full(asked.seeds or RECORD)
        chosen = [
            task
            for task in tasks
            if task.row in asked.rows
            and (asked.seeds is None or task.seed in asked.seeds or task.size == "shipped")
            and (asked.sizes is None or task.size in asked.sizes)
        ]
        _measure(chosen, record, again=asked.again)
    text = page(record)
    if asked.kind == "quick":
        sys.stdout.write(text)
    else:
        _PAGE.write_text(text, encoding="utf-8")


def _measure(tasks: Sequence[Task], record: Record, *, again: bool) -> None:
    for number, task in enumerate(tasks, start=1):
        if task.key in record.by_key and not again:
            continue
        limited = _limited(task, record)
        sys.stderr.write(f"{number}/{len(tasks)} {limited.key}\n")
        record.add(_in_a_process(limited))


def _limited(task: Task, record: Record) -> Task:
    """The peer's time limit: a multiple of what the planner took on the same case."""
    if task.way != EXTENSIVE_FORM:
        return task
    ours = record.by_key.get(replace(task, way=PLANNER).key, {})
    wanted = _PEER_TIMES * float(ours.get("wall_s", task.options["time_limit"]))
    limit = round(min(max(wanted, _PEER_LEAST_S), _PEER_MOST_S))
    return replace(task, options={**task.options, "time_limit": limit})


def _in_a_process(task: Task) -> Figures:
    """The record of a task, with CPU seconds and memory of its whole process."""
    patience = _PATIENCE_S + 2 * float(task.options.get("time_limit", 0))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "task.json", Path(folder) / "record.json"
        source.write_text(json.dumps(asdict(task)), encoding="utf-8")
        child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "benchmarks.task", str(source), str(target)],
            cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        usage, status = _waited_for(child.pid, patience)
        said = child.stderr.read().decode(errors="replace")[-300:] if child.stderr else ""
        child.returncode = status  # it was waited for here
        if target.exists():
            entry: Figures = json.loads(target.read_text(encoding="utf-8"))
        else:
            error = f"the process ended with {status} and no record: {said}"
            entry = {**asdict(task), **described(), "error": error}
    return {**entry, **usage}


def _waited_for(pid: int, patience: float) -> tuple[Figures, int]:
    """What a process and those that it waited for used, and how it ended; killed when too late."""
    begun = time.monotonic()
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() - begun > patience:
            os.kill(pid, 9)
        time.sleep(0.05)
    used = {
        "process_cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "process_peak_mb": round(usage.ru_maxrss / 1024, 1),
    }
    return used, os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
