"""A plan as a document: what it costs, what to do now, what it leans on, what could go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from planner.analysis.compare.risk import exceedance
from planner.analysis.figures import (
    OTHERS,
    costs_by_line,
    exposure,
    leading,
    service_by_end_use,
    supply_by_country,
)
from planner.report.actions import Action, actions, foremost
from planner.report.book import NAVY
from planner.report.document import Chart, Columns, Document, Section, Series, Table, falling_steps
from planner.report.facts import facts_table, short_facts
from planner.report.finding import branches, finding, now, plan_tiles, status
from planner.report.findings_document import findings_in, plan_section
from planner.report.grounds import grounds_section
from planner.report.risks import risks
from planner.report.summary_page import EXPOSED, OTHER, PALETTE
from planner.report.words import line_words, musd, percent, worst_tail
from planner.solve.plan import Plan

_COUNTRIES, _ACTIONS = 7, 16
#: A cost line below this part of all is not drawn by itself.
_SMALL, _OTHER_LINES = 0.003, "all other lines"


def plan_document(plan: Plan, today: date) -> Document:
    """What a page, a deck and a web page say of a plan; ``today`` is the day of the export."""
    doing = actions(plan)
    sections = [
        _doing(doing), _supply(plan), _costs(plan), _risks(plan), _service(plan),
        _warnings(plan), *map(plan_section, findings_in(plan)), grounds_section(plan),
    ]  # fmt: skip
    return Document(
        kind="plan",
        title=finding(plan, doing),
        status=status(plan.summary),
        sound=bool(plan.summary["verified"]) and plan.summary["status"] == "optimal",
        tiles=plan_tiles(plan),
        sections=tuple(section for section in sections if section is not None),
        facts=facts_table([plan], [""], today),
        footer=short_facts(plan, today),
    )


def doing_table(doing: Sequence[Action]) -> Table:
    """What to do now, a row an action, the foremost of each kind first."""
    first = foremost(doing, _ACTIONS)
    rows = [
        (action.kind, action.what, action.tonnes, action.kusd if action.kusd is not None else "at market", action.when)
        for action in (*first, *(action for action in doing if action not in first))
    ]  # fmt: skip
    columns: Columns = (("Action", "text"), ("What", "text"), ("Amount", "text"), ("MUSD", "musd"),
               ("When", "text"))  # fmt: skip
    return Table(columns, tuple(rows), paper_rows=_ACTIONS)


def _doing(doing: list[Action]) -> Section:
    table = doing_table(doing)
    words = "MUSD: contracts at their full amount, capex net of grants; not discounted."
    return Section(f"Now: {now(doing)}", "What to do now", (words,), (table,) if doing else ())


def _supply(plan: Plan) -> Section | None:
    tonnes = leading(supply_by_country(plan), _COUNTRIES)
    if tonnes.empty:
        return None
    lean = exposure(plan)
    title = (
        f"{lean.country} supplies {percent(lean.share)} of {lean.stage}"
        if lean
        else "Supply by country"
    )
    share = tonnes / tonnes.sum()
    stages = tuple(map(str, share.columns))
    rows = [
        (str(country), *(cell or None for cell in cells))
        for country, cells in zip(share.index, share.to_numpy().tolist(), strict=True)
    ]
    rows.append(("expected t", *(f"{t:,.0f}" for t in tonnes.sum())))
    columns: Columns = (("Country", "text"), *((stage, "share") for stage in stages))
    chart = Chart("stacked", "Share of each country in the expected tonnes of a stage",
                  "share of expected t", _by_country(share, lean.country if lean else None), stages)  # fmt: skip
    table = Table(columns, tuple(rows), paper_rows=_COUNTRIES + 1, strong=(len(rows) - 1,))
    return Section(title, "Supply", (), (table,), (chart,))


def _by_country(share: pd.DataFrame, exposed: str | None) -> tuple[Series, ...]:
    found = []
    for place, (country, cells) in enumerate(share.iterrows()):
        rest = OTHER if country == OTHERS else PALETTE[place % len(PALETTE)]
        colour = EXPOSED if country == exposed else rest
        found.append(Series(str(country), tuple(cells.tolist()), colour))
    return tuple(found)


def _costs(plan: Plan) -> Section | None:
    costs = _telling(costs_by_line(plan))
    if costs.empty:
        return None
    total = float(costs.sum())
    lines = [line_words(line) for line in costs.index]
    rows = [*zip(lines, costs.tolist(), strict=True), ("total", total)]
    table = Table((("Line", "text"), ("MUSD", "musd")), tuple(rows), paper_rows=len(rows),
                  strong=(len(rows) - 1,))  # fmt: skip
    values = tuple(kusd / 1000 for kusd in costs)
    chart = Chart("bars", "Expected cost by line, discounted", "MUSD",
                  (Series("cost", values, NAVY),), tuple(lines))  # fmt: skip
    largest = costs.idxmax()
    part = (
        f", {percent(float(costs.max()) / total)} of the whole" if costs.min() >= 0 < total else ""
    )
    title = f"{line_words(largest).capitalize()} costs most: {musd(float(costs.max()))}{part}"
    return Section(title, "Cost", (), (table,), (chart,))


def _telling(costs: pd.Series) -> pd.Series:
    """The lines that a reader can see in the sum; two or more that are less than that stand as one."""
    small = costs.abs() < _SMALL * costs.abs().sum()
    if small.sum() < 2:
        return costs
    rest = pd.Series({_OTHER_LINES: float(costs[small].sum())})
    return pd.concat([costs[~small], rest])


def _risks(plan: Plan) -> Section | None:
    found = risks(plan)
    if not found:
        return None
    rows = tuple((risk.what, risk.probability, risk.cost_kusd, risk.short_t) for risk in found)
    columns: Columns = (("What happens", "text"), ("Probability", "share"), ("Cost, MUSD", "musd"),
               ("Short, t", "tonnes"))  # fmt: skip
    tail = worst_tail(plan.summary["cvar_level"])
    title = f"In the {tail} of outcomes it costs {musd(plan.summary['cvar_kusd'])} on average"
    if not branches(plan):
        return Section("What it leans on", "Risk", (), (Table(columns, rows),))
    curve = exceedance([plan], ["cost"])
    line = falling_steps("cost", NAVY, (curve["cost_kusd"] / 1000).tolist(), curve["probability"].tolist())  # fmt: skip
    chart = Chart("steps", "How likely it is to cost at least so much", "MUSD, discounted", (line,))
    return Section(title, "Risk", (), (Table(columns, rows),), (chart,))


def _service(plan: Plan) -> Section | None:
    service = service_by_end_use(plan)
    if service.empty:
        return None
    rows = tuple(
        (str(use), *cells)
        for use, cells in zip(service.index, service.to_numpy().tolist(), strict=True)
    )
    columns: Columns = (("End use", "text"), ("Demand, t", "tonnes"), ("Delivered, t", "tonnes"),
               ("Replaced, t", "tonnes"), ("Short, t", "tonnes"), ("Served", "share"))  # fmt: skip
    worst = service["served"].idxmin()
    served = float(service["served"].min())
    title = (
        "All demand is served"
        if served >= 1 - 1e-9
        else f"Served least: {worst}, {percent(served)} of its demand"
    )
    return Section(title, "Service", (), (Table(columns, rows),))


def _warnings(plan: Plan) -> Section | None:
    warnings = plan.summary["warnings"] or ""
    said = warnings if isinstance(warnings, list) else warnings.splitlines()
    if not said:
        return None
    rows = tuple((line,) for line in said)
    title = f"{len(said)} remark{'s' if len(said) != 1 else ''} on the inputs"
    return Section(title, "Remarks", (), (Table((("Remark", "text"),), rows, paper_rows=3),))
