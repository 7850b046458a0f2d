"""Desks: what one planner has open, with undo, and sheets edited but not yet a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from planner.case import Difference, RawSheet
from planner.case.notations import NotationError, where
from planner.errors import CaseError, FaultyWorkbook
from planner.store import codec
from planner.store.cases import Cases, found_row, new_id, now
from planner.store.database import Database
from planner.store.records import CaseVersion, Desk
from planner.store.tables import DeskRow, DraftRow, PlanRow, ScenarioRow, StepRow

#: Steps that can be undone.
_STEPS = 200


@dataclass(frozen=True)
class Position:
    """Where a desk stands: what a step of undo brings back."""

    version_id: str
    scenario: str | None
    differences: tuple[Difference, ...]


class Desks:
    """Planners' work in progress; everything is saved as it is done."""

    def __init__(self, database: Database, cases: Cases) -> None:
        self._database, self._cases = database, cases

    def open(self, version_id: str, scenario: str | None = None) -> Desk:
        """A new desk on a version, under one of the workbook's scenarios if named."""
        version = self._cases.version(version_id)
        if scenario is not None:
            self._cases.load(version_id, scenario)
        with self._database.writing() as session:
            desk = DeskRow(id=new_id(), case_id=version.case_id, step=0, created=now(), used=now())
            session.add(desk)
            session.flush()
            session.add(_step(desk.id, 0, Position(version_id, scenario, ())))
            session.flush()
            return _desk(session, desk)

    def get(self, desk_id: str) -> Desk:
        """The desk as it is now."""
        with self._database.reading() as session:
            return _desk(session, found_row(session, DeskRow, desk_id, "desk"))

    def recent(self, limit: int = 10) -> tuple[Desk, ...]:
        """The desks used last, for an app that was opened without an address."""
        with self._database.reading() as session:
            rows = session.scalars(select(DeskRow).order_by(DeskRow.used.desc()).limit(limit))
            return tuple(_desk(session, row) for row in rows)

    def change(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        """Add differences, as one step of undo; one on the same sheet, where and column takes the
        place of the earlier one. Raises FaultyWorkbook, with nothing changed, where the case with
        them would be faulty."""
        new = {_place(difference) for difference in differences}

        def added(at: Position) -> Position:
            kept = [old for old in at.differences if _place(old) not in new]
            return replace(at, differences=(*kept, *differences))

        return self._go(desk_id, added)

    def remove(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        """Take some of the desk's differences away, as one step of undo."""
        return self._go(
            desk_id,
            lambda at: replace(
                at, differences=tuple(old for old in at.differences if old not in differences)
            ),
        )

    def reset(self, desk_id: str) -> Desk:
        """No differences, as one step of undo."""
        return self._go(desk_id, lambda at: replace(at, differences=()))

    def choose(self, desk_id: str, scenario: str | None) -> Desk:
        """Work from one of the workbook's scenarios, the differences on top, as one step of undo.

        Raises UnknownScenario, FaultyWorkbook.
        """
        return self._go(desk_id, lambda at: replace(at, scenario=scenario))

    def use(self, desk_id: str, scenario_id: str) -> Desk:
        """Take over a kept scenario's base and differences, as one step of undo."""
        with self._database.reading() as session:
            kept = found_row(session, ScenarioRow, scenario_id, "scenario")
            base, case_id = kept.base, kept.case_id
            differences = codec.unpacked_differences(kept.differences)
        if case_id != self.get(desk_id).case_id:
            raise CaseError(f"The scenario '{kept.name}' belongs to another case.")
        return self._go(desk_id, lambda at: replace(at, scenario=base, differences=differences))

    def move(self, desk_id: str, version_id: str) -> Desk:
        """Go to another version of the case, as one step of undo. Raises FaultyWorkbook where the
        desk's differences cannot be made there: reset or remove them first."""
        if self._cases.version(version_id).case_id != self.get(desk_id).case_id:
            raise CaseError("That version belongs to another case: open it on a desk of its own.")
        return self._go(desk_id, lambda at: replace(at, version_id=version_id))

    def undo(self, desk_id: str) -> Desk:
        """One step back; nothing to undo changes nothing."""
        return self._stand(desk_id, -1)

    def redo(self, desk_id: str) -> Desk:
        """One undone step again."""
        return self._stand(desk_id, +1)

    def save_draft(self, desk_id: str, sheet: str, content: RawSheet) -> None:
        """Keep a sheet as it stands in the editor. Equal to the version's own: no draft any more."""
        content = codec.plain_sheet(content)
        own = self._cases.sheets(self.get(desk_id).version_id).get(sheet, RawSheet((), ()))
        if content == codec.plain_sheet(own):
            self.drop_draft(desk_id, sheet)
            return
        with self._database.writing() as session:
            _use(found_row(session, DeskRow, desk_id, "desk"))
            packed = codec.packed_sheets({sheet: content})
            session.merge(DraftRow(desk_id=desk_id, sheet=sheet, content=packed, saved=now()))

    def drafts(self, desk_id: str) -> Mapping[str, RawSheet]:
        """The edited sheets; show these in place of the version's."""
        with self._database.reading() as session:
            rows = session.scalars(select(DraftRow).where(DraftRow.desk_id == desk_id))
            return {row.sheet: codec.unpacked_sheets(row.content)[row.sheet] for row in rows}

    def drop_draft(self, desk_id: str, sheet: str | None = None) -> None:
        """Forget the edits of a sheet, or of all."""
        dropped = delete(DraftRow).where(DraftRow.desk_id == desk_id)
        with self._database.writing() as session:
            session.execute(dropped if sheet is None else dropped.where(DraftRow.sheet == sheet))

    def commit(self, desk_id: str, note: str = "") -> CaseVersion:
        """Make the drafts a version (see ``Cases.edit``) and move the desk there, faults or not.

        Without drafts: the version as it is. The desk's differences stay if they can be made in
        the new version, else they are taken off, as one step of undo.
        """
        drafts = self.drafts(desk_id)
        version = self._cases.edit(self.get(desk_id).version_id, drafts, note)

        def moved(at: Position) -> Position:
            there = replace(at, version_id=version.id)
            try:
                self._check(there)
            except CaseError:
                return Position(version.id, None, ())
            return there

        self._go(desk_id, moved)
        # An edit made while the version was written stays a draft.
        for sheet, content in drafts.items():
            if self.drafts(desk_id).get(sheet) == content:
                self.drop_draft(desk_id, sheet)
        return version

    def _check(self, at: Position) -> None:
        """Raises where the case of a position would be faulty; a version with faults is let be."""
        if self._cases.version(at.version_id).is_sound:
            self._cases.load(at.version_id, at.scenario, at.differences)
        elif at.differences or at.scenario:
            raise FaultyWorkbook(self._cases.version(at.version_id).faults)

    def _go(self, desk_id: str, how: Callable[[Position], Position]) -> Desk:
        """One step on, checked before it is made; what another tab did meanwhile is not lost."""
        while True:
            with self._database.reading() as session:
                desk = found_row(session, DeskRow, desk_id, "desk")
                number, old = desk.step, position(step_of(session, desk))
            new = how(old)
            if new != old:
                self._check(new)
            with self._database.writing() as session:
                desk = found_row(session, DeskRow, desk_id, "desk")
                if desk.step != number or position(step_of(session, desk)) != old:
                    continue
                _use(desk)
                if new != old:
                    of_desk = StepRow.desk_id == desk_id
                    too_far = (StepRow.number > number) | (StepRow.number <= number - _STEPS)
                    session.execute(delete(StepRow).where(of_desk & too_far))
                    desk.step = number + 1
                    session.add(_step(desk_id, number + 1, new))
                    session.flush()
                    _find_answer(session, desk)
                return _desk(session, desk)

    def _stand(self, desk_id: str, by: int) -> Desk:
        with self._database.writing() as session:
            desk = found_row(session, DeskRow, desk_id, "desk")
            if session.get(StepRow, (desk_id, desk.step + by)) is not None:
                desk.step += by
            _use(desk)
            session.flush()
            _find_answer(session, desk)
            return _desk(session, desk)


def step_of(session: Session, desk: DeskRow) -> StepRow:
    """The step at which a desk stands."""
    step = session.get(StepRow, (desk.id, desk.step))
    assert step is not None  # a desk begins with a step, and only others are deleted
    return step


def position(row: StepRow) -> Position:
    """Where a step stands."""
    return Position(row.version_id, row.scenario, codec.unpacked_differences(row.differences))


def is_made_for(plan: PlanRow, at: Position) -> bool:
    """Whether a plan answers what is asked at a position."""
    solved = codec.unpacked_differences(plan.differences)
    return is_same(Position(plan.version_id or "", plan.scenario, solved), at)


def is_same(one: Position, other: Position) -> bool:
    """Whether the same is asked; the order of differences does not count."""
    in_order = [
        replace(at, differences=tuple(sorted(at.differences, key=repr))) for at in (one, other)
    ]
    return in_order[0] == in_order[1]


def _step(desk_id: str, number: int, at: Position) -> StepRow:
    return StepRow(
        desk_id=desk_id, number=number, version_id=at.version_id, scenario=at.scenario,
        differences=codec.packed_differences(at.differences),
    )  # fmt: skip


def _place(difference: Difference) -> tuple[str, object, str]:
    """The cells that a difference means, however its conditions are written."""
    try:
        conditions: object = frozenset(where(difference.where)) if difference.where else None
    except NotationError:
        conditions = difference.where  # the check says what is wrong with it
    return difference.sheet, conditions, difference.column


def _find_answer(session: Session, desk: DeskRow) -> None:
    """A desk that comes back to where it was solved has that answer again."""
    at = position(step_of(session, desk))
    own = select(PlanRow).where(PlanRow.desk_id == desk.id).order_by(PlanRow.created.desc())
    found = next((plan for plan in session.scalars(own) if is_made_for(plan, at)), None)
    if found is not None:
        desk.answer = found.id


def _use(desk: DeskRow) -> None:
    desk.used = now()


def _desk(session: Session, row: DeskRow) -> Desk:
    at = position(step_of(session, row))
    drafts = select(DraftRow.sheet).where(DraftRow.desk_id == row.id).order_by(DraftRow.sheet)
    plan = session.get(PlanRow, row.answer) if row.answer else None
    return Desk(
        id=row.id, case_id=row.case_id, version_id=at.version_id, scenario=at.scenario,
        differences=at.differences,
        can_undo=session.get(StepRow, (row.id, row.step - 1)) is not None,
        can_redo=session.get(StepRow, (row.id, row.step + 1)) is not None,
        drafts=tuple(session.scalars(drafts)), job=row.job, answer=plan.id if plan else None,
        is_stale=plan is not None and not is_made_for(plan, at), used=row.used,
    )  # fmt: skip
