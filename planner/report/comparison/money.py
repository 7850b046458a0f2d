"""The money of plans side by side: bridges, distributions, regrets."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from planner.analysis.compare import Comparison
from planner.report.book import NAVY
from planner.report.comparison.tables import cells, plan_columns
from planner.report.document import Chart, Columns, Section, Series, Table, falling_steps
from planner.report.summary_page import EXPOSED, PALETTE
from planner.report.words import line_words, musd

#: A change below this part of all changes is no bar of its own.
_SMALL = 0.02
#: Bridges on a page; of more plans it shows the lines of all in one table.
_PAPER_BRIDGES = 2
COLOURS = (NAVY, EXPOSED, *PALETTE)


def bridge_sections(comparison: Comparison) -> Iterator[Section]:
    """The lines of all plans, then a bridge from the first plan to each other."""
    many = len(comparison.labels) > _PAPER_BRIDGES + 1
    yield _lines_section(comparison, paper=many)
    table = comparison.bridge
    first = comparison.labels[0]
    for place, label in enumerate(comparison.labels[1:], start=1):
        change = table[label] - table[first]
        moved = change[change.abs() >= 0.5].sort_values(ascending=False)
        drawn = _telling(moved)
        names = (first[0], *drawn, label[0])
        values = (float(table[first].sum()), *drawn.values(), float(table[label].sum()))
        series = Series("cost", tuple(value / 1000 for value in values), NAVY)
        title = f"Cost bridge from {first} to {label}, expected and discounted"
        chart = Chart("waterfall", title, "MUSD", (series,), names)
        columns: Columns = (
            ("Line", "text"),
            (first, "musd"),
            (label, "musd"),
            ("Change", "signed_musd"),
        )
        figures = pd.DataFrame({first: table[first], label: table[label], "change": change})
        lines = tuple(
            (name, *(float(value) for value in values))
            for name, values in [
                *zip(map(line_words, table.index), figures.to_numpy().tolist(), strict=True),
                ("total", figures.sum().tolist()),
            ]
        )
        yield Section(
            _bridge_title(comparison, place, moved), f"Bridge {first[0]} to {label[0]}", (),
            (Table(columns, lines, paper_rows=0, strong=(len(lines) - 1,)),), (chart,),
            paper=not many,
        )  # fmt: skip


def _lines_section(comparison: Comparison, *, paper: bool) -> Section:
    table = comparison.bridge
    rows = [
        *zip(map(line_words, table.index), table.to_numpy().tolist(), strict=True),
        ("total", table.sum().tolist()),
    ]
    lines = tuple((name, *values) for name, values in rows)
    columns: Columns = (("Line, MUSD", "text"), *plan_columns(comparison, "musd"))
    whole = Table(columns, lines, paper_rows=len(lines), strong=(len(lines) - 1,))
    return Section(
        "Cost by line, expected and discounted", "Cost by line", (), (whole,), paper=paper
    )


def _telling(moved: pd.Series) -> dict[str, float]:
    """The changes that a reader can see in a bridge; all smaller ones together stand last."""
    small = moved.abs() < _SMALL * moved.abs().sum()
    drawn = {line_words(line): float(kusd) for line, kusd in moved[~small].items()}
    return {**drawn, "all others": float(moved[small].sum())} if small.any() else drawn


def _bridge_title(comparison: Comparison, place: int, moved: pd.Series) -> str:
    a, b = comparison.labels[0][0], comparison.labels[place][0]
    if moved.empty:
        return f"{b} costs the same as {a}, line by line"
    at = int(moved.abs().to_numpy().argmax())
    largest = line_words(moved.index[at])
    return f"From {a} to {b}: {largest} changes most, MUSD {float(moved.iloc[at]) / 1000:+,.2f}"


def risk_section(comparison: Comparison) -> Section:
    """Each plan's distribution over the leaves of its tree."""
    names = {"mean": "mean (expected cost)", "CVaR": "CVaR", "least": "least", "most": "most"}
    rows = tuple(
        cells((names.get(str(figure), f"at most this in {figure} of outcomes"), *values))
        for figure, values in zip(
            comparison.risk.index, comparison.risk.to_numpy().tolist(), strict=True
        )
    )
    columns: Columns = (("Cost over outcomes, MUSD", "text"), *plan_columns(comparison, "musd"))
    curve = comparison.exceedance
    lines = []
    for place, label in enumerate(comparison.labels):
        own = curve[curve["plan"] == label]
        costs, likely = (own["cost_kusd"] / 1000).tolist(), own["probability"].tolist()
        lines.append(falling_steps(label, COLOURS[place], costs, likely))
    chart = Chart("steps", "How likely each plan is to cost at least so much", "MUSD, discounted", tuple(lines))  # fmt: skip
    return Section(_risk_title(comparison), "Risk", (), (Table(columns, rows, paper_rows=0),), (chart,))  # fmt: skip


def _risk_title(comparison: Comparison) -> str:
    tails = comparison.summary("cvar_kusd")
    least = min(range(len(tails)), key=lambda place: tails[place])
    worst = max(range(len(tails)), key=lambda place: tails[place])
    if tails[worst] - tails[least] <= 0.5:
        return "Their tails cost the same"
    dear, cheap = comparison.labels[worst][0], comparison.labels[least][0]
    return f"{dear} is most exposed: CVaR {musd(tails[worst])} against {musd(tails[least])} in {cheap}"  # fmt: skip


def regret_sections(comparison: Comparison) -> Iterator[Section]:
    """What each plan's first decisions cost in each other's world, where it was asked for."""
    table = comparison.regret
    if table is None:
        return
    worst = table.to_numpy().max(axis=1)
    rows = [
        (
            label,
            *("not possible" if math.isinf(kusd) else kusd for kusd in row),
            "not possible" if math.isinf(most) else most,
        )
        for label, row, most in zip(
            comparison.labels, table.to_numpy().tolist(), worst.tolist(), strict=True
        )
    ]
    columns: Columns = (
        ("First decisions of", "text"),
        *((f"in {label}", "musd") for label in comparison.labels),
        ("Most", "musd"),
    )
    least = int(worst.argmin())
    title = "None of their first decisions can be carried out in every world"
    if math.isfinite(worst[least]):
        letter = comparison.labels[least][0]
        title = (
            f"Least to regret: the first decisions of {letter}, at most {musd(float(worst[least]))}"
        )
    words = (
        "What each plan decides now, carried out in each plan's world and continued as well as that "
        "world allows: MUSD more than its own plan, by its own objective."
    )
    yield Section(title, "Regret", (words,), (Table(columns, tuple(rows)),))
