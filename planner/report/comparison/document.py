"""A comparison as a document: what differs, and why, with the figures of every plan side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from planner.analysis.compare import Comparison
from planner.analysis.figures import OFF_CHAIN
from planner.report.book import NAVY
from planner.report.comparison.reasons import headline, reasons
from planner.report.document import (
    Cell,
    Chart,
    Columns,
    Document,
    Look,
    Section,
    Series,
    Table,
    falling_steps,
)
from planner.report.facts import facts_table
from planner.report.summary_page import EXPOSED, PALETTE
from planner.report.words import musd, percent

#: A change below this part of all changes is no bar of its own.
_SMALL = 0.02
_COLOURS = (NAVY, EXPOSED, *PALETTE)


def comparison_document(comparison: Comparison, today: date) -> Document:
    """What every export says of plans side by side; ``today`` is the day of the export."""
    return Document(
        kind="comparison",
        title=headline(comparison),
        status=_standing(comparison),
        sound=not comparison.cautions,
        tiles=tuple(_tiles(comparison)),
        sections=tuple(_sections(comparison)),
        facts=facts_table(comparison.plans, comparison.labels, today),
        footer=_footer(comparison, today),
    )


def _footer(comparison: Comparison, today: date) -> str:
    """Which plans these are; the rest of what they carry closes the document."""
    words = []
    for label, plan in zip(comparison.labels, comparison.plans, strict=True):
        proven = "" if plan.summary["status"] == "optimal" else " NOT PROVEN OPTIMAL"
        words.append(f"{label}: plan {plan.summary['plan_fingerprint'][:12]}{proven}")
    return f"{' | '.join(words)} | exported {today.isoformat()}"


def _standing(comparison: Comparison) -> str:
    if comparison.cautions:
        return " ".join(comparison.cautions)
    return "Every plan is proven within its gap and verified from its own tables."


def _tiles(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for label, cost, tail in zip(
        comparison.labels,
        comparison.summary("expected_cost_kusd"),
        comparison.summary("cvar_kusd"),
        strict=True,
    ):
        yield f"{label}: expected, CVaR", f"{musd(cost)}, {musd(tail).removeprefix('MUSD ')}"


def _sections(comparison: Comparison) -> Iterator[Section]:
    yield Section("Why they differ", "Why", tuple(reasons(comparison)))
    yield from _bridges(comparison)
    yield from _supply(comparison)
    yield _risk(comparison)
    yield from _regret(comparison)
    yield from _decisions(comparison)
    yield from _timing(comparison)
    yield from _service(comparison)
    yield _inputs(comparison)


def _columns(comparison: Comparison, look: Look) -> tuple[tuple[str, Look], ...]:
    return tuple((label, look) for label in comparison.labels)


def _bridges(comparison: Comparison) -> Iterator[Section]:
    """One bridge from the first plan to each other, and the table of all of them."""
    table = comparison.bridge
    first = comparison.labels[0]
    words = {
        line: str(line).replace("_", "-" if line == "take_or_pay" else " ") for line in table.index
    }
    for place, label in enumerate(comparison.labels[1:], start=1):
        change = table[label] - table[first]
        moved = change[change.abs() >= 0.5].sort_values(ascending=False)
        drawn = _telling(moved, words)
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
            (name, *(float(value) for value in cells))
            for name, cells in [
                *zip(words.values(), figures.to_numpy().tolist(), strict=True),
                ("total", figures.sum().tolist()),
            ]
        )
        yield Section(
            _bridge_title(comparison, place, moved, words), f"Bridge {first[0]} to {label[0]}", (),
            (Table(columns, lines, paper_rows=len(lines), strong=(len(lines) - 1,)),), (chart,),
        )  # fmt: skip


def _telling(moved: pd.Series, words: Mapping[Any, str]) -> dict[str, float]:
    """The changes that a reader can see in a bridge; all smaller ones together stand last."""
    small = moved.abs() < _SMALL * moved.abs().sum()
    drawn = {words[line]: float(kusd) for line, kusd in moved[~small].items()}
    return {**drawn, "all others": float(moved[small].sum())} if small.any() else drawn


def _bridge_title(
    comparison: Comparison, place: int, moved: pd.Series, words: dict[Any, str]
) -> str:
    a, b = comparison.labels[0][0], comparison.labels[place][0]
    if moved.empty:
        return f"{b} costs the same as {a}, line by line"
    at = int(moved.abs().to_numpy().argmax())
    largest = words[moved.index[at]]
    return f"From {a} to {b}: {largest} changes most, MUSD {float(moved.iloc[at]) / 1000:+,.2f}"


def _supply(comparison: Comparison) -> Iterator[Section]:
    share = comparison.shares
    if share.empty:
        return
    rows = _rows(share)
    columns: Columns = (
        ("Stage", "text"),
        ("Country", "text"),
        *_columns(comparison, "share"),
    )
    hhi = comparison.hhi
    lines = _rows(hhi)
    heads: Columns = (
        ("Stage", "text"),
        ("HHI by", "text"),
        *_columns(comparison, "index"),
    )
    spread = np.ptp(share.to_numpy(), axis=1)
    off = share.index.get_level_values(0).isin(OFF_CHAIN)
    at = int(np.where(off & (not off.all()), -1.0, spread).argmax())
    stage, country = _pair(share.index[at])
    found = share.iloc[at].tolist()
    parts = ", ".join(
        f"{percent(value)} in {label[0]}"
        for label, value in zip(comparison.labels, found, strict=True)
    )
    title = f"{country}'s share of {stage}: {parts}"
    yield Section(
        title, "Shares and HHI",
        ("HHI is the sum of squared shares in percent: 10,000 is a single source, above 2,500 is concentrated.",),
        (Table(columns, rows, paper_rows=14), Table(heads, lines, paper_rows=12)),
        (_share_chart(comparison, stage),),
    )  # fmt: skip


def _pair(at: Any) -> tuple[Any, Any]:
    stage, country = at
    return stage, country


def _share_chart(comparison: Comparison, stage: str) -> Chart:
    """One column a plan, of the stage in which the plans differ most."""
    share = comparison.shares.loc[stage]
    series = tuple(
        Series(str(country), tuple(cells), _COLOURS[place % len(_COLOURS)])
        for place, (country, cells) in enumerate(
            zip(share.index, share.to_numpy().tolist(), strict=True)
        )
    )
    title = f"Share of each country in the expected tonnes of {stage}"
    return Chart("stacked", title, "share of expected t", series, comparison.labels)


def _risk(comparison: Comparison) -> Section:
    names = {"mean": "mean (expected cost)", "CVaR": "CVaR", "least": "least", "most": "most"}
    rows = tuple(
        _plain((names.get(str(figure), f"at most this in {figure} of outcomes"), *cells))
        for figure, cells in zip(
            comparison.risk.index, comparison.risk.to_numpy().tolist(), strict=True
        )
    )
    table = Table((("Cost over outcomes, MUSD", "text"), *_columns(comparison, "musd")), rows)
    curve = comparison.exceedance
    lines = []
    for place, label in enumerate(comparison.labels):
        own = curve[curve["plan"] == label]
        costs, likely = (own["cost_kusd"] / 1000).tolist(), own["probability"].tolist()
        lines.append(falling_steps(label, _COLOURS[place], costs, likely))
    chart = Chart(
        "steps",
        "How likely each plan is to cost at least so much",
        "MUSD, discounted",
        tuple(lines),
    )
    tails = comparison.summary("cvar_kusd")
    least = min(range(len(tails)), key=lambda place: tails[place])
    worst = max(range(len(tails)), key=lambda place: tails[place])
    title = "Their tails cost the same"
    if tails[worst] - tails[least] > 0.5:
        title = f"{comparison.labels[worst][0]} is most exposed: CVaR {musd(tails[worst])} against {musd(tails[least])} in {comparison.labels[least][0]}"
    return Section(title, "Risk", (), (table,), (chart,))


def _regret(comparison: Comparison) -> Iterator[Section]:
    table = comparison.regret
    if table is None:
        return
    worst = table.to_numpy().max(axis=1)
    cells = [
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
    yield Section(title, "Regret", (words,), (Table(columns, tuple(cells)),))


def _decisions(comparison: Comparison) -> Iterator[Section]:
    now, average = comparison.now, comparison.average
    if now.empty and average.empty:
        yield Section("They decide the same", "Decisions")
        return
    tables = []
    if not now.empty:
        columns: Columns = (("Now", "text"), ("Which", "text"), ("From", "text"), ("Unit", "text"))
        tables.append(_frame_table(comparison, now, columns, "tonnes"))
    if not average.empty:
        columns: Columns = (
            ("Expected over the horizon", "text"),
            ("Which", "text"),
            ("Unit", "text"),
        )
        tables.append(_frame_table(comparison, average, columns, "tonnes"))
    count = len(now)
    title = (
        f"{count} decision{'s differ' if count != 1 else ' differs'} now"
        if count
        else "Now they decide the same; later they do not"
    )
    yield Section(title, "Decisions", (), tuple(tables))


def _frame_table(
    comparison: Comparison,
    frame: pd.DataFrame,
    columns: Sequence[tuple[str, Look]],
    look: Look,
) -> Table:
    rows = tuple(_plain(row) for row in frame.itertuples(index=False, name=None))
    return Table((*columns, *_columns(comparison, look)), rows)


def _timing(comparison: Comparison) -> Iterator[Section]:
    frame = comparison.timing
    if frame.empty:
        return
    lines = []
    for key, rows in frame.groupby(["kind", "name"], sort=False):
        kind, name = _pair(key)
        dates = rows[rows["figure"] == "first decided"].iloc[0]
        likely = rows[rows["figure"] == "probability"].iloc[0]
        cells = []
        for label in comparison.labels:
            day = dates[label]
            never = day is None or pd.isna(day)
            cells.append("never" if never else f"{day:%b %Y}, {percent(likely[label])}")
        lines.append((str(kind), str(name), *cells))
    columns: Columns = (("Commitment", "text"), ("Which", "text"), *_columns(comparison, "text"))
    title = f"{len(lines)} commitment{'s come' if len(lines) != 1 else ' comes'} at another time or with other odds"
    words = "When it is first decided on any path, and how likely it is to be decided at all."
    yield Section(title, "Timing", (words,), (Table(columns, tuple(lines)),))


def _service(comparison: Comparison) -> Iterator[Section]:
    table = comparison.service
    if table.empty:
        return
    served = pd.DataFrame(table.xs("served", level="figure"))
    spread = np.ptp(served.to_numpy(dtype=float), axis=1)
    title = "Every plan serves the same share of demand"
    if spread.max() > 5e-4:
        at = int(spread.argmax())
        parts = ", ".join(
            f"{percent(share)} in {label[0]}"
            for share, label in zip(served.iloc[at].tolist(), comparison.labels, strict=True)
        )
        title = f"{served.index[at]} is served {parts}"
    shares = _rows(served)
    amounts = table.rename(index={"demand_t": "demand", "short_t": "short"}, level="figure")
    amounts = amounts.drop(index="served", level="figure")
    uses: Columns = (("End use: share served", "text"), *_columns(comparison, "share"))
    tonnes: Columns = (("End use", "text"), ("t", "text"), *_columns(comparison, "tonnes"))
    yield Section(title, "Service", (), (Table(uses, shares), Table(tonnes, _rows(amounts))))


def _inputs(comparison: Comparison) -> Section:
    frame = comparison.inputs
    if frame.empty:
        return Section("Nothing differs in what was asked", "Inputs")
    rows = tuple(_plain(row) for row in frame.itertuples(index=False, name=None))
    columns: Columns = (("Sheet", "text"), ("Row", "text"), ("Column", "text"), ("Unit", "text"),
               ("Cell", "text"), ("Grade", "text"), *_columns(comparison, "plain"))  # fmt: skip
    words = ("Only what is not alike in all plans. The cell is that of the first plan; under a scenario "
             "it holds the value that the scenario changes.")  # fmt: skip
    title = f"{len(rows)} input{'s differ' if len(rows) != 1 else ' differs'}"
    return Section(title, "Inputs", (words,), (Table(columns, rows),))


def _rows(frame: pd.DataFrame) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a frame whose index names them, in one level or two."""
    return tuple(
        _plain((*(at if isinstance(at, tuple) else (at,)), *cells))
        for at, cells in zip(frame.index, frame.to_numpy().tolist(), strict=True)
    )


def _plain(row: Sequence[Any]) -> tuple[Cell, ...]:
    """Values of a table as cells: lists joined, blanks None, numbers of numpy's as Python's."""
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> Cell:
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or None
    if hasattr(value, "item"):
        return value.item()
    if value is None or value == "" or (isinstance(value, float) and pd.isna(value)):
        return None
    return value
