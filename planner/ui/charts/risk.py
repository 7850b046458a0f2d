"""What may happen and what it costs: the tree as a picture, the distribution, licences, stress tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from planner.analysis.compare.risk import exceedance
from planner.report.book import NAVY
from planner.report.document import Columns, Table, falling_steps
from planner.report.words import musd, worst_tail
from planner.solve.plan import Plan
from planner.ui.charts.figure import Figure, colours, styled
from planner.ui.charts.node import news

#: The selection of the tree's picture.
NODE = "node"


def distribution(plan: Plan) -> Figure | None:
    """The probability of costing at least so much, with mean, VaR and CVaR; None on a path."""
    leaves = plan.tables["leaves"]
    leaves = leaves[leaves["probability"] > 0]
    if len(leaves) < 2:
        return None
    curve = exceedance([plan], ["cost"])
    costs, at_least = (curve["cost_kusd"] / 1000).tolist(), curve["probability"].tolist()
    step = falling_steps("cost", NAVY, costs, at_least)
    line = pd.DataFrame({"musd": step.xs, "chance": step.values, "place": range(len(step.xs))})
    marks = pd.DataFrame(
        [{"name": name, "musd": kusd / 1000} for name, kusd in measures(plan).items()]
    )
    drawn = (
        alt.Chart(line).mark_line(strokeWidth=2.5, color=NAVY)
        .encode(
            x=alt.X("musd:Q", title="cost of the outcome, MUSD discounted",
                    scale=alt.Scale(zero=False, nice=True),
                    axis=alt.Axis(format=",.4~g", tickCount=8, labelOverlap=True)),
            y=alt.Y("chance:Q", title="probability of costing at least that", axis=alt.Axis(format=".0%")),
            order="place:Q",
        )
    )  # fmt: skip
    rules = (
        alt.Chart(marks).mark_rule(strokeDash=[5, 4], strokeWidth=2)
        .encode(
            x="musd:Q",
            color=alt.Color("name:N", scale=colours(marks["name"].tolist()), sort=marks["name"].tolist()),
            tooltip=["name", alt.Tooltip("musd:Q", format=",.1f", title="MUSD")],
        )
    )  # fmt: skip
    rows = tuple((name, kusd) for name, kusd in (*measures(plan).items(), *_ends(leaves)))
    said = "; ".join(f"{name} {musd(kusd)}" for name, kusd in measures(plan).items())
    columns: Columns = (("Figure", "text"), ("MUSD, discounted", "musd"))
    return Figure(
        "How likely it is to cost at least so much",
        f"Falling steps from {musd(costs[0] * 1000)} to {musd(costs[-1] * 1000)}; {said}.",
        Table(columns, rows, paper_rows=len(rows)),
        chart=styled(alt.layer(drawn, rules)),
    )


def measures(plan: Plan) -> dict[str, float]:
    """Mean, VaR and CVaR of a plan's cost [kUSD]; VaR is the cost that the worst tail begins at."""
    leaves = plan.tables["leaves"]
    leaves = leaves[leaves["probability"] > 0].sort_values("cost_kusd")
    level = plan.summary["cvar_level"]
    reached = leaves["probability"].cumsum()
    # Rounding in a sum of probabilities must not push the quantile to the next outcome.
    var = float(leaves["cost_kusd"][reached >= level - 1e-12].iloc[0])
    tail = worst_tail(level)
    return {
        "mean": float(plan.summary["expected_cost_kusd"]),
        f"VaR: the {tail} begins here": var,
        f"CVaR: mean of the {tail}": float(plan.summary["cvar_kusd"]),
    }


def _ends(leaves: pd.DataFrame) -> Sequence[tuple[str, float]]:
    return (
        ("least costly outcome", float(leaves["cost_kusd"].min())),
        ("costliest outcome", float(leaves["cost_kusd"].max())),
    )


def tree(plan: Plan) -> Figure | None:
    """The tree: a point a node, parents to the left; a click names the node. None on a path."""
    frame = _laid_out(plan)
    if len(frame) <= frame["epoch"].nunique():
        return None
    regimes = [name for name in dict.fromkeys(frame["regime"]) if name]
    pick = alt.selection_point(name="pick", fields=[NODE], empty=False)
    edges = _edges(frame)
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(reverse=True))
    x = alt.X(
        "epoch:O",
        title="epoch: news arrives between columns",
        axis=alt.Axis(labelAngle=0, domain=False),
    )
    lines = (
        alt.Chart(edges).mark_line(opacity=0.45, strokeWidth=1.2, color="#5A6675")
        .encode(x=x, y=y, detail="edge:N", order="epoch:Q")
    )  # fmt: skip
    points = (
        alt.Chart(frame).mark_circle(stroke="white", strokeWidth=0.8, opacity=1)
        .encode(
            x=x, y=y,
            size=alt.Size("probability:Q", legend=None, scale=alt.Scale(type="sqrt", range=[36, 420])),
            color=alt.Color("regime:N", sort=regimes, scale=colours(regimes or ["path"])),
            stroke=alt.condition(pick, alt.value("#1B1F24"), alt.value("white")),
            tooltip=[alt.Tooltip("node:N"), alt.Tooltip("regime:N"), alt.Tooltip("news:N", title="licences"),
                     alt.Tooltip("probability:Q", format=".2%")],
        )
        .add_params(pick)
    )  # fmt: skip
    tall = max(280, min(620, 11 * int(frame["y"].max() + 1)))
    return Figure(
        "The tree of what may happen (size: probability; click a node)",
        f"Tree of {len(frame)} nodes over {frame['epoch'].nunique()} epochs, regimes: {', '.join(regimes) or 'none'}.",
        _tree_table(frame),
        chart=styled(alt.layer(lines, points), height=tall),
        height=tall,
        picks="pick",
    )  # fmt: skip


