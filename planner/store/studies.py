"""Analyses as jobs: each solves a case many times over, in the process and the turn of a full solve."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pandas as pd
from sqlalchemy import update

from planner.analysis.findings import Findings, FindingTable
from planner.store import codec
from planner.store.cases import Cases, found_row, now
from planner.store.database import Database
from planner.store.running import Watch, ended
from planner.store.settings import Settings
from planner.store.tables import FindingsRow, JobRow

#: Name of a study -> where its function is: (case, gap, seconds, stop, tell) -> Findings.
_FUNCTIONS = {
    "licences": ("planner.analysis.licence_value", "licence_values"),
    "survive": ("planner.analysis.survive", "survive"),
    "prices": ("planner.analysis.price_of_rules", "price_of_rules"),
}
STUDIES = tuple(_FUNCTIONS)
#: Seconds between two words on how far a study is.
_TELL_S = 0.5


def function_of(study: str) -> Callable[..., Findings]:
    """What works a study out; loaded here, since it brings the solver."""
    module, name = _FUNCTIONS[study]
    return getattr(import_module(module), name)


def run_study(database: Database, settings: Settings, cases: Cases, job_id: str) -> None:
    """Work out a study that is running, and write its end. Raises nothing.

    Its time limit is that of the whole study; what is known by then, or by a stop, stands.
    """
    with database.reading() as session:
        row = found_row(session, JobRow, job_id, "job")
        study, options = str(row.study), codec.unpacked_options(row.options)
        at = row.version_id, row.scenario, codec.unpacked_differences(row.differences)
    seconds = options.time_limit or 600.0

    def worked_out() -> bool:
        case = cases.load(*at)
        with Watch(database, settings, job_id, seconds) as watch:
            found = function_of(study)(
                case, gap=options.gap, seconds=seconds, stop=watch.stop,
                tell=_teller(database, job_id),
            )  # fmt: skip
            if watch.is_dropped:
                return False
            with database.writing() as session:
                session.add(FindingsRow(job_id=job_id, content=packed(found)))
        return True

    ended(database, job_id, worked_out)


def _teller(database: Database, job_id: str) -> Callable[[int, int, str], None]:
    """Writes how far a study is, now and then."""
    last = 0.0

    def tell(done: int, of: int, what: str) -> None:
        nonlocal last
        if time.monotonic() - last < _TELL_S:
            return
        last = time.monotonic()
        said = {"phase": f"{done} of {of}, {what}", "heartbeat": now()}
        with database.writing() as session:
            session.execute(update(JobRow).where(JobRow.id == job_id).values(**said))

    return tell


def packed(found: Findings) -> dict[str, Any]:
    """Findings as an object of JSON; a number that does not exist is null."""
    tables = [
        {
            "name": table.name,
            "meaning": table.meaning,
            "columns": list(map(str, table.frame.columns)),
        }
        for table in found.tables
    ]
    rows = found.as_json()["tables"]
    return {
        **found.as_json(),
        "tables": [
            {**table, "rows": [list(record.values()) for record in rows[table["name"]]]}
            for table in tables
        ],
    }


def unpacked(content: Mapping[str, Any]) -> Findings:
    """What ``packed`` packed."""
    tables = tuple(
        FindingTable(
            entry["name"], entry["meaning"],
            pd.DataFrame(entry["rows"], columns=pd.Index(entry["columns"])),
        )
        for entry in content["tables"]
    )  # fmt: skip
    return Findings(
        content["analysis"], content["title"], tuple(content["sentences"]), tables,
        tuple(content["cautions"]),
    )  # fmt: skip
