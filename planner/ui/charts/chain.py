"""The chain as a Sankey: from the countries that supply a stage, through plants, to the markets.

A tonne that a plant draws is traced to the countries that shipped the material to it, in
proportion to what arrived over the horizon. Widths are t of input, so what a process loses is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from planner.analysis.figures import UNKNOWN, expected
from planner.report.document import Columns, Table
from planner.report.words import tonnes
from planner.solve.plan import Plan
from planner.ui.charts.figure import INK, Figure
from planner.ui.charts.network import STAGE_COLOURS

#: (stage or "market", country or end use)
Place = tuple[str, str]
MARKET = "market"
#: Flows below this part of the largest would be hairlines; the table has them.
_SMALLEST = 0.002


def sankey(plan: Plan) -> Figure | None:
    """The chain of a plan, t expected over the horizon; None where nothing moves."""
    found = links(plan)
    if not found:
        return None
    drawn, loops = acyclic(found)
    least = _SMALLEST * max(drawn.values())
    shown = {pair: t for pair, t in drawn.items() if t >= least}
    rows = tuple(
        (_words(a), _words(b), t) for (a, b), t in sorted(found.items(), key=lambda item: -item[1])
    )
    columns: Columns = (("From", "text"), ("To", "text"), ("t, expected", "tonnes"))
    (a, b), most = max(drawn.items(), key=lambda item: item[1])
    remark = "A plant's input is traced to the countries that shipped to it, in proportion to what arrived."
    if loops:
        remark += f" {tonnes(loops)} t that run in a circle (scrap back into earlier stages) are in the table alone."
    return Figure(
        "The chain: who supplies which stage for whom, t of input over the horizon (expected)",
        f"Sankey of {len(shown)} flows; the widest: {tonnes(most)} t from {_words(a)} to {_words(b)}.",
        Table(columns, rows, paper_rows=14),
        option=_option(shown),
        height=460,
        remark=remark,
    )


def links(plan: Plan) -> dict[tuple[Place, Place], float]:
    """Expected t between places: inputs of plants by origin, deliveries by origin."""
    stage = {row["material"]: row["stage"] for row in plan.case["materials"]}
    sites = {row["site"]: row for row in plan.case["sites"]}
    country = {name: row["country"] or UNKNOWN for name, row in sites.items()}
    origin = _origins(plan, country)
    found: dict[tuple[Place, Place], float] = defaultdict(float)
    plant = {row["process"]: row["site"] for row in plan.case["processes"]}
    makes = _made_stage(plan, stage)
    for row in _rows(plan, "draws"):
        site = plant[row["process"]]
        for source, part in origin(site, row["material"]).items():
            pair = (stage[row["material"]], source), (makes[row["process"]], country[site])
            found[pair] += part * row["t"]
    for row in _rows(plan, "deliveries"):
        use = sites[row["market"]]["end_use"] or row["market"]
        for source, part in origin(row["market"], row["material"]).items():
            found[(stage[row["material"]], source), (MARKET, use)] += part * row["t"]
    return {pair: t for pair, t in found.items() if t > 1e-9 and pair[0] != pair[1]}


def _rows(plan: Plan, table: str) -> list[Mapping[Any, Any]]:
    """The rows of a table, with ``t`` expected."""
    frame = plan.tables[table].assign(t=expected(plan, table, "t"))
    keys = [
        name for name in frame.columns if name not in ("t", "node", "period", "tracks", "arrives")
    ]
    return frame.groupby(keys, as_index=False)["t"].sum().to_dict("records")  # type: ignore[return-value]


def _origins(plan: Plan, country: Mapping[str, str]) -> Any:
    """(site, material) -> part by country of what arrived there, own making and stock counted as
    the site's own country."""
    arrived: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in _rows(plan, "shipments"):
        arrived[row["to_site"], row["material"]][country[row["from_site"]]] += row["t"]
    supply = plan.tables["supply"].assign(t=expected(plan, "supply", "t"))
    for (site, material), rows in supply.groupby(["site", "material"]):
        if (str(site), str(material)) not in arrived or (rows["kind"] != "bought").any():
            arrived[str(site), str(material)][country[str(site)]] += float(rows["t"].sum())

    def origin(site: str, material: str) -> Mapping[str, float]:
        parts = arrived.get((site, material))
        total = sum(parts.values()) if parts else 0.0
        if not parts or total <= 0:
            return {country[site]: 1.0}
        return {name: t / total for name, t in parts.items()}

    return origin


def _made_stage(plan: Plan, stage: Mapping[str, str]) -> dict[str, str]:
    """The stage that a process is run for: that of its richest output by share of the run."""
    best: dict[str, tuple[float, str]] = {}
    for row in plan.case["recipes"]:
        share = row["t_per_t"] or 0.0
        if share > 0 and stage[row["material"]] != "scrap":
            best[row["process"]] = max(
                best.get(row["process"], (0.0, "")), (share, stage[row["material"]])
            )
    return {
        row["process"]: best.get(row["process"], (0.0, "other"))[1]
        for row in plan.case["processes"]
    }


def acyclic(
    found: Mapping[tuple[Place, Place], float],
) -> tuple[dict[tuple[Place, Place], float], float]:
    """The links without those that would close a circle, the largest kept; and the t left out."""
    kept: dict[tuple[Place, Place], float] = {}
    below: dict[Place, set[Place]] = defaultdict(set)
    loops = 0.0
    for (a, b), t in sorted(found.items(), key=lambda item: -item[1]):
        if _reaches(below, b, a):
            loops += t
        else:
            below[a].add(b)
            kept[a, b] = t
    return kept, loops


def _reaches(below: Mapping[Place, set[Place]], start: Place, goal: Place) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        place = waiting.pop()
        if place == goal:
            return True
        new = below.get(place, set()) - seen
        seen |= new
        waiting += new
    return False


def _words(place: Place) -> str:
    return f"{place[1]} ({place[0]})"


def _option(shown: Mapping[tuple[Place, Place], float]) -> dict[str, Any]:
    places = list(dict.fromkeys(place for pair in shown for place in pair))
    nodes = [
        {"name": _words(place), "itemStyle": {"color": STAGE_COLOURS.get(place[0], INK)}}
        for place in places
    ]
    flows = [
        {"source": _words(a), "target": _words(b), "value": round(t, 3)}
        for (a, b), t in shown.items()
    ]
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "valueFormatter": "%,.0f t", "confine": True},
        "series": [
            {
                "type": "sankey",
                "data": nodes,
                "links": flows,
                "left": 8,
                "right": 150,
                "top": 8,
                "bottom": 8,
                "nodeWidth": 12,
                "nodeGap": 9,
                "nodeAlign": "justify",
                "layoutIterations": 64,
                "emphasis": {"focus": "adjacency"},
                "label": {"color": INK, "fontSize": 11, "textBorderWidth": 0},
                "lineStyle": {"color": "source", "opacity": 0.32, "curveness": 0.5},
            }
        ],
    }
