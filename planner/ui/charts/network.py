"""The map: sites and lanes of a case, and what a plan ships on them. No tile is fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from planner.analysis.figures import expected
from planner.case import Case
from planner.report.document import Columns, Table
from planner.report.words import tonnes
from planner.solve.plan import Plan
from planner.ui.charts.figure import Figure, in_chain, styled

_OUTLINES = Path(__file__).parents[1] / "assets" / "countries-110m.json"
_KINDS = ("supplier", "plant", "market")
_KIND_COLOURS = ("#D55E00", "#0072B2", "#009E73")
_SHAPES = ("triangle-up", "square", "circle")


@cache
def _countries() -> Mapping[str, Any]:
    """The outlines, without Antarctica: nobody there buys or sells."""
    world = json.loads(_OUTLINES.read_text(encoding="utf-8"))
    countries = world["objects"]["countries"]
    countries["geometries"] = [
        shape for shape in countries["geometries"] if shape["properties"]["name"] != "Antarctica"
    ]
    del world["objects"]["land"], world["bbox"]
    return world


def network(case: Case) -> Figure:
    """Sites and lanes of a case; sites without coordinates are listed, not drawn."""
    pairs = {(row["from_site"], row["to_site"]) for row in case["lanes"]}
    lanes = pd.DataFrame(
        [{"from_site": a, "to_site": b, "t": 1.0, "stage": "lane"} for a, b in sorted(pairs)],
        columns=pd.Index(["from_site", "to_site", "t", "stage"]),
    )
    sites = _sites(case)
    counts = sites.groupby("kind", sort=False).size()
    said = ", ".join(f"{counts.get(kind, 0)} {kind}s" for kind in _KINDS)
    columns: Columns = (("Kind", "text"), ("Sites", "plain"), ("Countries", "text"))
    rows = []
    for kind in _KINDS:
        own = sites[sites["kind"] == kind]
        named = own["country"].replace("", pd.NA).dropna().value_counts()
        rows.append((kind, len(own), ", ".join(f"{c} {n}" for c, n in named.items())))
    return Figure(
        "Sites and lanes",
        f"World map: {said}, {len(pairs)} lanes.",
        Table(columns, tuple(rows), paper_rows=3),
        chart=_map(sites, lanes, weighted=False),
        height=430,
        remark=_unplaced(sites),
    )


def flows(plan: Plan) -> Figure | None:
    """Expected t shipped over the horizon, by lane and stage; None where nothing is shipped."""
    frame = plan.tables["shipments"].assign(t=expected(plan, "shipments", "t"))
    frame = frame[frame["t"] > 0]
    if frame.empty:
        return None
    frame["stage"] = frame["material"].map(
        {r["material"]: r["stage"] for r in plan.case["materials"]}
    )
    sums = frame.groupby(["from_site", "to_site", "stage"])["t"].sum()
    lanes = sums.sort_values(ascending=False).reset_index()
    sites = _sites(plan.case)
    used = set(lanes["from_site"]) | set(lanes["to_site"])
    sites = sites[sites["site"].isin(used)]
    top = lanes.iloc[0]
    columns: Columns = (
        ("From", "text"),
        ("To", "text"),
        ("Stage", "text"),
        ("t, expected", "tonnes"),
    )
    rows = tuple(
        (r["from_site"], r["to_site"], r["stage"], float(r["t"])) for _, r in lanes.iterrows()
    )
    return Figure(
        "What is shipped where, t over the horizon (expected)",
        f"World map with {len(lanes)} flows; the largest: {tonnes(float(top['t']))} t of {top['stage']} "
        f"from {top['from_site']} to {top['to_site']}.",
        Table(columns, rows, paper_rows=12),
        chart=_map(sites, lanes, weighted=True),
        height=430,
        remark=_unplaced(sites),
    )  # fmt: skip


def _sites(case: Case) -> pd.DataFrame:
    """One row a site; latitude and longitude NaN where the workbook has none."""
    wanted = ("site", "kind", "company", "country", "latitude", "longitude")
    rows = [{name: row[name] for name in wanted} for row in case["sites"]]
    frame = pd.DataFrame(rows, columns=pd.Index(wanted))
    frame[["company", "country"]] = frame[["company", "country"]].fillna("")
    return frame.astype({"latitude": float, "longitude": float})


def _unplaced(sites: pd.DataFrame) -> str:
    count = int(sites["latitude"].isna().sum() + 0)
    if not count:
        return ""
    return f"{count} of {len(sites)} sites have no latitude and longitude in sheet sites and are not drawn."


def _map(sites: pd.DataFrame, lanes: pd.DataFrame, *, weighted: bool) -> Any:
    placed = sites.dropna(subset=["latitude", "longitude"])
    land = (
        alt.Chart(alt.InlineData(values=_countries(), format=alt.TopoDataFormat(type="topojson", feature="countries")))
        .mark_geoshape(aria=False, fill="#EEF1F4", stroke="#C9D1DA", strokeWidth=0.5)
    )  # fmt: skip
    drawn = [land]
    lines = _lines(placed, lanes)
    if not lines.empty:
        drawn.append(_rules(lines, weighted))
    points = (
        alt.Chart(placed)
        .mark_point(filled=True, size=58, opacity=0.95, stroke="white", strokeWidth=0.6)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            color=alt.Color("kind:N", sort=list(_KINDS), title=None,
                            scale=alt.Scale(domain=_KINDS, range=_KIND_COLOURS)),
            shape=alt.Shape("kind:N", sort=list(_KINDS), title=None,
                            scale=alt.Scale(domain=_KINDS, range=_SHAPES)),
            tooltip=["site", "company", "country", "kind"],
        )
    )  # fmt: skip
    layers = alt.layer(*drawn, points).resolve_scale(color="independent", shape="independent")
    return styled(layers.project("equalEarth", **_window(placed)), height=380)


def _lines(placed: pd.DataFrame, lanes: pd.DataFrame) -> pd.DataFrame:
    here = placed.set_index("site")[["latitude", "longitude"]]
    joined = lanes.join(here.add_suffix("_from"), on="from_site").join(
        here.add_suffix("_to"), on="to_site"
    )
    joined = joined.dropna(subset=["latitude_from", "latitude_to"])
    return joined[joined["from_site"] != joined["to_site"]]


def _rules(lines: pd.DataFrame, weighted: bool) -> alt.Chart:
    chart = alt.Chart(lines).mark_rule(opacity=0.55 if weighted else 0.3, color="#5A6675")
    places = {
        "longitude": "longitude_from:Q", "latitude": "latitude_from:Q",
        "longitude2": "longitude_to:Q", "latitude2": "latitude_to:Q",
    }  # fmt: skip
    if not weighted:
        return chart.encode(**places, tooltip=["from_site", "to_site"])
    stages = in_chain(lines["stage"].tolist())
    return chart.encode(
        **places,
        strokeWidth=alt.StrokeWidth("t:Q", legend=None, scale=alt.Scale(type="sqrt", range=[0.5, 7])),
        color=alt.Color("stage:N", sort=stages, title=None,
                        scale=alt.Scale(domain=stages, range=_stage_colours(stages))),
        tooltip=["from_site", "to_site", "stage", alt.Tooltip("t:Q", format=",.0f")],
    )  # fmt: skip


#: A stage has one colour on every page.
STAGE_COLOURS = {
    "ore": "#7A5C99", "concentrate": "#8C6D31", "carbonate": "#CC79A7", "oxide": "#0072B2",
    "metal": "#56B4E9", "alloy": "#E69F00", "magnet": "#009E73", "assembly": "#1F3A5F",
    "scrap": "#B0B0B0", "other": "#5A6675",
}  # fmt: skip


def _stage_colours(stages: Iterable[str]) -> list[str]:
    return [STAGE_COLOURS[stage] for stage in stages]


def _window(placed: pd.DataFrame) -> dict[str, Any]:
    """The whole world: a projection fitted to it once is the same on every page."""
    return {} if placed.empty else {"rotate": [-20, 0, 0]}
