"""A disk that takes no more, for real: a limit on the size of files, and a small file system."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: In a process of its own: its workers are hired before no file of it may be longer than 60 kB, less
#: than a plan; then the same without the limit.
LIMITED = """
import resource, sys
from pathlib import Path
from planner.batch import Options, Processes, batch_runs, run_all
from planner.batch.task import Task

if __name__ == "__main__":
    out, books = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    task = Task(books[0].name, books[0].read_bytes(), None, (), "", Options())
    with Processes(1) as crew:
        crew.start("first", task)
        while not list(crew.finished(0.5)):
            pass
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
        limited = run_all(batch_runs(books, None), out, crew)
        files = sorted(path.name for path in out.rglob("*") if path.is_file())
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        free = run_all(batch_runs(books, None), out, crew)
    print(dict(limited.counts), limited.index["why"].iloc[0], files, dict(free.counts), sep="|")
"""

#: A file system with room for two plans and no more, then with room for all.
SMALL = """
mount -t tmpfs -o size=290k tmpfs "$OUT"
code=0; "$PYTHON" -m planner batch "$CASES" -o "$OUT" --workers 1 >"$KEPT/first.txt" 2>&1 || code=$?
cp -a "$OUT" "$KEPT/first"
mount -o remount,size=8m "$OUT"
"$PYTHON" -m planner batch "$CASES" -o "$OUT" --workers 1 >"$KEPT/second.txt" 2>&1
cp -a "$OUT" "$KEPT/second"
exit $code
"""


@pytest.mark.slow
def test_a_file_that_the_system_cuts_off_is_not_left_there(tutorial: Path, tmp_path: Path) -> None:
    script = tmp_path / "limited.py"
    script.write_text(LIMITED, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "out"), str(tutorial)],
        capture_output=True, text=True, check=True, timeout=300, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    limited, why, files, free = told.stdout.strip().split("|")
    assert limited == "{'failed': 1}" and "File too large" in why
    assert files == "['index.parquet', 'index.xlsx', 'log.txt']", "no plan, no draft, no record"
    assert free == "{'optimal': 1}"


@pytest.mark.slow
def test_a_full_file_system_loses_nothing(
    tutorial: Path, tmp_path: Path, program: Callable[[str], str]
) -> None:
    cases, out, kept = (tmp_path / name for name in ("cases", "out", "kept"))
    for folder in (cases, out, kept):
        folder.mkdir()
    for number in range(4):
        shutil.copy(tutorial, cases / f"case {number}.xlsx")
    told = subprocess.run(
        [program("unshare"), "--user", "--map-root-user", "--mount", "sh", "-ec", SMALL],
        capture_output=True, text=True, check=False, timeout=600, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable,
             "CASES": str(cases), "OUT": str(out), "KEPT": str(kept)},
    )  # fmt: skip
    said = (kept / "first.txt").read_text(encoding="utf-8")
    assert told.returncode in (1, 3), told.stderr + said
    assert "No space left on device" in said
    first, second = whole_runs(kept / "first"), whole_runs(kept / "second")
    assert 0 < len(first) < 4 and len(second) == 4
    assert "4 runs: 4 optimal." in (kept / "second.txt").read_text(encoding="utf-8")
    assert all(second[name] == stamp for name, stamp in first.items()), "what was done stayed"


def whole_runs(out: Path) -> dict[str, int]:
    """Runs that are done, and when their record was written. Nothing in the folder is half-written: no
    draft is left, and a plan is the one that its record tells of."""
    assert not [path for path in out.rglob("*") if path.name.startswith(".")]
    found = {}
    for record in out.glob("*/run.json"):
        told = json.loads(record.read_text(encoding="utf-8"))
        if told["plan_sha256"] is not None:
            plan = (record.parent / "plan.xlsx").read_bytes()
            assert hashlib.sha256(plan).hexdigest() == told["plan_sha256"]
            found[record.parent.name] = record.stat().st_mtime_ns
    return found
