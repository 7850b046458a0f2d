"""A workbook that keeps every digit, keeps text as text, and replaces the old file only when whole.

The writer's own number format has 16 significant digits; a float needs up to 17 to come back the
same, and a plan must verify from its file as it did in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.case.whole import draft_of
from planner.errors import PlanFileError

#: Every office program has it or a font of the same widths.
FONT = "Arial"
NAVY = "#1F3A5F"
PALE = "#E8EDF3"
#: The longest text that a cell can hold; a longer one would be cut without a word.
LONGEST_TEXT = 32_767


class ExactSheet(Worksheet):
    """A sheet whose numbers are written with as many digits as bring back the same float."""

    def _xml_number_element(
        self, number: float, attributes: Sequence[tuple[str, Any]] = ()
    ) -> None:
        written = "".join(f' {name}="{value}"' for name, value in attributes)
        exact = (
            number if type(number) is int else float(number)
        )  # numpy's write themselves otherwise
        self.fh.write(f"<c{written}><v>{exact!r}</v></c>")


class Book:
    """An open workbook and its formats, each made once."""

    def __init__(self, path: Path) -> None:
        self.file = xlsxwriter.Workbook(
            str(path),
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_format_properties": {"font_name": FONT, "font_size": 10},
            },
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """The format with these properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(properties)
        return self._formats[key]

    def chart(self, **kind: str) -> Any:
        """A new native chart, not yet in a sheet; the writer declares no common type of charts."""
        return self.file.add_chart(kind)

    @property
    def header(self) -> Format:
        """White on navy, wrapped: explicit, since not every program draws table styles."""
        return self.format(
            bold=True, font_color="#FFFFFF", bg_color=NAVY, text_wrap=True, valign="top", border=1
        )

    def sheet(self, name: str) -> Worksheet:
        """A new sheet that prints landscape on A4, one page wide."""
        sheet = self.file.add_worksheet(name, worksheet_class=ExactSheet)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&RPage &P of &N")
        return sheet


@contextmanager
def new_book(path: Path) -> Iterator[Book]:
    """A book that takes the place of ``path`` when the block ends well, and leaves no trace else.

    Raises PlanFileError, in words, if the folder cannot be written to.
    """
    with draft_of(path) as draft:
        book = Book(draft)
        yield book
        try:
            book.file.close()
        except FileCreateError as error:
            raise OSError(*error.args) from error


def text(value: str, place: str) -> str:
    """``value``, if a cell can hold it; ``place`` says where it was to stand."""
    if len(value) > LONGEST_TEXT:
        raise PlanFileError(
            f"{place}: a text of {len(value):,} characters does not fit into a cell, "
            f"which holds {LONGEST_TEXT:,}. Shorten it in the workbook and solve again."
        )
    return value
