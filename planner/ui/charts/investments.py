"""Builds on the calendar: when each is decided, when it runs, and on how much of the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt
import pandas as pd

from planner.report.dates import Calendar, month, months_later
from planner.report.document import Columns, Table
from planner.solve.plan import Plan
from planner.ui.charts.figure import Figure, styled

_BUILDING, _RUNNING = "being built", "in service"
#: Builds of fewer modules on average are not drawn: nobody orders them.
_LEAST = 0.005


@dataclass(frozen=True)
class Build:
    """One project decided in one period, over all nodes that decide it: ``chance`` is their
    probability, ``modules`` the mean number where it is built, ``kusd`` the mean gross capex."""

    project: str
    decided: date
    runs: date
    chance: float
    modules: float
    kusd: float
    now: bool


def builds(plan: Plan) -> list[Build]:
    """All builds of the plan, the surest first, then by date."""
    return sorted(_builds(plan), key=lambda build: (-build.chance, build.decided, build.project))


def _builds(plan: Plan) -> Iterator[Build]:
    tree = plan.tables["tree"]
    chance = dict(zip(tree["node"], tree["probability"], strict=True))
    projects = {row["project"]: row for row in plan.case["projects"]}
    calendar, root = Calendar(plan.case), tree["node"].iloc[0]
    frame = plan.tables["builds"].assign(chance=plan.tables["builds"]["node"].map(chance))
    frame = frame[frame["chance"] > 0]
    for (name, period), rows in frame.groupby(["project", "period"], sort=False):
        project, start = projects[str(name)], calendar.start(str(period))
        reached = float(rows["chance"].sum())
        modules = float((rows["modules"] * rows["chance"]).sum() / reached)
        yield Build(
            str(name),
            start,
            months_later(start, project["lead_months"]),
            reached,
            modules,
            modules * project["capex_kusd"],
            bool((rows["node"] == root).any()),
        )


def gantt(plan: Plan) -> Figure | None:
    """The builds as bars from decision to service; None where the plan builds nothing."""
    known = builds(plan)
    found = [build for build in known if build.modules >= _LEAST]
    if not found:
        return None
    tiny = len(known) - len(found)
    calendar = Calendar(plan.case)
    end = calendar.end(calendar.periods[-1]["period"])
    frame = pd.DataFrame(_bars(found, end))
    order = list(dict.fromkeys(lines(found)))
    projects = {build.project for build in found}
    chart = (
        alt.Chart(frame)
        .mark_bar(stroke="white")
        .encode(
            y=alt.Y("line:N", sort=order, title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("begin:T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            x2="finish:T",
            color=alt.Color("phase:N", sort=[_BUILDING, _RUNNING],
                            scale=alt.Scale(domain=[_BUILDING, _RUNNING], range=["#E69F00", "#0072B2"])),
            opacity=alt.Opacity("chance:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.25, 1])),
            tooltip=["project", "phase", alt.Tooltip("begin:T", format="%b %Y"),
                     alt.Tooltip("chance:Q", format=".0%", title="probability"),
                     alt.Tooltip("modules:Q", format=",.2~f", title="modules, mean")],
        )
    )  # fmt: skip
    sure = [build for build in found if build.now]
    words = (
        f"{len(projects)} projects; {len(sure)} decided now: " + ", ".join(b.project for b in sure)
        if sure
        else f"{len(projects)} projects, none decided now: all wait for news."
    )
    columns: Columns = (
        ("Project", "text"), ("Decided", "text"), ("Runs", "text"), ("In outcomes", "share"),
        ("Modules, mean", "plain"), ("Capex, MUSD gross", "musd"),
    )  # fmt: skip
    rows = tuple(
        (b.project, f"{b.decided:%b %Y}", f"{b.runs:%b %Y}" if b.runs <= end else "later",
         round(b.chance, 9), round(b.modules, 2), b.kusd)
        for b in found
    )  # fmt: skip
    return Figure(
        "Investments: from decision to service (paler: built on fewer outcomes)",
        words,
        Table(columns, rows, paper_rows=len(rows)),
        chart=styled(chart, height=27 * len(order) + 70),
        height=27 * len(order) + 70,
        remark=f"Not drawn: {tiny} of less than {_LEAST:g} modules on average." if tiny else "",
        widths=(1, 1),
    )


def lines(found: Sequence[Build]) -> list[str]:
    """A name for each bar: the project, with the month of decision where it has several."""
    counts = Counter(build.project for build in found)
    return [
        build.project if counts[build.project] == 1 else f"{build.project}, {month(build.decided)}"
        for build in found
    ]


def _bars(found: Sequence[Build], end: date) -> Iterator[dict[str, object]]:
    for build, line in zip(found, lines(found), strict=True):
        for phase, begin, finish in (
            (_BUILDING, build.decided, min(build.runs, end)),
            (_RUNNING, build.runs, end),
        ):
            if begin < finish:
                yield {
                    "line": line, "project": build.project, "phase": phase, "begin": begin.isoformat(),
                    "finish": finish.isoformat(), "chance": build.chance, "modules": build.modules,
                }  # fmt: skip