def _tree_table(frame: pd.DataFrame) -> Table:
    columns: Columns = (
        ("Node", "text"), ("Epoch", "plain"), ("Regime", "text"), ("Licences", "text"),
        ("Probability", "share"),
    )  # fmt: skip
    rows = tuple(
        (r["node"], int(r["epoch"]), r["regime"], r["news"], float(r["probability"]))
        for _, r in frame.iterrows()
    )
    return Table(columns, rows, paper_rows=15)


def _laid_out(plan: Plan) -> pd.DataFrame:
    """Nodes that can happen, each with a height: leaves below one another, parents amid theirs."""
    frame = plan.tables["tree"].copy()
    frame[["parent", "regime", "licences"]] = frame[["parent", "regime", "licences"]].fillna("")
    frame = frame[frame["probability"] > 0]
    frame = frame.assign(news=frame["licences"].map(news))
    children: dict[str, list[str]] = {}
    for node, parent in zip(frame["node"], frame["parent"], strict=True):
        children.setdefault(parent, []).append(node)
    height: dict[str, float] = {}

    def place(node: str, free: float) -> float:
        own = children.get(node, [])
        if not own:
            height[node] = free
            return free + 1
        for child in own:
            free = place(child, free)
        height[node] = (height[own[0]] + height[own[-1]]) / 2
        return free

    free = 0.0
    for root in children.get("", []):
        free = place(root, free)
    return frame.assign(y=frame["node"].map(height))


def _edges(frame: pd.DataFrame) -> pd.DataFrame:
    at = frame.set_index("node")[["epoch", "y"]]
    rows = [
        {"edge": node, "epoch": int(at["epoch"][end]), "y": float(at["y"][end])}
        for node, parent in zip(frame["node"], frame["parent"], strict=True)
        if parent
        for end in (parent, node)
    ]
    return pd.DataFrame(rows, columns=pd.Index(["edge", "epoch", "y"]))


def licences_that_matter(plan: Plan) -> Table | None:
    """Mean cost of the outcomes in which a licence is ever denied, ever late, or neither; None
    without outcomes of licences.

    A difference of means over the same plan: licences that are denied together share it.
    """
    leaves = plan.tables["leaves"]
    paths = {leaf: _news(plan, leaf) for leaf in leaves["leaf"]}
    names = sorted({name for said in paths.values() for name in said})
    columns: Columns = (
        ("Licence", "text"), ("Ever denied, probability", "share"), ("Mean cost if so, MUSD", "musd"),
        ("Mean cost if never, MUSD", "musd"), ("Difference, MUSD", "signed_musd"),
    )  # fmt: skip
    rows = []
    for name in names:
        denied = leaves["leaf"].map(lambda leaf, name=name: "denied" in paths[leaf].get(name, ()))
        chance = float(leaves["probability"][denied].sum())
        if 0 < chance < 1 - 1e-9:
            bad, good = _mean(leaves[denied]), _mean(leaves[~denied])
            rows.append((name, chance, bad, good, bad - good))
    rows.sort(key=lambda row: -row[4])
    return Table(columns, tuple(rows), paper_rows=len(rows)) if rows else None


def _mean(leaves: pd.DataFrame) -> float:
    return float((leaves["cost_kusd"] * leaves["probability"]).sum() / leaves["probability"].sum())


def _news(plan: Plan, leaf: str) -> Mapping[str, set[str]]:
    """Outcomes of each licence on the path to a leaf, as far as the tree names them."""
    frame = plan.tables["tree"]
    parent = dict(zip(frame["node"], frame["parent"], strict=True))
    said = dict(zip(frame["node"], frame["licences"], strict=True))
    found: dict[str, set[str]] = {}
    node: Any = leaf
    while isinstance(node, str) and node in parent:
        for entry in str(said[node] or "").split(";"):
            name, is_said, outcome = entry.partition("=")
            if is_said:
                found.setdefault(name.strip(), set()).add(outcome.strip())
        node = parent[node]
    return found
