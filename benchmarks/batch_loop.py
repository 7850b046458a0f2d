"""``python -m benchmarks.batch_loop [COUNT]``: a folder solved by one batch, and by a loop.

The folder holds copies of the tutorial whose demand differs from copy to copy. The loop calls
`planner solve` once a workbook, one after the other, as a shell script does; the batch is one
`planner batch`. Both write every plan. Clock seconds depend on what else the machine does; CPU
seconds are those of the command with all its processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import openpyxl

from benchmarks.machine import commit, cpu_model

_ROOT = Path(__file__).parents[1]
_TUTORIAL = _ROOT / "inputs" / "tutorial.xlsx"
_COUNT = 200
_COMMAND = "from planner.cli import app; app()"


def main() -> None:
    """Measure both ways and say what they took, as rows of a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=_COUNT)
    count: int = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        books = _copies(count, home / "cases")
        batch = _timed([["batch", str(home / "cases"), "-o", str(home / "batch")]])
        again = _timed([["batch", str(home / "cases"), "-o", str(home / "batch")]])
        loop = _timed(
            [["solve", str(book), "-o", str(home / "loop" / book.stem)] for book in books]
        )
        _same(books, home)
    say = sys.stdout.write
    say(f"{count} workbooks; {cpu_model()}, {os.cpu_count()} cores, {commit()}, {time.strftime('%d %B %Y')}\n\n")  # fmt: skip
    say(
        "| way | clock s | CPU s | clock s a workbook | CPU s a workbook |\n|---|---|---|---|---|\n"
    )
    ways = {"`planner batch`": batch, "the same again, nothing changed": again, "loop over `planner solve`": loop}  # fmt: skip
    for way, (clock, cpu) in ways.items():
        say(f"| {way} | {clock:.0f} | {cpu:.0f} | {clock / count:.2f} | {cpu / count:.2f} |\n")


def _copies(count: int, folder: Path) -> list[Path]:
    """The tutorial with its demand at 0.5 to 1.5 times what it says."""
    folder.mkdir()
    found = []
    for number in range(count):
        book = openpyxl.load_workbook(_TUTORIAL)
        sheet = book["demand"]
        column = next(cell.column for cell in sheet[1] if cell.value == "demand_t_per_year")
        for row in range(2, sheet.max_row + 1):
            amount = sheet.cell(row, column).value
            if isinstance(amount, (int, float)):
                sheet.cell(row, column, amount * (0.5 + number / count))
        found.append(folder / f"case {number:03}.xlsx")
        book.save(found[-1])
    return found


def _timed(commands: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Clock and CPU seconds of commands, one after the other; each must end well."""
    clock, cpu = time.perf_counter(), _spent()
    for arguments in commands:
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", _COMMAND, *arguments],
            cwd=_ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return time.perf_counter() - clock, _spent() - cpu


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _same(books: Sequence[Path], home: Path) -> None:
    """Both ways have a plan for every workbook; a faster way that leaves one out is none."""
    plans = {len(list((home / way).rglob("plan.xlsx"))) for way in ("batch", "loop")}
    if plans != {len(books)}:
        raise SystemExit(f"plans written: {plans}, workbooks: {len(books)}")


if __name__ == "__main__":
    main()
