"""Reading a workbook that somebody gave us, in a process of its own with limits.

The guard refuses what is known to be harmful; a parser can still be kept busy or filled up by what
is not. The child may be killed at any moment: it writes one file, as a whole, into a folder that
goes away with it. Run as ``python -m planner.store.reading KIND FOLDER``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from planner.case import RawSheet, guard
from planner.case.assemble import assemble
from planner.case.book import read_book
from planner.case.guard import MAX_FILE_BYTES
from planner.case.rows import type_book
from planner.errors import CaseError, Fault, FaultyWorkbook, PlanFileError, PlannerError, UnsafeFile
from planner.store import codec
from planner.store.settings import Settings

#: The name of every workbook on disk: users' names stay text.
_BOOK, _ANSWER, _SHEETS = "workbook.xlsx", "answer.json", "sheets"
#: Sheets whose names a search in the library looks for, and their columns of names.
_NAMED = {"materials": "material", "sites": "site", "offers": "offer", "projects": "project",
          "licences": "licence"}  # fmt: skip


@dataclass(frozen=True)
class CaseRead:
    """What a workbook says; ``fingerprint`` None where ``faults`` stop it."""

    name: str
    fingerprint: str | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    scenarios: tuple[str, ...]
    words: str
    sheets: Mapping[str, RawSheet]


@dataclass(frozen=True)
class PlanRead:
    """What a plan's file says; ``faults`` are what its verification found."""

    summary: Mapping[str, Any]
    faults: tuple[str, ...]


def shown_name(file_name: str) -> str:
    """The last part of a name that a browser sent, whichever way its slashes lean."""
    return PurePosixPath(file_name.replace("\\", "/")).name or "workbook"


def stem(file_name: str) -> str:
    """What a workbook without a name of its own is called."""
    return PurePosixPath(shown_name(file_name)).stem


def read_case_apart(file_name: str, content: bytes, settings: Settings) -> CaseRead:
    """Read a workbook in a child; a readable one with faults comes back with them.

    Raises UnsafeFile, FaultyWorkbook (no workbook at all), CaseError beyond the limits.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = _ask("case", file_name, content, Path(folder), settings)
        sheets = codec.unpacked_sheets((Path(folder) / _SHEETS).read_bytes())
    return CaseRead(
        name=found["name"] or stem(file_name),
        fingerprint=found["fingerprint"],
        faults=codec.unpacked_faults(found["faults"]),
        warnings=codec.unpacked_faults(found["warnings"]),
        scenarios=tuple(found["scenarios"]),
        words=found["words"],
        sheets=sheets,
    )


def read_plan_apart(file_name: str, content: bytes, settings: Settings) -> PlanRead:
    """Read and verify an exported plan in a child; raises as above, and PlanFileError."""
    with tempfile.TemporaryDirectory() as folder:
        found = _ask("plan", file_name, content, Path(folder), settings)
    return PlanRead(found["summary"], tuple(found["faults"]))


def _ask(
    kind: Literal["case", "plan"], file_name: str, content: bytes, folder: Path, settings: Settings
) -> dict[str, Any]:
    name = shown_name(file_name)
    if not name.lower().endswith(".xlsx"):
        raise UnsafeFile(f"{name} is no .xlsx workbook by its name: save it as .xlsx.")
    if len(content) > MAX_FILE_BYTES:
        raise UnsafeFile(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB.")
    (folder / _BOOK).write_bytes(content)
    command = [sys.executable, "-P", "-m", "planner.store.reading", kind, str(folder)]
    environment = {**os.environ, **settings.environment()}
    try:
        child = subprocess.run(  # noqa: S603 - this very interpreter, a module of ours
            command, env=environment, timeout=settings.read_time, check=False,
            stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CaseError(
            f"{name} could not be read within {settings.read_time:g} s. Remove sheets and rows that "
            "hold no data, or set PLANNER_STORE_READ_TIME."
        ) from None
    if not (folder / _ANSWER).is_file():
        told = child.stderr.decode(errors="replace")
        raise CaseError(_no_answer(name, child.returncode, told, settings))
    found = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
    if "error" in found:
        raise _raised(found, name)
    return found


def _no_answer(name: str, code: int, told: str, settings: Settings) -> str:
    if code < 0 or "MemoryError" in told:
        return (
            f"{name} needs more than {settings.read_memory} MB of memory to be read. Remove sheets "
            "and rows that hold no data, or set PLANNER_STORE_READ_MEMORY."
        )
    why = told.strip().splitlines()[-1] if told.strip() else f"its reader ended with {code}"
    return f"{name} could not be read: {why}."


def _raised(found: Mapping[str, Any], name: str) -> PlannerError:
    if found["error"] == "FaultyWorkbook":
        return FaultyWorkbook(codec.unpacked_faults(found["faults"]))
    kinds = {"UnsafeFile": UnsafeFile, "PlanFileError": PlanFileError}
    return kinds.get(found["error"], CaseError)(found["text"].replace(_BOOK, name))


# --- in the child -----------------------------------------------------------------------------


def _read_case(folder: Path) -> dict[str, Any]:
    file = folder / _BOOK
    guard(file)
    book = read_book(file)
    (folder / _SHEETS).write_bytes(codec.packed_sheets(book.sheets))
    found: dict[str, Any] = {
        "name": "", "fingerprint": None, "faults": [], "warnings": [], "scenarios": [], "words": "",
    }  # fmt: skip
    try:
        case = assemble(type_book(book), "")
    except FaultyWorkbook as error:
        return {**found, "faults": codec.packed_faults(error.faults)}
    names = {str(row[column]) for sheet, column in _NAMED.items() for row in case[sheet]}
    return {
        **found,
        "name": case.name,
        "fingerprint": case.fingerprint,
        "warnings": codec.packed_faults(case.warnings),
        "scenarios": list(dict.fromkeys(row["scenario"] for row in case["scenarios"])),
        "words": "\n".join(sorted(names)),
    }


def _read_plan(folder: Path) -> dict[str, Any]:
    from planner.api import verify_file
    from planner.report.plan_file import read_plan

    plan = read_plan(folder / _BOOK)
    verdict = verify_file(folder / _BOOK)
    faults = [] if verdict.holds else list(verdict.faults) or ["The plan does not hold."]
    return {"summary": codec.plain_summary(plan.summary), "faults": faults}


def _limit_memory(megabytes: int) -> None:
    import resource

    limit = megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(kind: str, folder: Path) -> None:
    """Read what is in the folder and leave the answer beside it."""
    _limit_memory(int(os.environ["PLANNER_STORE_READ_MEMORY"]))
    try:
        found = _read_case(folder) if kind == "case" else _read_plan(folder)
    except FaultyWorkbook as error:
        found = {"error": "FaultyWorkbook", "faults": codec.packed_faults(error.faults)}
    except PlannerError as error:
        found = {"error": type(error).__name__, "text": str(error)}
    draft = folder / f".{_ANSWER}"
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(folder / _ANSWER)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
