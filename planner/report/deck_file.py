"""A document as a PowerPoint deck: titles that state the finding, native charts that can be edited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from planner.case.whole import draft_of
from planner.report.document import (
    LABELS,
    Chart,
    Document,
    Section,
    Table,
    axis_start,
    shown,
    stacked_parts,
    waterfall,
)

_FONT, _NAVY, _GREY, _BLACK = "Arial", "1F3A5F", "4A5563", "1B1F24"
_PALE, _GOOD, _WARN = "E8EDF3", "DDEFE3", "FFF1CC"
_WIDTH, _HEIGHT, _MARGIN = 13.333, 7.5, 0.5
_TOP, _BOTTOM = 1.35, 6.95
#: Inches that a letter of 11 points and a line of a table take.
_LETTER, _LINE = 0.083, 0.19
#: Inches of a row of one line, and of the least room worth a further table.
_ROW, _ROOM = 0.31, 1.3


def write_deck(document: Document, path: Path) -> None:
    """Write the deck; raises PlanFileError if it cannot be written."""
    deck = _Deck(document)
    for section in deck.cover():
        deck.section(section)
    deck.facts()
    with draft_of(path) as draft, draft.open("wb") as file:
        deck.file.save(file)


class _Deck:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.file: Any = Presentation()
        self.file.slide_width, self.file.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
        self.file.core_properties.title = document.title[:255]

    def cover(self) -> tuple[Section, ...]:
        """The finding, how far it is proven, the figures, and the first section's table where all of it
        finds room. Returns the sections that stand on slides of their own."""
        slide = self._slide(self.document.title, lines=3)
        colour = _GOOD if self.document.sound else _WARN
        self._box(
            slide, self.document.status, (_MARGIN, 1.75, _WIDTH - 2 * _MARGIN, 0.5), 14, fill=colour
        )
        top = 2.5
        if self.document.tiles:
            self._tiles(slide, top)
            top += 1.25
        first, *rest = self.document.on_paper
        place = (_MARGIN, top, _WIDTH - 2 * _MARGIN, _BOTTOM - top)
        if not first.tables:
            self._paragraphs(slide, first.words, place)
            return tuple(rest)
        table, *more = first.tables
        if more or len(_fitting_rows(table, place, 0.0)) < len(table.rows):
            return (first, *rest)
        self._table(slide, table, place)
        return tuple(rest)

    def _tiles(self, slide: Any, top: float) -> None:
        """Large figures under their names, side by side."""
        tiles = self.document.tiles
        wide = (_WIDTH - 2 * _MARGIN - 0.15 * (len(tiles) - 1)) / len(tiles)
        for place, (label, figure) in enumerate(tiles):
            left = _MARGIN + place * (wide + 0.15)
            self._box(slide, label, (left, top, wide, 0.4), 11, fill=_PALE, colour=_GREY)
            self._box(slide, figure, (left, top + 0.4, wide, 0.55), _fitting(figure, wide, (24, 20, 16, 13)),
                      fill=_PALE, colour=_NAVY, bold=True)  # fmt: skip

    def section(self, section: Section) -> None:
        """A slide a section; a table that finds no room below another gets a slide of its own."""
        slide = self._slide(section.title)
        top = _TOP
        if section.words:
            high = _words_height(section.words, _WIDTH - 2 * _MARGIN)
            self._paragraphs(slide, section.words, (_MARGIN, top, _WIDTH - 2 * _MARGIN, high))
            top += high + 0.05
        left, wide = _MARGIN, _WIDTH - 2 * _MARGIN
        if section.charts:
            space = 6.4 if section.tables else wide
            self._chart(slide, section.charts[0], (left, top, space, _BOTTOM - top))
            left, wide = left + space + 0.2, wide - space - 0.2
        for table in section.tables:
            if _BOTTOM - top < _ROOM:
                slide = self._slide(section.title)
                left, top, wide = _MARGIN, _TOP, _WIDTH - 2 * _MARGIN
            top = self._table(slide, table, (left, top, wide, _BOTTOM - top)) + 0.2

    def facts(self) -> None:
        """The last slide: which plans these are and what they rest on."""
        slide = self._slide("What this rests on")
        place = (_MARGIN, _TOP, _WIDTH - 2 * _MARGIN, _BOTTOM - _TOP)
        self._table(slide, self.document.facts, place, first=1.3)

    # ---- parts of a slide

    def _slide(self, title: str, lines: int = 2) -> Any:
        slide = self.file.slides.add_slide(self.file.slide_layouts[5])
        holder = slide.shapes.title
        holder.left, holder.top = Inches(_MARGIN), Inches(0.3)
        holder.width, holder.height = Inches(_WIDTH - 2 * _MARGIN), Inches(0.5 * lines)
        wide = (_WIDTH - 2 * _MARGIN) * lines
        _write(
            holder.text_frame,
            title,
            _fitting(title, wide * 0.92, (26, 22, 19, 16, 13)),
            _NAVY,
            bold=True,
        )
        holder.text_frame.vertical_anchor = MSO_ANCHOR.TOP
        self._box(slide, self.document.footer, (_MARGIN, 7.05, _WIDTH - 2 * _MARGIN, 0.35),
                  _fitting(self.document.footer, _WIDTH - 1.0, (9, 8, 7, 6)), colour=_GREY)  # fmt: skip
        return slide

    def _box(
        self, slide: Any, words: str, place: tuple[float, float, float, float], size: float, *,
        colour: str = _BLACK, fill: str | None = None, bold: bool = False,
    ) -> None:  # fmt: skip
        box = slide.shapes.add_textbox(*map(Inches, place))
        if fill:
            box.fill.solid()
            box.fill.fore_color.rgb = RGBColor.from_string(fill)
        _write(
            box.text_frame,
            words,
            _fitting(words, place[2] * max(1, int(place[3] / 0.25)), (size, size - 2, size - 4)),
            colour,
            bold=bold,
        )

    def _paragraphs(
        self, slide: Any, words: Sequence[str], place: tuple[float, float, float, float]
    ) -> None:
        frame = slide.shapes.add_textbox(*map(Inches, place)).text_frame
        frame.word_wrap = True
        size = _words_size(words)
        for index, text in enumerate(words):
            paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(5)
            run = paragraph.add_run()
            run.text = text
            run.font.size, run.font.name = Pt(size), _FONT

    def _table(
        self, slide: Any, table: Table, place: tuple[float, float, float, float], first: float = 0.0
    ) -> float:
        """A native table, with as many rows as fit; what is left out is said below it. Returns
        the inch at which it ends."""
        widths = _widths(table, place[2], first)
        rows = _fitting_rows(table, place, first)
        height = _head_height(table, widths) + sum(_row_height(words, widths) for words in rows)
        left, top, wide, _ = place
        shape = slide.shapes.add_table(len(rows) + 1, len(widths), Inches(left), Inches(top),
                                       Inches(wide), Inches(_ROW * (len(rows) + 1)))  # fmt: skip
        grid = shape.table
        for column, width in enumerate(widths):
            grid.columns[column].width = Inches(width)
        for index, words in enumerate([[title for title, _ in table.columns], *rows]):
            grid.rows[index].height = Inches(_ROW)
            strong = index - 1 in table.strong
            for column, (text, (_, look)) in enumerate(zip(words, table.columns, strict=True)):
                _cell(
                    grid.cell(index, column),
                    text,
                    head=index == 0,
                    right=look != "text",
                    bold=strong,
                )
        used = height
        left_out = len(table.rows) - len(rows)
        if left_out:
            more = f"and {left_out} more rows in the workbook"
            self._box(slide, more, (left, top + used, wide, 0.3), 10, colour=_GREY)
            used += 0.3
        return top + used

    def _chart(self, slide: Any, chart: Chart, place: tuple[float, float, float, float]) -> None:
        draw = {"bars": _bars, "stacked": _stacked, "waterfall": _waterfall, "steps": _steps}
        kind, data = draw[chart.kind](chart)
        frame = slide.shapes.add_chart(kind, *map(Inches, place), data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.title)
        _dress(frame.chart, chart)


def _fitting_rows(
    table: Table, place: tuple[float, float, float, float], first: float
) -> list[list[str]]:
    """The rows of a table, in words, that find room in a place."""
    widths = _widths(table, place[2], first)
    rows: list[list[str]] = []
    height = _head_height(table, widths)
    for row in table.on_paper:
        words = [shown(cell, look) for cell, (_, look) in zip(row, table.columns, strict=True)]
        height += _row_height(words, widths)
        if height > place[3] - 0.3:
            break
        rows.append(words)
    return rows


def _head_height(table: Table, widths: Sequence[float]) -> float:
    return _LINE * _lines([title for title, _ in table.columns], widths) + 0.12


def _row_height(words: Sequence[str], widths: Sequence[float]) -> float:
    return max(_ROW, _LINE * _lines(words, widths) + 0.12)


def _words_size(words: Sequence[str]) -> float:
    """Points at which paragraphs are read without filling a slide."""
    letters = sum(map(len, words))
    return 15 if letters < 900 else 13 if letters < 1800 else 11


def _words_height(words: Sequence[str], wide: float) -> float:
    """Inches that paragraphs take in a box of a width."""
    size = _words_size(words)
    lines = sum(-(-len(text) * _LETTER * size / 11 // (wide - 0.2)) for text in words)
    return lines * size * 1.25 / 72 + len(words) * 5 / 72 + 0.1


def _bars(chart: Chart) -> tuple[Any, Any]:
    return XL_CHART_TYPE.BAR_CLUSTERED, _categories(chart)


def _stacked(chart: Chart) -> tuple[Any, Any]:
    return XL_CHART_TYPE.COLUMN_STACKED_100, _categories(chart)


def _waterfall(chart: Chart) -> tuple[Any, Any]:
    data = CategoryChartData(number_format="#,##0.00")
    data.categories = chart.categories
    for series in stacked_parts(waterfall(chart)):
        data.add_series(series.name, series.values)
    return XL_CHART_TYPE.COLUMN_STACKED, data


def _steps(chart: Chart) -> tuple[Any, Any]:
    data = XyChartData(number_format="#,##0.00")
    for series in chart.series:
        line = data.add_series(series.name)
        for x, y in zip(series.xs, series.values, strict=True):
            line.add_data_point(x, y)
    return XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data


def _categories(chart: Chart) -> Any:
    data = CategoryChartData(number_format="#,##0.00")
    data.categories = chart.categories
    for series in chart.series:
        data.add_series(series.name, series.values)
    return data


def _dress(drawn: Any, chart: Chart) -> None:
    """Colours, fonts, axes and legend of a native chart."""
    drawn.font.size, drawn.font.name = Pt(11), _FONT
    drawn.has_title = False
    parts = stacked_parts(waterfall(chart)) if chart.kind == "waterfall" else chart.series
    drawn.has_legend = len(parts) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    for native, series in zip(drawn.plots[0].series, parts, strict=True):
        _paint(native, series.colour, line=chart.kind == "steps")
    values, categories = drawn.value_axis, drawn.category_axis
    values.has_title = True
    values.axis_title.text_frame.text = chart.unit
    values.axis_title.text_frame.paragraphs[0].runs[0].font.size = Pt(10)
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string("E3E7EC")
    categories.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.kind == "steps":
        values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "0%", False
        values.axis_title.text_frame.text = "probability of costing at least that"
        values.maximum_scale, values.minimum_scale = 1.0, 0.0
        categories.has_title, categories.has_major_gridlines = True, False
        categories.axis_title.text_frame.text = chart.unit
        return
    drawn.plots[0].gap_width = 50
    if chart.kind == "bars":
        categories.reverse_order = True
        values.visible, values.has_major_gridlines = False, False  # the labels say it
        _label(drawn.plots[0], "#,##0.0", _BLACK)
    if chart.kind == "stacked":
        values.tick_labels.number_format, values.tick_labels.number_format_is_linked = "0%", False
    if chart.kind == "waterfall":
        _without_first(drawn.legend)
        for native in drawn.plots[0].series:
            if native.name in LABELS:
                _label(native, LABELS[native.name], "FFFFFF" if native.name == "total" else _BLACK)
        start = axis_start(waterfall(chart))
        if start:
            values.minimum_scale = start
            values.axis_title.text_frame.text = f"{chart.unit}, axis from {start:g}"


def _label(native: Any, number_format: str, colour: str) -> None:
    """Values beside the bars of a plot or a series."""
    if hasattr(native, "has_data_labels"):
        native.has_data_labels = True
    labels = native.data_labels
    labels.show_value = True
    labels.number_format, labels.number_format_is_linked = number_format, False
    labels.font.size = Pt(10)
    labels.font.color.rgb = RGBColor.from_string(colour)


def _without_first(legend: Any) -> None:
    """Leave the unseen series out of the legend; the library has no word for that."""
    entry = legend._element.makeelement(qn("c:legendEntry"), {})
    entry.append(entry.makeelement(qn("c:idx"), {"val": "0"}))
    entry.append(entry.makeelement(qn("c:delete"), {"val": "1"}))
    legend._element.insert(1, entry)  # after the position of the legend


def _paint(native: Any, colour: str, *, line: bool) -> None:
    if line:
        native.smooth = False
        native.format.line.color.rgb = RGBColor.from_string(colour.lstrip("#"))
        native.format.line.width = Pt(2.25)
    elif colour:
        native.format.fill.solid()
        native.format.fill.fore_color.rgb = RGBColor.from_string(colour.lstrip("#"))
        native.invert_if_negative = False
    else:
        native.format.fill.background()  # lifts the others, unseen


def _write(frame: Any, words: str, size: float, colour: str, *, bold: bool = False) -> None:
    frame.word_wrap = True
    frame.margin_top = frame.margin_bottom = Inches(0.03)
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = words
    run.font.size, run.font.name, run.font.bold = Pt(size), _FONT, bold
    run.font.color.rgb = RGBColor.from_string(colour)


def _cell(cell: Any, words: str, *, head: bool, right: bool, bold: bool) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(_NAVY if head else "FFFFFF")
    _write(cell.text_frame, words, 11, "FFFFFF" if head else _BLACK, bold=bold or head)
    if right:
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT


def _fitting(words: str, inches: float, sizes: Sequence[float]) -> float:
    """The largest of the sizes at which the words fit into so many inches of lines."""
    for size in sizes:
        if len(words) * _LETTER * size / 11 <= inches:
            return size
    return sizes[-1]


def _widths(table: Table, wide: float, first: float) -> list[float]:
    """Inches of each column: by its longest word or number, texts share what is left."""
    wanted = []
    for column, (title, look) in enumerate(table.columns):
        texts = [shown(row[column], look) for row in table.on_paper]
        texts.append("" if look == "text" else "9,999,999")
        longest = max([len(text) for text in texts] + [max(map(len, title.split()), default=1)])
        wanted.append(min(max(longest, 6), 44) * _LETTER + 0.15)
    if first:
        wanted[0] = first
    scale = wide / sum(wanted)
    return [width * scale for width in wanted]


def _lines(words: Sequence[str], widths: Sequence[float]) -> int:
    """Lines of the tallest cell of a row."""
    return max(
        -(-int(len(text) * _LETTER * 100) // int((width - 0.12) * 100) or 1)
        for text, width in zip(words, widths, strict=True)
    )
