"""A solve as it runs: the best plan so far falls, what no plan can beat rises, the gap closes."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from planner.report.document import Columns, Table
from planner.report.words import musd, small_percent
from planner.store import ProgressPoint
from planner.ui.charts.figure import Figure, colours, styled

#: What the solver does, in words.
PHASES = {
    "relaxation": "first bound", "root": "first bound", "dive": "first plans",
    "neighbourhood": "around the best", "search": "the rest",
}  # fmt: skip
_REMARK = "The objective weighs the expected cost and the mean of the worst outcomes, as the risk weight of the case asks."
_BEST, _BOUND = "best plan so far", "no plan can cost less"


def search(points: Sequence[ProgressPoint]) -> Figure | None:
    """Incumbent and bound over the seconds of a solve [MUSD]; None before anything is known."""
    points = [point for point in points if (point.incumbent, point.bound) != (None, None)]
    rows = [
        {"seconds": point.seconds, "line": line, "musd": kusd / 1000}
        for point in points
        for line, kusd in ((_BEST, point.incumbent), (_BOUND, point.bound))
        if kusd is not None
    ]
    if not rows:
        return None
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(interpolate="step-after", point=True, strokeWidth=2)
        .encode(
            x=alt.X("seconds:Q", title="seconds since the start"),
            y=alt.Y(
                "musd:Q",
                title="objective, MUSD",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format=",.1f", tickCount=5),
            ),
            color=alt.Color("line:N", sort=[_BEST, _BOUND], scale=colours([_BEST, _BOUND])),
            tooltip=["line", alt.Tooltip("musd:Q", format=",.1f"), "seconds"],
        )
    )
    last = points[-1]
    words = ", ".join(
        f"{line} {musd(kusd)}" for line, kusd in ((_BEST, last.incumbent), (_BOUND, last.bound))
        if kusd is not None
    )  # fmt: skip
    columns: Columns = (
        ("Seconds", "plain"), ("Search", "text"), ("Best, MUSD", "musd"), ("Bound, MUSD", "musd"),
        ("Gap", "text"),
    )  # fmt: skip
    body = tuple(
        (round(p.seconds, 1), PHASES.get(p.phase, p.phase), p.incumbent, p.bound,
         small_percent(p.gap).replace(" ", "\u00a0") if p.gap is not None else "–")
        for p in reversed(points)
    )  # fmt: skip
    return Figure("How the solve comes along", f"After {last.seconds:.0f} s: {words}.", Table(columns, body),
                  chart=styled(chart, height=300), remark=_REMARK)  # fmt: skip
