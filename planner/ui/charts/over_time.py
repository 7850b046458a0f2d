"""What moves in time: supply by country, stock by stage, demand served. All expected over the tree."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from planner.analysis.figures import OTHERS, UNKNOWN, expected, leading, service_counts
from planner.report.dates import Calendar
from planner.report.document import Columns, Table
from planner.report.summary_page import PALETTE
from planner.report.words import percent, tonnes
from planner.solve.plan import Plan
from planner.ui.charts.figure import Figure, colours, in_chain, styled

_MOST = len(PALETTE)


def supplied_stages(plan: Plan) -> list[str]:
    """The stages of which anything is supplied, in the order of the chain."""
    return in_chain(plan.tables["supply"]["stage"].tolist())


def main_stage(plan: Plan) -> str:
    """The stage of which most is supplied."""
    supply = plan.tables["supply"]
    return str(expected(plan, "supply", "t").groupby(supply["stage"]).sum().idxmax())


def supply(plan: Plan, stage: str) -> Figure | None:
    """Expected supply of a stage by country and period; None where there is none."""
    frame = plan.tables["supply"].assign(expected_t=expected(plan, "supply", "t"))
    frame = frame[frame["stage"] == stage]
    if frame.empty or frame["expected_t"].sum() <= 0:
        return None
    country = frame["country"].fillna("").replace("", UNKNOWN)
    wide = frame.pivot_table(index=country, columns="period", values="expected_t", aggfunc="sum")
    wide = wide.reindex(columns=_periods(plan)).fillna(0.0)
    wide = leading(wide.loc[wide.sum(axis=1).sort_values(ascending=False).index], _MOST)
    first, part = str(wide.index[0]), float(wide.iloc[0].sum() / wide.to_numpy().sum())
    return _stacked(
        wide,
        title=f"Supply of {stage} by country, t/year drawn, t a period beside (expected)",
        alt_words=f"Stacked columns by period; {first} supplies {percent(part)} of {stage} over the horizon.",
        unit=f"{stage}, t/year",
        years=[row["years"] for row in Calendar(plan.case).periods],
    )


def stock(plan: Plan) -> Figure | None:
    """Expected stock at the end of each period by stage; None where nothing is kept."""
    frame = plan.tables["stock"].assign(expected_t=expected(plan, "stock", "t"))
    if frame.empty or frame["expected_t"].sum() <= 0:
        return None
    stage = frame["material"].map({row["material"]: row["stage"] for row in plan.case["materials"]})
    wide = frame.pivot_table(index=stage, columns="period", values="expected_t", aggfunc="sum")
    wide = wide.reindex(in_chain(list(map(str, wide.index)))).reindex(columns=_periods(plan))
    wide = wide.fillna(0.0)
    total = wide.sum()
    return _stacked(
        wide,
        title="Stock at the end of each period by stage, t (expected)",
        alt_words=f"Stacked columns by period; most is kept in {total.idxmax()}, {tonnes(float(total.max()))} t.",
        unit="stock, t",
    )


def service(plan: Plan) -> Figure | None:
    """Expected share of demand served by end use and period, of demand that must be met."""
    frame = plan.tables["service"]
    frame = frame[service_counts(plan.case, frame)].copy()
    for name in ("demand_t", "delivered_t", "substituted_t"):
        frame[name] = expected(plan, "service", name).loc[frame.index]
    frame["end_use"] = frame["end_use"].fillna("").replace("", "all uses")
    sums = frame.groupby(["end_use", "period"])[["demand_t", "delivered_t", "substituted_t"]].sum()
    sums = sums[sums["demand_t"] > 0]
    if sums.empty:
        return None
    served = (sums["delivered_t"] + sums["substituted_t"]) / sums["demand_t"]
    wide = served.unstack("period")
    wide = wide.reindex(columns=[p for p in _periods(plan) if p in wide.columns])
    long = _long(wide, "end_use", "served")
    uses, periods = list(map(str, wide.index)), list(map(str, wide.columns))
    chart = (
        alt.Chart(long)
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("period:N", sort=periods, title=None, axis=alt.Axis(labelAngle=-40)),
            y=alt.Y("served:Q", title="share of demand served", axis=alt.Axis(format="%"),
                    scale=alt.Scale(domain=[min(0.9, float(served.min())), 1.0], nice=True)),
            color=alt.Color("end_use:N", scale=colours(uses), sort=uses),
            tooltip=["end_use", "period", alt.Tooltip("served:Q", format=".1%")],
        )
    )  # fmt: skip
    worst = long.sort_values("served").iloc[0]
    columns: Columns = (("Period", "text"), *((use, "share") for use in uses))
    rows = tuple((str(period), *_cells(wide[period])) for period in wide.columns)
    return Figure(
        "Demand served by end use, share of t (expected)",
        f"Lines by end use; lowest {worst['end_use']} in {worst['period']}: {percent(float(served.min()))}.",
        Table(columns, rows, paper_rows=len(rows)),
        chart=styled(chart, height=_beside(len(rows))),
        height=460,
    )


def _beside(rows: int) -> int:
    """The height of a chart beside a table of so many rows [px], legend and labels included."""
    return max(240, 27 * rows + 30)


def _stacked(
    wide: pd.DataFrame,
    *,
    title: str,
    alt_words: str,
    unit: str,
    years: Sequence[float] | None = None,
) -> Figure:
    """Rows stacked over the periods of the columns. ``years`` long are the periods of what flows: it is
    drawn a year, so that a long period does not look like more, and its table has sums."""
    names, periods = list(map(str, wide.index)), list(map(str, wide.columns))
    long = _long(wide if years is None else wide.div(np.array(years), axis="columns"), "name", "t")
    long["place"] = long["name"].map({name: place for place, name in enumerate(names)})
    chart = (
        alt.Chart(long)
        .mark_bar(width={"band": 0.75})
        .encode(
            x=alt.X("period:N", sort=periods, title=None, axis=alt.Axis(labelAngle=-40)),
            y=alt.Y("t:Q", title=unit, axis=alt.Axis(format=",~s")),
            color=alt.Color("name:N", scale=colours(names, last=OTHERS), sort=names,
                            legend=alt.Legend(columns=4)),
            order="place:Q",
            tooltip=["name", "period", alt.Tooltip("t:Q", format=",.1f")],
        )
    )  # fmt: skip
    columns: Columns = (
        ("Period", "text"), *((name, "tonnes") for name in names), ("all", "tonnes"),
    )  # fmt: skip
    rows = [
        (period, *map(float, cells), float(sum(cells)))
        for period, cells in zip(periods, wide.to_numpy().T.tolist(), strict=True)
    ]
    if years is not None:
        total = [float(cell) for cell in wide.sum(axis=1)]
        rows.append(("all", *total, float(sum(total))))
    table = Table(
        columns, tuple(rows), len(rows), strong=(len(rows) - 1,) if years is not None else ()
    )
    return Figure(
        title, alt_words, table, chart=styled(chart, height=_beside(len(rows))), height=460
    )


def _periods(plan: Plan) -> list[str]:
    return [row["period"] for row in Calendar(plan.case).periods]


def _cells(cells: pd.Series) -> list[float | None]:
    return [None if pd.isna(cell) else float(cell) for cell in cells]


def _long(wide: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """One row a cell: name, period and value; blank cells left out."""
    long = wide.rename_axis(index=name, columns="period").reset_index()
    return long.melt(id_vars=name, value_name=value).dropna(subset=[value])
