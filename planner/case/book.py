"""The Excel file itself: raw cells with their places, merged cells, formulas never calculated."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from planner.case.case import RawSheet
from planner.case.cells import Uncalculated
from planner.errors import Fault, FaultyWorkbook

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^>]*ref="([A-Z]+\d+)[:"]')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_CALC_ON_LOAD = re.compile(rb'fullCalcOnLoad="(?:1|true)"')

#: What openpyxl raises on a file that is a zip archive but no sound workbook.
_UNREADABLE = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, SyntaxError,
    zipfile.BadZipFile, zlib.error, InvalidFileException,
)  # fmt: skip


@dataclass(frozen=True)
class RawBook:
    """Sheets in the order of the workbook; ``merged[sheet]`` are the first cells of merged ranges."""

    sheets: dict[str, RawSheet]
    merged: dict[str, list[str]]


def ours(sheet: str) -> bool:
    """Whether a sheet holds results that we wrote: no input, skipped without a warning."""
    return sheet == "Summary" or sheet.startswith("plan_")


def read_book(path: Path) -> RawBook:
    """All input sheets of a workbook that has passed the guard.

    Raises FaultyWorkbook when Excel's own parts of the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive, _opened(path, values=True) as book:
            calculates = bool(_CALC_ON_LOAD.search(archive.read("xl/workbook.xml")))
            sheets: dict[str, RawSheet] = {}
            merged: dict[str, list[str]] = {}
            for worksheet in book.worksheets:
                name = str(worksheet.title)
                if ours(name):
                    continue
                xml = archive.read(worksheet._worksheet_path)
                merged[name] = [ref.decode() for ref in _MERGED.findall(xml)]
                cells = _cells(worksheet)
                if _FORMULA.search(xml):
                    _mark_uncalculated(path, name, cells, zero_is_none=calculates)
                sheets[name] = _raw_sheet(cells)
    except _UNREADABLE as error:
        fault = Fault(
            "unreadable", path.name, None, f"a file that is no sound workbook ({error})",
            "an Excel workbook (.xlsx)", "Open it in Excel and save it as .xlsx anew.",
        )  # fmt: skip
        raise FaultyWorkbook([fault]) from error
    return RawBook(sheets, merged)


@contextmanager
def _opened(path: Path, *, values: bool) -> Generator[Any]:
    with warnings.catch_warnings():
        # openpyxl warns of drop-downs and styles that it does not keep: we only read values.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(path, read_only=True, data_only=values)
        try:
            yield book
        finally:
            book.close()


def _cells(worksheet: Any) -> list[list[Any]]:
    # The size that the file states may be wrong; without it every row is read as it stands.
    worksheet.reset_dimensions()
    return [list(row) for row in worksheet.iter_rows(values_only=True)]


def _mark_uncalculated(
    path: Path, sheet: str, cells: list[list[Any]], *, zero_is_none: bool
) -> None:
    """Put an Uncalculated where a formula has no stored value.

    A workbook that asks Excel to calculate everything on loading was never calculated: some
    writers store 0 in such formulas, so there a 0 is no value either.
    """
    with _opened(path, values=False) as book:
        for stored, written in zip(cells, _cells(book[sheet]), strict=True):
            for index, formula in enumerate(written):
                value = stored[index]
                unknown = value is None or (zero_is_none and value in (0, 0.0))
                if unknown and isinstance(formula, str) and formula.startswith("="):
                    stored[index] = Uncalculated(formula)


def _raw_sheet(cells: list[list[Any]]) -> RawSheet:
    while cells and all(cell is None for cell in cells[-1]):
        cells.pop()
    header = tuple("" if cell is None else str(cell) for cell in cells[0]) if cells else ()
    return RawSheet(header, tuple(tuple(row) for row in cells[1:]))
