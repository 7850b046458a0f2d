"""What people take away, before it is a file: sections of findings, tables and charts.

A page, a deck and a workbook draw the same document, so that a figure is the same in each.
Money in cells is kUSD and shown as MUSD; tonnes are t; shares 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from planner.report.dates import month
from planner.report.words import percent, tonnes

#: How a cell is shown; `musd` takes kUSD.
Look = Literal["text", "musd", "signed_musd", "price", "tonnes", "share", "index", "plain"]
Cell = str | float | int | bool | date | None
Columns = tuple[tuple[str, Look], ...]

#: Number formats of a workbook, by look.
NUMBER_FORMATS: dict[Look, str] = {
    "musd": "#,##0.00", "price": "#,##0.00", "signed_musd": "+#,##0.00;-#,##0.00;0.00", "tonnes": "#,##0.0",
    "share": "0.0%", "index": "#,##0", "plain": "General", "text": "@",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Columns are (title, look); ``paper_rows`` is what a page or slide shows of it, none with 0; a
    workbook and a web page hold all. ``strong`` are the places of rows that sum up."""

    columns: Columns
    rows: tuple[tuple[Cell, ...], ...]
    paper_rows: int = 12
    strong: tuple[int, ...] = ()

    @property
    def on_paper(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that a page shows."""
        return self.rows[: self.paper_rows]

    @property
    def left_out(self) -> int:
        """How many rows a page leaves out."""
        return len(self.rows) - len(self.on_paper)


@dataclass(frozen=True)
class Series:
    """One set of bars or one line; ``xs`` for lines only."""

    name: str
    values: tuple[float, ...]
    colour: str
    xs: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chart:
    """``bars`` lie, in one group a category; ``stacked`` columns fill 100 %; ``waterfall`` has one
    series: a total, changes, a total; ``steps`` are lines that fall in steps."""

    kind: Literal["bars", "stacked", "waterfall", "steps"]
    title: str
    unit: str
    series: tuple[Series, ...]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A title that states the finding, words, and what shows it; ``paper`` False: too much for a page
    or slide."""

    title: str
    name: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    paper: bool = True

    @property
    def on_paper(self) -> Section | None:
        """What a page or slide shows: without tables of no rows; None where those were all it has."""
        tables = tuple(table for table in self.tables if table.paper_rows)
        if not self.paper or (self.tables and not tables and not self.charts):
            return None
        return replace(self, tables=tables)


@dataclass(frozen=True)
class Document:
    """The first ``front`` sections stand on the first sheet of a workbook. ``sound`` says whether the status is good news. ``facts`` close it: plan id, scenario,
    fingerprint, dates, gap, units, grades, a column a plan; ``footer`` is what of them every page
    carries."""

    kind: str
    title: str
    status: str
    sound: bool
    tiles: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    facts: Table
    footer: str
    front: int = 1

    @property
    def on_paper(self) -> tuple[Section, ...]:
        """The sections of a page or deck."""
        found = (section.on_paper for section in self.sections)
        return tuple(section for section in found if section is not None)


def shown(value: Cell, look: Look) -> str:
    """A cell as people read it; nothing is an en dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return month(value)
    if isinstance(value, str):
        return value
    match look:
        case "musd":
            return f"{value / 1000:,.{_digits(value)}f}"
        case "signed_musd":
            return f"{value / 1000:+,.{_digits(value)}f}" if abs(value) >= 0.5 else "0"
        case "price":
            return f"{value:,.2f}"
        case "tonnes":
            return tonnes(value)
        case "share":
            return percent(value)
        case "index":
            return f"{value:,.0f}"
        case _:
            return f"{value:g}"


def _digits(kusd: float) -> int:
    return 0 if abs(kusd) >= 1e6 else 1 if abs(kusd) >= 1e5 else 2


@dataclass(frozen=True)
class Bar:
    """One bar of a waterfall, from ``low`` to ``high``."""

    name: str
    low: float
    high: float
    change: float | None
    colour: str


RISES, FALLS, TOTAL = "#D55E00", "#009E73", "#1F3A5F"
#: How the bars of a native waterfall are labelled: a fall is a bar of positive height. No bar, no
#: label.
LABELS = {
    "total": "#,##0.00;-#,##0.00;;",
    "costs more": "+#,##0.00;;;",
    "costs less": "-#,##0.00;;;",
}


def waterfall(chart: Chart) -> list[Bar]:
    """The bars of a waterfall: the first and last value are totals, the others changes."""
    values = chart.series[0].values
    bars: list[Bar] = []
    level = 0.0
    for place, (name, value) in enumerate(zip(chart.categories, values, strict=True)):
        if place in (0, len(values) - 1):
            bars.append(Bar(name, min(0.0, value), max(0.0, value), None, TOTAL))
            level = value
        else:
            after = level + value
            colour = RISES if value > 0 else FALLS
            bars.append(Bar(name, min(level, after), max(level, after), value, colour))
            level = after
    return bars


def stacked_parts(bars: Sequence[Bar]) -> list[Series]:
    """A waterfall as the series of a stacked column chart, which native charts can draw.

    The first series lifts the others and stays unseen; parts above and below 0 are series of
    their own, since a stack grows from 0 both ways.
    """
    lift = [bar.low if bar.low > 0 else min(bar.high, 0.0) for bar in bars]
    parts = [Series("", tuple(lift), "")]
    for name, colour in (("total", TOTAL), ("costs more", RISES), ("costs less", FALLS)):
        own = [bar if bar.colour == colour else None for bar in bars]
        above = tuple(bar.high - max(bar.low, 0.0) if bar and bar.high > 0 else 0.0 for bar in own)
        below = tuple(bar.low - min(bar.high, 0.0) if bar and bar.low < 0 else 0.0 for bar in own)
        if any(above):
            parts.append(Series(name, above, colour))
        if any(below):
            parts.append(Series(f"{name}, below 0", below, colour))
    return parts


def falling_steps(
    name: str, colour: str, costs: Sequence[float], at_least: Sequence[float]
) -> Series:
    """The line of a probability of costing at least so much: ``costs`` rise, ``at_least`` falls.

    It holds up to and with each cost, then falls to the next one's; after the last to 0.
    """
    xs = tuple(cost for cost in costs for _ in (0, 1))
    following = [*at_least[1:], 0.0]
    values = tuple(p for pair in zip(at_least, following, strict=True) for p in pair)
    return Series(name, values, colour, xs)


def axis_start(bars: Sequence[Bar]) -> float:
    """Where the axis of a waterfall begins: near the changes, if they would be lost above 0."""
    ends = [end for bar in bars for end in (bar.low, bar.high) if bar.change is not None]
    ends += [bar.high for bar in bars if bar.change is None]
    lowest, highest = min(ends), max(ends)
    if lowest <= 0 or highest - lowest > 0.4 * highest:
        return 0.0
    start = lowest - 0.6 * (highest - lowest)
    return max(0.0, _rounded_down(start, highest - lowest))


def _rounded_down(value: float, span: float) -> float:
    if span <= 0:
        return 0.0
    unit: float = 10.0 ** len(str(int(span))) / 10 if span >= 1 else 0.1
    return value // unit * unit
