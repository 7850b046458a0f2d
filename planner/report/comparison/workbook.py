"""A document as a workbook: a first page that says why, then a sheet a section with every row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from planner.report.book import FONT, NAVY, PALE, Book, new_book, text
from planner.report.document import (
    LABELS,
    NUMBER_FORMATS,
    Cell,
    Chart,
    Document,
    Look,
    Section,
    Series,
    Table,
    axis_start,
    stacked_parts,
    waterfall,
)
from planner.report.summary_page import GOOD, WARN

_LAST = 7
#: Height of a chart in rows of the usual 20 pixels.
_CHART_ROWS = 19
#: Columns of the usual width that a chart covers.
_CHART_COLUMNS = 10
#: Letters of the widest column; a longer text goes on in the next line.
_WIDEST = 48


def write_workbook(document: Document, path: Path) -> None:
    """Write the workbook; an older file stays until the new one is whole.

    Raises PlanFileError if it cannot be written.
    """
    with new_book(path) as book:
        _first_page(book, document)
        for section in document.sections[document.front :]:
            _Sheet(book, section).draw()
        _facts(book, document)


def _first_page(book: Book, document: Document) -> None:
    sheet = book.sheet(document.kind.capitalize())
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 1)
    front = document.sections[: document.front]
    widths = _widths([table for section in front for table in section.tables])
    widths += [18] * (_LAST + 1 - len(widths))
    widths[0] = max(widths[0], 36)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    line = int(sum(widths[: _LAST + 1]) * 0.95)
    title = book.format(bold=True, font_size=18, font_color=NAVY, text_wrap=True, valign="vcenter")
    _span(sheet, 0, document.title, title)
    sheet.set_row(0, 26 * -(-len(document.title) * 2 // line))
    colour = GOOD if document.sound else WARN
    look = book.format(bg_color=colour, text_wrap=True, valign="vcenter", indent=1)
    _span(sheet, 1, document.status, look)
    sheet.set_row(1, 16 * -(-len(document.status) // line) + 4)
    row = 3
    if document.tiles:
        tiles = Table((("What", "text"), ("", "text")), document.tiles)
        row = _write_table(book, sheet, tiles, row, widths) + 1
    for section in front:
        row = _front(book, sheet, section, row, widths) + 1
    note = book.format(font_size=8, font_color="#44546A", text_wrap=True, valign="top")
    _span(sheet, row, document.footer, note)
    sheet.set_row(row, 12 * -(-len(document.footer) // 190))


def _front(book: Book, sheet: Worksheet, section: Section, row: int, widths: Sequence[int]) -> int:
    """A section of the first page; returns the row below it."""
    heading = book.format(bold=True, font_size=12, font_color=NAVY, bottom=2)
    _span(sheet, row, section.title, heading)
    body = book.format(text_wrap=True, valign="top", font_size=11)
    for words in section.words:
        row += 1
        _span(sheet, row, f"• {words}" if len(section.words) > 1 else words, body)
        sheet.set_row(row, 16 * -(-len(words) // int(sum(widths[: _LAST + 1]) * 0.95)))
    row += 1
    for table in section.tables:
        row = _write_table(book, sheet, table, row, widths)
    return row


def _span(sheet: Worksheet, row: int, words: str, look: Any) -> None:
    """Text over all columns of the page; a merge writes its own text, and as text only."""
    sheet.merge_range(row, 0, row, _LAST, "", look)
    sheet.write_string(row, 0, text(words, f"{sheet.get_name()} row {row + 1}"), look)


class _Sheet:
    """One section: title, words, tables below one another, charts to the right with their cells."""

    def __init__(self, book: Book, section: Section) -> None:
        self.book = book
        self.section = section
        self.sheet = book.sheet(section.name)
        self.right = max((len(table.columns) for table in section.tables), default=1) + 1

    def draw(self) -> None:
        title = self.book.format(bold=True, font_size=14, font_color=NAVY)
        self.sheet.write_string(0, 0, text(self.section.title, self.section.name), title)
        row = 1
        for words in self.section.words:
            self.sheet.write_string(row, 0, words, self.book.format(font_color="#44546A"))
            row += 1
        widths = _widths(self.section.tables)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        if len(self.section.tables) == 1:
            self.sheet.freeze_panes(row + 1, 0)
            self.sheet.repeat_rows(row)
        for table in self.section.tables:
            row = _write_table(self.book, self.sheet, table, row, widths) + 1
        below = drawn = 1
        for chart in self.section.charts:
            drawn = below + _CHART_ROWS - 2
            below = self._chart(chart, below)
        if self.section.charts:  # on paper without the cells that a chart draws from
            self.sheet.print_area(0, 0, max(row, drawn), self.right + _CHART_COLUMNS)

    def _chart(self, chart: Chart, row: int) -> int:
        """Draw a chart and, below it, the cells that it draws from; returns the row below."""
        place = (row + _CHART_ROWS + 1, self.right)
        note = self.book.format(font_size=8, font_color="#44546A")
        self.sheet.write_string(place[0] - 1, place[1], "The chart draws from these cells.", note)
        draw = _steps if chart.kind == "steps" else _columns
        native, last = draw(self.book, self.sheet, chart, place)
        native.set_size({"width": 640, "height": 20 * (_CHART_ROWS - 1)})
        native.set_chartarea({"border": {"none": True}})
        self.sheet.insert_chart(row, self.right, native, {"description": chart.title[:250]})
        return last + 2


def _widths(tables: Sequence[Table]) -> list[int]:
    """Columns as wide as the longest text in any of the tables, within reason; in letters."""
    widths: list[int] = []
    for column in range(max((len(table.columns) for table in tables), default=0)):
        texts = [10]
        for table in tables:
            if column < len(table.columns):
                cells = (row[column] for row in table.rows)
                texts += [len(cell) for cell in cells if isinstance(cell, str)]
                texts.append(len(table.columns[column][0]))
        widths.append(min(max(texts) + 2, _WIDEST))
    return widths


_NATIVE = {"bars": ("bar", "clustered"), "stacked": ("column", "percent_stacked"),
           "waterfall": ("column", "stacked")}  # fmt: skip
_FONT = {"name": FONT, "size": 9}
_GRID = {"visible": True, "line": {"color": "#E3E7EC"}}


def _columns(book: Book, sheet: Worksheet, chart: Chart, place: tuple[int, int]) -> tuple[Any, int]:
    """A chart over categories: those in the first column, one column a series."""
    falls = chart.kind == "waterfall"
    parts: Sequence[Series] = stacked_parts(waterfall(chart)) if falls else chart.series
    head, left = place
    _write_block(book, sheet, place, chart.categories, parts)
    kind, subtype = _NATIVE[chart.kind]
    native = book.chart(type=kind, subtype=subtype)
    last = head + len(chart.categories)
    for column, series in enumerate(parts, start=left + 1):
        fill = (
            {"fill": {"color": series.colour}}
            if series.colour
            else {"fill": {"none": True}, "border": {"none": True}}
        )
        native.add_series({
            "name": [sheet.name, head, column],
            "categories": [sheet.name, head + 1, left, last, left],
            "values": [sheet.name, head + 1, column, last, column], "gap": 50, **fill,
            **({"data_labels": {"value": True, "num_format": LABELS[series.name],
                                "font": {**_FONT, "color": "#FFFFFF" if series.name == "total" else "#000000"}}}
               if falls and series.name in LABELS else {}),
        })  # fmt: skip
    start = axis_start(waterfall(chart)) if falls else 0.0
    unit = f"{chart.unit}, axis from {start:g}" if start else chart.unit
    values: dict[str, Any] = {
        "name": unit,
        "name_font": _FONT,
        "num_font": _FONT,
        "major_gridlines": _GRID,
    }
    if chart.kind == "stacked":
        values["num_format"] = "0%"
    if start:
        values["min"] = start
    native.set_x_axis({"num_font": _FONT, "label_position": "low"})
    native.set_y_axis(values)
    if len(parts) == 1:
        native.set_legend({"none": True})
    else:
        unseen = {"delete_series": [0]} if falls else {}
        native.set_legend({"position": "bottom", "font": _FONT, **unseen})
    return native, last


def _steps(book: Book, sheet: Worksheet, chart: Chart, place: tuple[int, int]) -> tuple[Any, int]:
    """Lines over numbers: two columns a series, its xs and its values."""
    native = book.chart(type="scatter", subtype="straight")
    head, left = place
    for number, series in enumerate(chart.series):
        column = left + 2 * number
        own = (head, column)
        _write_block(book, sheet, own, series.xs, (series,))
        last = head + len(series.xs)
        native.add_series({
            "name": [sheet.name, head, column + 1],
            "categories": [sheet.name, head + 1, column, last, column],
            "values": [sheet.name, head + 1, column + 1, last, column + 1],
            "line": {"color": series.colour, "width": 2.25}, "marker": {"type": "none"},
        })  # fmt: skip
    native.set_x_axis(
        {"name": chart.unit, "name_font": _FONT, "num_font": _FONT, "num_format": "#,##0.0"}
    )
    native.set_y_axis({"name": "probability of costing at least that", "name_font": _FONT, "num_font": _FONT,
                       "num_format": "0%", "min": 0, "max": 1, "major_gridlines": _GRID})  # fmt: skip
    native.set_legend({"position": "bottom", "font": _FONT})
    return native, head + max(len(series.xs) for series in chart.series)


def _write_block(
    book: Book,
    sheet: Worksheet,
    place: tuple[int, int],
    first: Sequence[str] | Sequence[float],
    parts: Sequence[Series],
) -> None:
    """The cells of a chart: its categories or xs, then a column a series."""
    head, left = place
    look, numbers = (
        book.format(bg_color=PALE, font_size=9),
        book.format(font_size=9, num_format="#,##0.00"),
    )
    for row, value in enumerate(first, start=head + 1):
        if isinstance(value, str):
            sheet.write_string(row, left, value, book.format(font_size=9))
        else:
            sheet.write_number(row, left, value, numbers)
    for column, series in enumerate(parts, start=left + 1):
        sheet.write_string(head, column, series.name, look)
        for row, value in enumerate(series.values, start=head + 1):
            sheet.write_number(row, column, value, numbers)


def _write_table(
    book: Book, sheet: Worksheet, table: Table, row: int, widths: Sequence[int]
) -> int:
    """Write every row of a table, as high as its longest text needs in columns of ``widths``
    letters; returns the row below it."""
    for column, (title, _) in enumerate(table.columns):
        sheet.write_string(row, column, text(title, str(sheet.get_name())), book.header)
    most = max(-(-(len(title) + 2) // width) for (title, _), width in zip(table.columns, widths, strict=False))  # fmt: skip
    sheet.set_row(row, 4 + 14 * most)
    for place, cells in enumerate(table.rows):
        strong = place in table.strong
        lines = 1
        for column, (cell, (_, look)) in enumerate(zip(cells, table.columns, strict=True)):
            _write_cell(book, sheet, (row + 1 + place, column), cell, look, strong=strong)
            if isinstance(cell, str):
                lines = max(lines, -(-len(cell) // widths[column]))
        if lines > 1:
            sheet.set_row(row + 1 + place, 15 * lines)
    return row + 1 + len(table.rows)


def _write_cell(
    book: Book, sheet: Worksheet, place: tuple[int, int], cell: Cell, look: Look, *, strong: bool
) -> None:
    """Every digit stays; the format says how many are seen. Money goes from kUSD to MUSD."""
    more: dict[str, Any] = {"bold": True, "top": 1} if strong else {}
    if cell is None:
        sheet.write_blank(*place, None, book.format(**more))
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell, book.format(**more))
    elif isinstance(cell, str):
        words = text(cell, f"{sheet.get_name()} row {place[0] + 1}")
        sheet.write_string(
            *place,
            words,
            book.format(text_wrap=len(cell) > 18, valign="top", indent=min(place[1], 1), **more),
        )
    elif isinstance(cell, date):
        moment = datetime(cell.year, cell.month, cell.day)  # the writer takes no plain date
        look_of_day = book.format(num_format="yyyy-mm-dd", align="left", **more)
        sheet.write_datetime(*place, moment, look_of_day)
    else:
        value = cell / 1000 if look in ("musd", "signed_musd") else cell
        sheet.write_number(
            *place, value, book.format(num_format=NUMBER_FORMATS[look], valign="top", **more)
        )


def _facts(book: Book, document: Document) -> None:
    sheet = book.sheet("Facts")
    widths = [14, *[_WIDEST] * (len(document.facts.columns) - 1)]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    _write_table(book, sheet, document.facts, 0, widths)
    sheet.freeze_panes(1, 1)
