"""Scenarios: named lists of differences that are kept. One never changes; it gets a next number."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from planner.errors import CaseError
from planner.store import codec
from planner.store.cases import found_row, new_id, now
from planner.store.database import Database
from planner.store.desks import step_of
from planner.store.records import Scenario
from planner.store.tables import DeskRow, ScenarioRow


class Scenarios:
    """What planners named."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, desk_id: str, name: str, notes: str = "") -> Scenario:
        """Keep the desk's differences under a name; the same name again makes its next number."""
        if not name.strip():
            raise CaseError("Give the scenario a name.")
        with self._database.writing() as session:
            desk = found_row(session, DeskRow, desk_id, "desk")
            step = step_of(session, desk)
            same = (ScenarioRow.case_id == desk.case_id) & (ScenarioRow.name == name.strip())
            last = session.scalar(select(func.max(ScenarioRow.number)).where(same))
            row = ScenarioRow(
                id=new_id(), case_id=desk.case_id, version_id=step.version_id, name=name.strip(),
                number=(last or 0) + 1, base=step.scenario, differences=step.differences,
                notes=notes, created=now(),
            )  # fmt: skip
            session.add(row)
            return _scenario(row)

    def list(self, case_id: str) -> tuple[Scenario, ...]:
        """The latest number of each name, by name."""
        of_case = select(ScenarioRow).where(ScenarioRow.case_id == case_id)
        with self._database.reading() as session:
            rows = session.scalars(of_case.order_by(ScenarioRow.name, ScenarioRow.number))
            latest = {row.name: _scenario(row) for row in rows}
        return tuple(latest.values())

    def get(self, scenario_id: str) -> Scenario:
        """One of them, of any number."""
        with self._database.reading() as session:
            return _scenario(found_row(session, ScenarioRow, scenario_id, "scenario"))

    def delete(self, scenario_id: str) -> None:
        """Take one away."""
        with self._database.writing() as session:
            session.execute(delete(ScenarioRow).where(ScenarioRow.id == scenario_id))


def _scenario(row: ScenarioRow) -> Scenario:
    return Scenario(
        id=row.id, case_id=row.case_id, version_id=row.version_id, name=row.name,
        number=row.number, base=row.base,
        differences=codec.unpacked_differences(row.differences), notes=row.notes,
        created=row.created,
    )  # fmt: skip
