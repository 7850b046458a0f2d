"""The folder of a batch: one folder a run, each file whole or absent.

``run.json`` is written last and says what the plan beside it answers: without it the run is not
done, whatever else lies there.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.batch.runs import Run
from planner.batch.task import Answer
from planner.case.whole import draft_of

log = logging.getLogger(__name__)

RECORD, PLAN, LOG = "run.json", "plan.xlsx", "log.txt"
#: Endings that the same question would meet again; all others are tried anew.
FINAL = ("optimal", "feasible", "bad_input", "infeasible", "unbounded")


@dataclass(frozen=True)
class Done:
    """What an earlier call left: the row of the index and the workbook's scenarios."""

    row: dict[str, Any]
    scenarios: tuple[str, ...]


def kept(out: Path, run: Run, fingerprint: str) -> Done | None:
    """The answer that lies in the run's folder, if it is whole and answers this very question."""
    folder = out / run.folder
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        plan = record["plan_sha256"]
        if record["fingerprint"] != fingerprint or record["row"]["status"] not in FINAL:
            return None
        if plan is not None and _sha256((folder / PLAN).read_bytes()) != plan:
            log.warning("%s is not the file that was written; the run is done again", folder / PLAN)
            return None
        return Done(record["row"], tuple(record["scenarios"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s); the run is done again", folder / RECORD, error)
        return None


def keep(out: Path, run: Run, fingerprint: str, found: Answer) -> None:
    """Write what a run gave, the record last.

    Raises OSError or PlanFileError where the disk does not take it.
    """
    folder = out / run.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)  # from here to the end the run is not done
    write_whole(folder / LOG, found.log.encode())
    if found.plan is None:
        (folder / PLAN).unlink(missing_ok=True)
    else:
        write_whole(folder / PLAN, found.plan)
    record = {
        "fingerprint": fingerprint,
        "workbook": str(run.workbook),
        "scenario": run.scenario,
        "varied": list(run.varied),
        "plan_sha256": None if found.plan is None else _sha256(found.plan),
        "scenarios": list(found.scenarios),
        "row": found.row,
    }
    write_whole(folder / RECORD, json.dumps(record, indent=1, ensure_ascii=False).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, on the disk when this returns.

    Raises PlanFileError where the disk does not take it.
    """
    with draft_of(path) as draft, draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
