"""The index of many runs as a workbook: a row a run, and for a sweep the curve over what it varies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from planner.report.book import FONT, NAVY, Book, new_book, text
from planner.report.summary_page import EXPOSED, PALETTE
from planner.report.words import percent

RUNS, SWEEP = "Runs", "Sweep"
#: Lines of a chart that can be told apart.
_MOST_LINES = 6
_FORMATS = (
    ("_kusd", "#,##0.00", 15), ("_t", "#,##0.00", 12), ("_share", "0.0%", 13),
    ("seconds", "0.00", 10), ("gap", "0.000%", 9), ("leaves", "0", 8),
)  # fmt: skip
_WIDTHS = {"run": 44, "why": 60, "workbook": 36, "folder": 30, "plan": 12}
_PLANNED = ("optimal", "feasible")


def write_batch_index(frame: pd.DataFrame, axes: Sequence[str], path: Path) -> Path:
    """Write the index; ``axes`` are the columns that a sweep varies, none for a batch.

    Figures are kUSD, t, shares 0..1 and s, as their names say. An older file stays until the new
    one is whole; raises PlanFileError if it cannot be written.
    """
    with new_book(path) as book:
        _write_runs(book, frame)
        if axes and frame["status"].isin(_PLANNED).any():
            _Curve(book, frame[frame["status"].isin(_PLANNED)], axes).draw()
    return path


def _write_runs(book: Book, frame: pd.DataFrame) -> None:
    sheet = book.sheet(RUNS)
    for index, name in enumerate(map(str, frame.columns)):
        sheet.write_string(0, index, text(name, RUNS), book.header)
        number_format, width = next(
            ((look, wide) for end, look, wide in _FORMATS if name.endswith(end)),
            ("General", _WIDTHS.get(name, 16)),
        )
        sheet.set_column(index, index, width)
        look = book.format(num_format=number_format)
        for row, value in enumerate(frame[name].tolist(), start=1):
            _write_cell(sheet, (row, index), value, look)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
    places = {name: list(frame.columns).index(name) for name in ("status", "plan")}
    for row, plan in enumerate(frame["plan"], start=1):
        if plan:  # the folder's name is a slug of ours, never a user's text
            sheet.write_url(row, places["plan"], f"external:{plan}", string="open")
    # What is behind the reason is for filters and programs: on paper it would shrink all else.
    sheet.print_area(0, 0, max(len(frame), 1), list(frame.columns).index("why"))
    for word, colour in (("optimal", "#DDEFE3"), ("feasible", "#FFF1CC")):
        sheet.conditional_format(1, places["status"], max(len(frame), 1), places["status"], {
            "type": "cell", "criteria": "==", "value": f'"{word}"',
            "format": book.file.add_format({"bg_color": colour}),
        })  # fmt: skip


def _write_cell(sheet: Worksheet, place: tuple[int, int], value: Any, look: Any) -> None:
    """Text stays text whatever it looks like; what a run does not have stays blank."""
    if pd.isna(value) or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(*place, value, look)
    else:
        sheet.write_string(*place, text(str(value), f"{sheet.name} row {place[0] + 1}"))


class _Curve:
    """The sheet of a sweep: a table by the first axis, and the native chart that draws from it.

    With one axis the lines are expected cost and CVaR [MUSD]; with more, expected cost for each
    combination of the others.
    """

    def __init__(self, book: Book, frame: pd.DataFrame, axes: Sequence[str]) -> None:
        self.book = book
        self.axis = axes[0]
        self.table = _lines(frame, axes)
        self.numeric = pd.api.types.is_numeric_dtype(frame[self.axis])

    def draw(self) -> None:
        sheet = self.book.sheet(SWEEP)
        title = self.book.format(bold=True, font_size=14, font_color=NAVY)
        sheet.write_string(0, 0, text(self._finding(), SWEEP), title)
        head = 2
        sheet.set_column(0, len(self.table.columns), 18)
        sheet.write_string(head, 0, text(self.axis, SWEEP), self.book.header)
        for column, name in enumerate(self.table.columns, start=1):
            sheet.write_string(head, column, text(str(name), SWEEP), self.book.header)
        plain, money = self.book.format(), self.book.format(num_format="#,##0.00")
        for row, (value, cells) in enumerate(self.table.iterrows(), start=head + 1):
            _write_cell(sheet, (row, 0), value, plain)
            for column, kusd in enumerate(cells.tolist(), start=1):
                _write_cell(sheet, (row, column), kusd, money)
        self._chart(sheet, head)

    def _finding(self) -> str:
        """``Expected cost rises from MUSD 10 to 12 (20 %) ...``: the ends of the first line."""
        line = self.table.iloc[:, 0].dropna()
        first, last = float(line.iloc[0]), float(line.iloc[-1])
        if len(line) < 2 or first == last:
            return f"{line.name} stays at MUSD {first:,.2f} over {self.axis}"
        verb = "rises" if last > first else "falls"
        by = f" ({percent(abs(last / first - 1))})" if first > 0 else ""
        return (
            f"{line.name} {verb} from MUSD {first:,.2f} to {last:,.2f}{by} as {self.axis} goes "
            f"from {line.index[0]} to {line.index[-1]}"
        )

    def _chart(self, sheet: Worksheet, head: int) -> None:
        """A curve over numbers, columns over names."""
        if self.numeric:
            chart = self.book.chart(type="scatter", subtype="straight_with_markers")
        else:
            chart = self.book.chart(type="column")
        last = head + len(self.table)
        colours = (NAVY, EXPOSED, *PALETTE)
        for column in range(1, min(len(self.table.columns), _MOST_LINES) + 1):
            colour = {"color": colours[(column - 1) % len(colours)]}
            look = {"line": colour, "marker": {"type": "circle", "size": 5, "fill": colour,
                    "border": colour}} if self.numeric else {"fill": colour}  # fmt: skip
            chart.add_series(
                {
                    "name": [SWEEP, head, column],
                    "categories": [SWEEP, head + 1, 0, last, 0],
                    "values": [SWEEP, head + 1, column, last, column],
                    **look,
                }
            )
        font = {"name": FONT, "size": 9}
        across: dict[str, Any] = {"name": self.axis[:250], "name_font": font, "num_font": font}
        if self.numeric and len(self.table) > 1:
            across |= {"min": float(self.table.index[0]), "max": float(self.table.index[-1])}
        chart.set_x_axis(across)
        chart.set_y_axis({"name": "MUSD, discounted", "name_font": font, "num_font": font,
                          "num_format": "#,##0.0", **self._from(), "major_gridlines": {"visible": True, "line": {"color": "#D9DEE5"}}})  # fmt: skip
        chart.set_legend({"position": "bottom", "font": font})
        chart.set_size({"width": 900, "height": 420})
        words = {"description": f"Lines: cost in MUSD over {self.axis}"[:255]}
        sheet.insert_chart(last + 2, 0, chart, words)

    def _from(self) -> dict[str, float]:
        """Where the axis of a curve begins: near it, if 0 is so far off that it would look flat."""
        low, high = float(self.table.min().min()), float(self.table.max().max())
        if not self.numeric or low <= 0 or high - low > 0.5 * high or high == low:
            return {}
        unit = 10.0 ** math.floor(math.log10(high - low))
        return {"min": max(0.0, math.floor((low - 0.2 * (high - low)) / unit) * unit)}


def _lines(frame: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Rows: values of the first axis in order; columns: the lines [MUSD]."""
    if len(axes) == 1:
        lines = frame.set_index(axes[0])[["expected_cost_kusd", "cvar_kusd"]] / 1000
        lines.columns = pd.Index(["Expected cost", "CVaR"])
        return lines.sort_index()
    others = [
        ", ".join(f"{axis}={value}" for axis, value in zip(axes[1:], values, strict=True))
        for values in frame[list(axes[1:])].itertuples(index=False, name=None)
    ]
    order = list(dict.fromkeys(others))
    lines = frame.assign(_line=others).pivot(
        index=axes[0], columns="_line", values="expected_cost_kusd"
    )
    return lines[order] / 1000
