"""The store as one object."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from planner.errors import PlannerError
from planner.store.cases import Cases
from planner.store.database import Database
from planner.store.desks import Desks
from planner.store.jobs import Jobs
from planner.store.plans import Plans
from planner.store.records import Found
from planner.store.scenarios import Scenarios
from planner.store.settings import Settings, read_settings
from planner.store.tables import CaseRow, JobRow, PlanRow, ScenarioRow, VersionRow

FoundKind = Literal["case", "scenario", "plan"]


class Store:
    """Everything that is kept, by room."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._database = Database(settings)
        self.cases = Cases(self._database, settings)
        self.scenarios = Scenarios(self._database)
        self.desks = Desks(self._database, self.cases)
        self.plans = Plans(self._database, settings, self.cases)
        self.jobs = Jobs(self._database, settings, self.cases)

    def search(
        self,
        text: str,
        kinds: Collection[FoundKind] = ("case", "scenario", "plan"),
        limit: int = 50,
    ) -> tuple[Found, ...]:
        """What holds all words of ``text`` in its name, notes or inputs' names, newest first."""
        words = text.split()
        with self._database.reading() as session:
            found = [hit for kind in kinds for hit in _hits(session, kind, words, limit)]
        return tuple(sorted(found, key=lambda hit: hit.created, reverse=True)[:limit])

    def delete_case(self, case_id: str) -> None:
        """Take a case away with its versions, scenarios, desks, jobs and unnamed answers.

        Kept plans stay, with their files. Raises PlannerError while a job of it is under way.
        """
        for plan in self.plans.list(case_id=case_id):
            self.plans.workbook(plan.id)
        with self._database.writing() as session:
            versions = select(VersionRow.id).where(VersionRow.case_id == case_id)
            under_way = JobRow.state.in_(("queued", "running"))
            of_case = select(JobRow.id).where(JobRow.version_id.in_(versions), under_way)
            if session.scalars(of_case).first() is not None:
                raise PlannerError("A solve of this case is under way; cancel it first.")
            unnamed = (PlanRow.case_id == case_id) & PlanRow.kept.is_(False)
            session.execute(delete(PlanRow).where(unnamed))
            session.execute(delete(CaseRow).where(CaseRow.id == case_id))

    def backup(self, target: Path) -> Path:
        """Write a whole copy of the database while it is in use; ``target`` must not exist."""
        return self._database.backup(target)

    def close(self) -> None:
        """Give the connections back; workers go on."""
        self._database.close()


def open_store(settings: Settings | None = None) -> Store:
    """Open the store, made or brought up to date where needed; settings from the environment."""
    return Store(settings or read_settings())


def new_run_id() -> str:
    """An id for one click, to be made where the click is, once."""
    return secrets.token_urlsafe(12)


def _hits(session: Session, kind: FoundKind, words: list[str], limit: int) -> Iterator[Found]:
    table: type[Any] = {"case": CaseRow, "scenario": ScenarioRow, "plan": PlanRow}[kind]
    wanted = select(table).order_by(table.created.desc()).limit(limit)
    if kind == "case":
        inputs = select(VersionRow.case_id).where(VersionRow.case_id == CaseRow.id)
        for word in words:
            holds = inputs.where(_holds(VersionRow.words, word)).exists()
            wanted = wanted.where(
                or_(_holds(CaseRow.name, word), _holds(CaseRow.notes, word), holds)
            )
    else:
        texts = [table.name, table.notes, *([PlanRow.words] if kind == "plan" else [])]
        wanted = wanted.where(
            and_(True, *(or_(*(_holds(column, word) for column in texts)) for word in words))
        )
        if kind == "plan":
            wanted = wanted.where(PlanRow.kept)
    for row in session.scalars(wanted):
        case_id = row.id if kind == "case" else row.case_id
        yield Found(kind, row.id, case_id, row.name, row.notes, row.created)


def _holds(column: Any, word: str) -> Any:
    """A word found as it is: `%` and `_` are letters like others."""
    return func.lower(column).contains(word.lower(), autoescape=True)
