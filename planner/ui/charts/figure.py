"""What a picture on the desk is: a chart, the same figures as a table, and words for who sees neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from planner.analysis.figures import STAGES
from planner.report.book import NAVY
from planner.report.document import Table
from planner.report.summary_page import OTHER, PALETTE
from planner.report.vega import CONFIG

#: The width of a chart that stands beside its table [px].
HALF = 560
GRID, INK = "#E3E7EC", "#1B1F24"


@dataclass(frozen=True)
class Figure:
    """``title`` says what is drawn, with its unit; ``alt`` what a reader who does not see it must
    know. Exactly one of ``chart`` (Vega-Lite, as JSON: made once, drawn often) and ``option``
    (ECharts) is given. ``remark`` says what the picture leaves out, ``widths`` how chart and table
    share the page."""

    title: str
    alt: str
    table: Table
    chart: str | None = None
    option: Mapping[str, Any] | None = None
    height: int = 320
    remark: str = ""
    widths: tuple[int, int] = (3, 2)
    picks: str = field(
        default=""
    )  # the name of the chart's selection, where a click means something


def styled(chart: Any, height: int = 260) -> str:
    """An Altair chart in the house's dress, as JSON with its data."""
    dressed = chart.properties(height=height, background="transparent").configure(**CONFIG)
    with alt.data_transformers.enable("default", max_rows=None):
        return dressed.to_json(indent=None)


def colours(names: Sequence[str], last: str | None = None) -> alt.Scale:
    """One colour a name, from the palette that the colour-blind can tell apart; ``last``, what is
    left over, is grey."""
    found = [OTHER if name == last else PALETTE[i % len(PALETTE)] for i, name in enumerate(names)]
    return alt.Scale(domain=list(names), range=found)


def in_chain(stages: Sequence[str]) -> list[str]:
    """Stages in the order of the chain."""
    return [stage for stage in STAGES if stage in set(stages)]


__all__ = ["GRID", "HALF", "INK", "NAVY", "Figure", "colours", "in_chain", "styled"]
