"""The upload guard: files that are refused before any parser sees them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from planner.case import guard, read_case
from planner.errors import CaseError, UnsafeFile
from tests.case.workbooks import good, write

_PARTS = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}


def archive(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return path


def refused(path: Path, word: str) -> None:
    with pytest.raises(UnsafeFile, match=word):
        guard(path)


def test_a_workbook_passes(tmp_path: Path) -> None:
    guard(write(tmp_path / "good.xlsx", good()))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no file"):
        read_case(tmp_path / "none.xlsx")


@pytest.mark.parametrize("name", ["case.xls", "case.xlsm", "case.csv", "case"])
def test_other_names(tmp_path: Path, name: str) -> None:
    refused(archive(tmp_path / name, _PARTS), "no .xlsx workbook")


def test_other_contents(tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    path.write_text("offer,site\n")
    refused(path, "not an Excel workbook")
    path.write_bytes(b"PK\x03\x04 and nothing that follows")
    refused(path, "damaged")


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    refused(archive(tmp_path / "case.xlsx", {"a.txt": "a"}), "no Excel workbook")


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "links to other workbooks"),
        ("xl/embeddings/oleObject1.bin", "embedded files"),
        ("xl/activeX/activeX1.bin", "ActiveX"),
    ],
)
def test_active_and_foreign_parts(tmp_path: Path, part: str, word: str) -> None:
    refused(archive(tmp_path / "case.xlsx", {**_PARTS, part: "x"}), word)


def test_too_many_parts(tmp_path: Path) -> None:
    parts = {**_PARTS, **{f"xl/part{number}.xml": "" for number in range(2_000)}}
    refused(archive(tmp_path / "case.xlsx", parts), "2,000 parts")


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "case.xlsx", {**_PARTS, "xl/sharedStrings.xml": b" " * 80 * 2**20})
    assert path.stat().st_size < 2**20
    refused(path, "zip bomb")


@pytest.mark.parametrize(
    "attack", [b'<!DOCTYPE a [<!ENTITY b "c">]>', "<!DOCTYPE a>".encode("utf-16-le")]
)
@pytest.mark.parametrize("before", [0, 2**18 - 3, 2**18 - 1])
def test_entities_are_found_across_the_borders_of_chunks(
    tmp_path: Path, attack: bytes, before: int
) -> None:
    content = b"x" * before + attack + b"<sst/>"
    refused(archive(tmp_path / "case.xlsx", {**_PARTS, "xl/strings.dat": content}), "entities")


@pytest.mark.parametrize("before", [0, 2**18 - 10])
def test_a_cell_in_the_last_row_of_excel(tmp_path: Path, before: int) -> None:
    sheet = "x" * before + '<row spans="1:9" r="1048576"><c r="A1048576"/></row>'
    path = archive(tmp_path / "case.xlsx", {**_PARTS, "xl/worksheets/sheet1.xml": sheet})
    refused(path, "row 1,048,576")


def test_the_reader_asks_the_guard_first(tmp_path: Path) -> None:
    path = write(tmp_path / "good.xlsx", good())
    with zipfile.ZipFile(path, "a") as archived:
        archived.writestr("xl/vbaProject.bin", "x")
    with pytest.raises(UnsafeFile):
        read_case(path)
