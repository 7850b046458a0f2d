"""Uploads, edits, and names that would like to be paths or markup."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from planner.case import RawSheet
from planner.errors import CaseError, FaultyWorkbook, PlannerError, UnsafeFile
from planner.store import ChangedElsewhere, Desk, NotKept, Settings, Store
from planner.store.cases import Cases

from .conftest import DENIED


def _changed(content: bytes, sheet: str, cell: str, value: object) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    book[sheet][cell].value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_upload_is_a_case_with_a_version(store: Store, tutorial: bytes) -> None:
    version = store.cases.upload("tutorial.xlsx", tutorial)
    assert (version.number, version.origin, version.is_sound) == (1, "upload", True)
    assert store.cases.content(version.id) == tutorial
    assert store.cases.load(version.id).fingerprint == version.fingerprint
    assert store.cases.sheets(version.id) == store.cases.load(version.id).raw
    assert [entry.latest for entry in store.cases.list()] == [version]
    assert store.cases.upload("again.xlsx", tutorial) == version


@pytest.mark.parametrize(
    "name", ["../../x.xlsx", "<script>alert(1)</script>.xlsx", "..\\..\\x.xlsx"]
)
def test_a_name_is_text_and_never_a_path(
    store: Store, settings: Settings, tutorial: bytes, tmp_path: Path, name: str
) -> None:
    content = _changed(tutorial, "settings", "B2", name)
    version = store.cases.upload(name, content)
    assert version.case_name == name
    assert "/" not in version.file_name and "\\" not in version.file_name
    here = {path.name for path in tmp_path.rglob("*")}
    assert here <= {"store", "logs", "planner.sqlite", "planner.sqlite-wal", "planner.sqlite-shm"}


def test_faults_are_kept_with_the_version_and_its_sheets_can_be_mended(
    store: Store, tutorial: bytes
) -> None:
    version = store.cases.upload("bad.xlsx", _changed(tutorial, "offers", "A2", None))
    assert not version.is_sound
    assert [fault.cell for fault in version.faults if fault.sheet == "offers"] == ["A2"]
    with pytest.raises(FaultyWorkbook):
        store.cases.load(version.id)
    desk = store.desks.open(version.id)
    offers = store.cases.sheets(version.id)["offers"]
    mended = RawSheet(offers.header, (("mended", *offers.rows[0][1:]), *offers.rows[1:]))
    store.desks.save_draft(desk.id, "offers", mended)
    after = store.desks.commit(desk.id, "A name")
    assert after.is_sound and after.parent == version.id and after.number == 2
    assert store.desks.get(desk.id).version_id == after.id
    assert store.cases.load(after.id)["offers"][0]["offer"] == "mended"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("case.xls", b"PK\x03\x04", UnsafeFile),
        ("case.xlsx", b"not a workbook", UnsafeFile),
        ("case.xlsx", b"", UnsafeFile),
    ],
)
def test_what_is_no_workbook_is_refused_and_not_kept(
    store: Store, name: str, content: bytes, error: type[PlannerError]
) -> None:
    with pytest.raises(error, match=name):
        store.cases.upload(name, content)
    assert store.cases.list() == ()


def test_a_zip_that_is_no_workbook_inside_is_refused(store: Store) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    with pytest.raises(FaultyWorkbook):
        store.cases.upload("broken.xlsx", out.getvalue())


def test_reading_is_bounded_in_time_and_memory(store: Store, settings: Settings) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("numbers")
    for row in range(3_000):
        sheet.append([row * 60.5 + column for column in range(60)])
    out = io.BytesIO()
    book.save(out)
    for limit, words in ({"read_time": 0.01}, "within"), ({"read_memory": 60}, "MB of memory"):
        cases = Cases(store._database, replace(settings, **limit))
        with pytest.raises(CaseError, match=words):
            cases.upload("large.xlsx", out.getvalue())


def test_an_edit_is_checked_like_an_upload(store: Store, tutorial: bytes) -> None:
    version = store.cases.upload("tutorial.xlsx", tutorial)
    offers = store.cases.sheets(version.id)["offers"]
    twice = RawSheet(offers.header, (*offers.rows, offers.rows[0]))
    after = store.cases.edit(version.id, {"offers": twice})
    assert [fault.kind for fault in after.faults] == ["duplicate-key"]
    assert after.faults[0].cell == f"A{len(twice.rows) + 1}"
    assert store.cases.version(version.id).is_sound
    without = store.cases.edit(version.id, {"sources": RawSheet((), ())})
    assert "sources" not in store.cases.sheets(without.id)
    assert store.cases.edit(version.id, {"offers": offers}) == store.cases.version(version.id)
    with pytest.raises(CaseError, match="no sheet 'offres'"):
        store.cases.edit(version.id, {"offres": offers})


def test_notes_are_not_written_over_unseen(store: Store, desk: Desk) -> None:
    entry = store.cases.get(desk.case_id)
    named = store.cases.describe(entry.id, entry.revision, name="Base", notes="100 % sure_")
    assert (named.name, named.notes) == ("Base", "100 % sure_")
    with pytest.raises(ChangedElsewhere):
        store.cases.describe(entry.id, entry.revision, name="Other", notes="")


def test_a_search_takes_words_as_they_are(store: Store, desk: Desk) -> None:
    entry = store.cases.get(desk.case_id)
    store.cases.describe(entry.id, entry.revision, name="Base", notes="100 % sure")
    store.desks.change(desk.id, DENIED)
    store.scenarios.save(desk.id, "<b>Denied_more</b>")
    assert [found.kind for found in store.search("base")] == ["case"]
    assert [found.name for found in store.search("% sure")] == ["Base"]
    assert [found.name for found in store.search("denied_")] == ["<b>Denied_more</b>"]
    assert store.search("_") == store.search("denied_") and store.search("nowhere") == ()


def test_a_case_is_deleted_with_what_belongs_to_it(store: Store, desk: Desk) -> None:
    store.delete_case(desk.case_id)
    assert store.cases.list() == ()
    for ask in (store.desks.get, store.cases.version):
        with pytest.raises(NotKept):
            ask(desk.id)
