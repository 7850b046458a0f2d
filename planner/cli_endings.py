"""How every command ends: errors as plain words, an exit code, one JSON object where asked.

Results go to standard output, all else to standard error.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from planner.errors import Fault, FaultyWorkbook, PlannerError

OPTIMAL, NOT_VERIFIED, BAD_FILE, STOPPED, INTERRUPTED = 0, 1, 3, 5, 130

#: The exit code of each ending without a result, by the status of its error.
EXIT_CODES: Mapping[str, int] = {
    "failed": 1,
    "bad_input": BAD_FILE,
    "bad_plan_file": BAD_FILE,
    "infeasible": 4,
    "unbounded": 4,
    "nothing_found": 6,
    "interrupted": INTERRUPTED,
}


@contextmanager
def endings(as_json: bool) -> Iterator[None]:
    """Turn the errors of the rooms below into plain words and an exit code."""
    try:
        yield
    except PlannerError as error:
        faulty = error if isinstance(error, FaultyWorkbook) else FaultyWorkbook([])
        if as_json:
            found, remarks = (
                [fault_entry(fault) for fault in part] for part in (faulty.faults, faulty.warnings)
            )
            ending = {"status": error.status, "message": str(error)}
            print_json({**ending, "faults": found, "warnings": remarks})
        _say(error, faulty)
        raise typer.Exit(EXIT_CODES[error.status]) from error
    except OSError as error:
        if as_json:
            print_json({"status": "failed", "message": str(error), "faults": [], "warnings": []})
        Console(stderr=True).print(Text(f"A file could not be read or written: {error}"))
        raise typer.Exit(BAD_FILE) from error
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None


def spoken(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose errors are said as plain words and its exit code."""

    @functools.wraps(command)
    def said(*arguments: Any, **options: Any) -> None:
        with endings(as_json=options.get("as_json", False)):
            command(*arguments, **options)

    return said


def _say(error: PlannerError, faulty: FaultyWorkbook) -> None:
    if faulty.faults:
        show_warnings(faulty.warnings)
        _table(faulty.faults, f"{len(faulty.faults)} to put right; nothing was written")
    else:
        wide_console(stderr=True).print(Text(str(error), style="red"))


def show_warnings(warnings: Sequence[Fault]) -> None:
    """The remarks on a workbook, on standard error."""
    if warnings:
        _table(warnings, f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}")


def _table(faults: Sequence[Fault], title: str) -> None:
    from planner.report.terminal_faults import fault_table

    wide_console(stderr=True).print(fault_table(faults, title))


def wide_console(*, stderr: bool) -> Console:
    """A console; a file or pipe has no width, so a table there gets room for its words."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=140)


def say(words: str) -> None:
    """One line of result on standard output, as it is: nothing in it is markup."""
    wide_console(stderr=False).print(Text(words))


def fault_entry(fault: Fault) -> dict[str, Any]:
    """A fault or warning as JSON has it."""
    return {**asdict(fault), "where": fault.where}


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; a number that JSON cannot say is null."""
    sys.stdout.write(json.dumps(_plain(content), ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Fault):
        return fault_entry(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        return _plain(value.item())  # a number of numpy's
    return None if isinstance(value, float) and not math.isfinite(value) else value
