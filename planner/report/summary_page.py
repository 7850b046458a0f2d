"""The first sheet of a plan workbook: one printed page that is read in five seconds.

Twelve columns: what to do and what could go wrong on the left, where supply comes from on the
right; below, cost by line and service by end use. Charts are native and draw from the cells beside
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from planner.analysis.figures import (
    OTHERS,
    costs_by_line,
    exposure,
    leading,
    service_by_end_use,
    supply_by_country,
)
from planner.report.actions import Action, actions, foremost
from planner.report.book import FONT, NAVY, PALE, Book
from planner.report.dates import Calendar
from planner.report.finding import finding, plan_tiles, status
from planner.report.risks import Risk, risks
from planner.report.table_sheets import PREFIX, TRACE, internal
from planner.report.words import line_words
from planner.solve.plan import Plan

SHEET = "Summary"
ACTIONS_SHOWN, COUNTRIES_SHOWN, STAGES_SHOWN, USES_SHOWN = 14, 7, 6, 6
LEFT, RIGHT, LAST = 0, 8, 14
#: Height of the chart of supply, in rows of the usual 20 pixels.
CHART_ROWS = 13
#: Letters that fit into a line of what to do, and of a risk.
WHAT_LETTERS, RISK_LETTERS = 55, 82
#: Okabe and Ito's palette, told apart by colour-blind readers; vermilion marks the exposure.
EXPOSED = "#D55E00"
OTHER = "#B0B0B0"
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#7A5C99")
GOOD, WARN, BAD = "#DDEFE3", "#FFF1CC", "#F8D7D3"


def write_summary(book: Book, plan: Plan, way_back: pd.DataFrame) -> None:
    """Write the summary page of ``plan`` as the first sheet of ``book``; ``way_back`` is its trace, to
    whose rows cost lines, stages and end uses lead."""
    _Page(book, plan, way_back).draw()


class _Page:
    def __init__(self, book: Book, plan: Plan, way_back: pd.DataFrame) -> None:
        self.book = book
        parts = zip(way_back["figure"], way_back["part"], strict=True)
        #: Where each figure's rows begin in the sheet of the trace.
        self.traced: dict[tuple[str, str], int] = {}
        for number, part in enumerate(parts, start=2):
            self.traced.setdefault(part, number)
        self.plan = plan
        self.sheet: Worksheet = book.sheet(SHEET)
        self.sheet.fit_to_pages(1, 1)
        self.sheet.center_horizontally()
        self.sheet.set_margins(left=0.3, right=0.3, top=0.3, bottom=0.45)
        self.sheet.hide_gridlines(2)
        self.sheet.set_footer("")
        self.doing = actions(plan)
        widths = (19, 17, 17, 17, 22, 12, 26, 2.5)
        for index, width in enumerate((*widths, 21, *(12,) * STAGES_SHOWN)):
            self.sheet.set_column(index, index, width)

    def draw(self) -> None:
        self._title()
        self._tiles(3)
        below_doing = self._doing(7)
        below_supply = self._supply(7)
        below_risks = self._risks(below_doing + 1)
        self._costs(max(below_risks, below_supply) + 1)

    # ---- the top: what it says

    def _title(self) -> None:
        look = self.book.format(
            bold=True, font_size=19, font_color=NAVY, text_wrap=True, valign="vcenter"
        )
        self._span(0, LEFT, LAST, finding(self.plan, self.doing), look)
        self.sheet.set_row(0, 56)
        summary = self.plan.summary
        sound = summary["verified"] and summary["status"] == "optimal"
        colour = GOOD if sound else BAD if summary["verified"] is False else WARN
        look = self.book.format(font_size=11, bg_color=colour, valign="vcenter", indent=1)
        words = [status(summary), str(summary["name"] or "unnamed case")]
        if summary["scenario"]:
            words.append(f"scenario {summary['scenario']}")
        if summary["as_of"]:
            words.append(f"as of {str(summary['as_of'])[:10]}")
        self._span(1, LEFT, LAST, " · ".join(words), look)
        self.sheet.set_row(1, 21)
        self.sheet.set_row(2, 6)

    def _tiles(self, row: int) -> None:
        """Five figures; a figure that the case has no meaning for is left out."""
        label = self.book.format(font_size=9, font_color="#44546A", bg_color=PALE, indent=1)
        value = self.book.format(
            bold=True, font_size=18, font_color=NAVY, bg_color=PALE, indent=1, valign="vcenter"
        )
        spans = ((0, 1), (2, 3), (4, 6), (8, 10), (11, 14))
        for (first, last), (words, figure) in zip(spans, plan_tiles(self.plan), strict=False):
            self._span(row, first, last, words, label)
            self._span(row + 1, first, last, figure, value)
        self.sheet.set_row(row + 1, 28)
        self.sheet.set_row(row + 2, 6)

    # ---- left: what to do, what could go wrong

    def _doing(self, row: int) -> int:
        """Write what to do now from ``row`` on; returns the row below."""
        self._heading(row, LEFT, 6, "What to do now")
        self._header(row + 1, [(0, 0, "Action"), (1, 3, "What"), (4, 4, "Amount"),
                               (5, 5, "MUSD"), (6, 6, " When")], ("Amount", "MUSD"))  # fmt: skip
        shown = foremost(self.doing, ACTIONS_SHOWN)
        row += 2
        for action in shown:
            self._action(row, action)
            row += 1
        if not shown:
            self._span(row, 0, 6, "Nothing has to be decided now.", self.book.format())
            row += 1
        left_out = len(self.doing) - len(shown)
        note = "MUSD: contracts at their full amount, capex net of grants; not discounted."
        if left_out:
            note = f"{left_out} more in the sheets plan_contracts to plan_takes. {note}"
        self._span(row, 0, 6, note, self.book.format(font_size=8, font_color="#44546A"))
        return row + 1

    def _action(self, row: int, action: Action) -> None:
        middle = _cell()
        self._put(row, 0, action.kind, self.book.format(**middle, bold=True))
        self._wrapped(row, 1, 3, action.what, WHAT_LETTERS)
        self._put(row, 4, action.tonnes, self.book.format(**middle, align="right"))
        if action.kusd is None:
            self._put(row, 5, "at market", self.book.format(**middle, align="right"))
        else:
            money = self.book.format(**middle, num_format="#,##0.00")
            self.sheet.write_number(row, 5, action.kusd / 1000, money)
        self._put(row, 6, action.when, self.book.format(**middle, indent=1))

    def _risks(self, row: int) -> int:
        """Write the biggest risks from ``row`` on; returns the row below."""
        self._heading(row, LEFT, 6, "Biggest risks")
        self._header(row + 1, [(0, 3, "What happens"), (4, 4, "Probability"),
                               (5, 5, "Cost, MUSD"), (6, 6, "Short, t")],
                     ("Probability", "Cost, MUSD", "Short, t"))  # fmt: skip
        row += 2
        for risk in risks(self.plan):
            self._risk(row, risk)
            row += 1
        return row

    def _risk(self, row: int, risk: Risk) -> None:
        words = f"Worst path: {risk.what}" if risk.path else risk.what
        self._wrapped(row, 0, 3, words, RISK_LETTERS)
        cells = ((risk.probability, "0.0%", 1.0), (risk.cost_kusd, "#,##0.00", 1000.0),
                 (risk.short_t, "#,##0", 1.0))  # fmt: skip
        for column, (value, number_format, per) in enumerate(cells, start=4):
            look = self.book.format(**_cell(num_format=number_format))
            if value is None:
                self.sheet.write_blank(row, column, None, look)
            else:
                self.sheet.write_number(row, column, value / per, look)

    # ---- right: where supply comes from

    def _supply(self, row: int) -> int:
        """The table of shares and, below it, the chart that draws from it; returns the row below."""
        self._heading(row, RIGHT, LAST, "Where supply comes from: share of t, by stage")
        tonnes = supply_by_country(self.plan)
        stages = list(tonnes.columns[-STAGES_SHOWN:])
        tonnes = leading(tonnes[stages], COUNTRIES_SHOWN)
        head = row + 1
        self._header(head, [(RIGHT, RIGHT, "Country")]
                     + [(RIGHT + 1 + i, RIGHT + 1 + i, stage) for i, stage in enumerate(stages)],
                     stages)  # fmt: skip
        share = self.book.format(**_cell(num_format='0%;;"–"', align="right"))
        for offset, (country, cells) in enumerate((tonnes / tonnes.sum()).iterrows(), start=1):
            self._put(head + offset, RIGHT, str(country), self.book.format(**_cell()))
            for index, value in enumerate(cells.tolist(), start=1):
                self.sheet.write_number(head + offset, RIGHT + index, value, share)
        for index, stage in enumerate(stages, start=1):
            title = {"font_size": 9, "bold": True, "bg_color": PALE, "align": "right"}
            self._led(head, RIGHT + index, stage, ("supply", stage), title)
        total = head + len(tonnes) + 1
        bold = _cell(bold=True, top=1)
        self._put(total, RIGHT, "expected t", self.book.format(**bold))
        for index, value in enumerate(tonnes.sum().tolist(), start=1):
            look = self.book.format(**{**bold, "num_format": "#,##0", "align": "right"})
            self.sheet.write_number(total, RIGHT + index, value, look)
        if tonnes.empty:
            return total + 1
        self._supply_chart(head, list(tonnes.index), len(stages))
        return total + 2 + CHART_ROWS

    def _supply_chart(self, head: int, countries: Sequence[str], stages: int) -> None:
        chart = self.book.chart(type="column", subtype="percent_stacked")
        lean = exposure(self.plan)
        for offset, country in enumerate(countries, start=1):
            exposed = lean is not None and country == lean.country
            rest = OTHER if country == OTHERS else PALETTE[(offset - 1) % len(PALETTE)]
            chart.add_series(
                {
                    "name": [SHEET, head + offset, RIGHT],
                    "categories": [SHEET, head, RIGHT + 1, head, RIGHT + stages],
                    "values": [SHEET, head + offset, RIGHT + 1, head + offset, RIGHT + stages],
                    "fill": {"color": EXPOSED if exposed else rest},
                    "gap": 60,
                }
            )
        chart.set_legend({"position": "right", "font": {"name": FONT, "size": 9}})
        chart.set_y_axis({"num_format": "0%", "major_gridlines": {"visible": False},
                          "num_font": {"name": FONT, "size": 8}})  # fmt: skip
        chart.set_x_axis({"num_font": {"name": FONT, "size": 9}})
        chart.set_chartarea({"border": {"none": True}})
        chart.set_size({"width": 640, "height": 20 * CHART_ROWS})
        self.sheet.insert_chart(
            head + len(countries) + 2, RIGHT, chart,
            {"description": "Stacked columns: each country's share of supply, by stage"},
        )  # fmt: skip

    # ---- bottom: money and service

    def _costs(self, row: int) -> None:
        self._heading(row, LEFT, 6, "Cost by line: expected, discounted")
        self._header(row + 1, [(0, 0, "Line"), (1, 1, "MUSD")], ["MUSD"])
        costs = costs_by_line(self.plan)
        first = row + 2
        money = self.book.format(**_cell(num_format="#,##0.00"))
        for offset, (line, kusd) in enumerate(costs.items()):
            self._led(first + offset, 0, line_words(line), ("cost", str(line)))
            self.sheet.write_number(first + offset, 1, kusd / 1000, money)
        total = first + len(costs)
        self._put(total, 0, "total", self.book.format(**_cell(bold=True, top=1)))
        look = self.book.format(**_cell(bold=True, top=1, num_format="#,##0.00"))
        self.sheet.write_number(total, 1, float(costs.sum()) / 1000, look)
        if len(costs):
            self._cost_chart(first, total - 1)
        self._service(row)

    def _cost_chart(self, first: int, last: int) -> None:
        chart = self.book.chart(type="bar")
        chart.add_series(
            {
                "categories": [SHEET, first, 0, last, 0],
                "values": [SHEET, first, 1, last, 1],
                "fill": {"color": NAVY},
                "gap": 40,
                "data_labels": {
                    "value": True,
                    "num_format": "#,##0.0",
                    "font": {"name": FONT, "size": 8},
                },
            }
        )
        chart.set_legend({"none": True})
        chart.set_y_axis(
            {"reverse": True, "num_font": {"name": FONT, "size": 8}, "label_position": "low"}
        )
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_chartarea({"border": {"none": True}})
        chart.set_size({"width": 620, "height": 20 * (last - first + 3)})
        self.sheet.insert_chart(
            first - 1,
            2,
            chart,
            {"description": "Bars: expected cost by line, in MUSD", "y_offset": 6},
        )

    def _service(self, row: int) -> None:
        self._heading(row, RIGHT, LAST, "Service by end use: expected t over the horizon")
        titles = ("End use", "Demand", "Delivered", "Replaced", "Short", "Served")
        cells = [(RIGHT + i, RIGHT + i, title) for i, title in enumerate(titles)]
        self._header(row + 1, cells, titles[1:])
        service: pd.DataFrame = service_by_end_use(self.plan).head(USES_SHOWN)
        tonnes = self.book.format(**_cell(num_format="#,##0"))
        share = self.book.format(**_cell(num_format="0.0%", bold=True))
        for offset, (use, cells) in enumerate(service.iterrows(), start=row + 2):
            self._led(offset, RIGHT, str(use), ("demand", str(use)))
            for index, value in enumerate(cells.tolist(), start=1):
                look = share if index == len(titles) - 1 else tonnes
                self.sheet.write_number(offset, RIGHT + index, value, look)
        horizon = Calendar(self.plan.case).horizon()
        note = f"Horizon {horizon}. Demand with a shortage price or a service floor."
        below = row + 2 + len(service)
        self._span(below, RIGHT, LAST, note, self.book.format(font_size=8, font_color="#44546A"))

    # ---- cells

    def _heading(self, row: int, first: int, last: int, words: str) -> None:
        look = self.book.format(bold=True, font_size=12, font_color=NAVY, bottom=2)
        self._span(row, first, last, words, look)

    def _header(
        self, row: int, cells: Sequence[tuple[int, int, str]], right: Sequence[str] = ()
    ) -> None:
        """Column titles; those in ``right`` stand above numbers."""
        look = self.book.format(font_size=9, bold=True, bg_color=PALE, font_color="#44546A")
        numbers = self.book.format(
            font_size=9, bold=True, bg_color=PALE, font_color="#44546A", align="right"
        )
        for first, last, words in cells:
            self._span(row, first, last, words, numbers if words in right else look)

    def _led(
        self,
        row: int,
        column: int,
        words: str,
        part: tuple[str, str],
        look: Mapping[str, Any] | None = None,
    ) -> None:
        """Text that leads to the rows of the trace on which its figures rest."""
        properties = {**(look or _cell()), "font_color": NAVY}
        if part in self.traced:
            target = internal(PREFIX + TRACE, f"A{self.traced[part]}")
            self.sheet.write_url(row, column, target, self.book.format(**properties), words)
        else:
            self._put(row, column, words, self.book.format(**properties))

    def _put(self, row: int, column: int, words: str, look: Any) -> None:
        self.sheet.write_string(row, column, words, look)

    def _wrapped(self, row: int, first: int, last: int, words: str, letters: int) -> None:
        """Text over several cells, in as many lines of about ``letters`` as it takes: a merged
        cell does not grow by itself."""
        self._span(row, first, last, words, self.book.format(**_cell(text_wrap=True)))
        self.sheet.set_row(row, 3 + 13 * -(-len(words) // letters))

    def _span(self, row: int, first: int, last: int, words: str, look: Any) -> None:
        """Text over several cells; a merge writes its own text, and as text only."""
        if first == last:
            self.sheet.write_string(row, first, words, look)
        else:
            self.sheet.merge_range(row, first, row, last, "", look)
            self.sheet.write_string(row, first, words, look)


def _cell(**more: Any) -> dict[str, Any]:
    return {"font_size": 10, "valign": "vcenter", "bottom": 4, "bottom_color": "#BFC8D3", **more}
