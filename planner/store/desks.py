"""Desks: what one planner has open, with undo, and sheets edited but not yet a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.case import Difference, RawSheet
from planner.store.records import CaseVersion, Desk


class Desks:
    """Planners' work in progress; everything is saved as it is done."""

    def open(self, version_id: str, scenario: str | None = None) -> Desk:
        """A new desk on a version, under one of the workbook's scenarios if named."""
        raise NotImplementedError

    def get(self, desk_id: str) -> Desk:
        """The desk as it is now."""
        raise NotImplementedError

    def recent(self, limit: int = 10) -> tuple[Desk, ...]:
        """The desks used last, for an app that was opened without an address."""
        raise NotImplementedError

    def change(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        """Add differences, as one step of undo; one on the same sheet, where and column takes the
        place of the earlier one. Raises FaultyWorkbook, with nothing changed, where the case with
        them would be faulty."""
        raise NotImplementedError

    def remove(self, desk_id: str, differences: Sequence[Difference]) -> Desk:
        """Take some of the desk's differences away, as one step of undo."""
        raise NotImplementedError

    def reset(self, desk_id: str) -> Desk:
        """No differences, as one step of undo."""
        raise NotImplementedError

    def undo(self, desk_id: str) -> Desk:
        """One step back; nothing to undo changes nothing."""
        raise NotImplementedError

    def redo(self, desk_id: str) -> Desk:
        """One undone step again."""
        raise NotImplementedError

    def choose(self, desk_id: str, scenario: str | None) -> Desk:
        """Work from one of the workbook's scenarios, the differences on top, as one step of undo."""
        raise NotImplementedError

    def use(self, desk_id: str, scenario_id: str) -> Desk:
        """Take over a kept scenario's base and differences, as one step of undo."""
        raise NotImplementedError

    def move(self, desk_id: str, version_id: str) -> Desk:
        """Go to another version of the case, as one step of undo. Raises FaultyWorkbook where the
        desk's differences cannot be made there: reset or remove them first."""
        raise NotImplementedError

    def save_draft(self, desk_id: str, sheet: str, content: RawSheet) -> None:
        """Keep a sheet as it stands in the editor. Equal to the version's own: no draft any more."""
        raise NotImplementedError

    def drafts(self, desk_id: str) -> Mapping[str, RawSheet]:
        """The edited sheets; show these in place of the version's."""
        raise NotImplementedError

    def drop_draft(self, desk_id: str, sheet: str | None = None) -> None:
        """Forget the edits of a sheet, or of all."""
        raise NotImplementedError

    def commit(self, desk_id: str, note: str = "") -> CaseVersion:
        """Make the drafts a version (see ``Cases.edit``) and move the desk there, faults or not.

        Without drafts: the version as it is. The desk's differences stay if they can be made in
        the new version, else they are taken off, as one step of undo.
        """
        raise NotImplementedError
