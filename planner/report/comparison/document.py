"""A comparison as a document: what differs, and why, with the figures of every plan side by side.

A page shows what one must know: the plans in a row each, why they differ, what to sign now, the
bridges, where supply comes from, the tails. The tables behind stand in the workbook and the web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from planner.analysis.compare import Comparison
from planner.analysis.figures import exposure, service_by_end_use
from planner.report.actions import actions
from planner.report.comparison.asked import inputs_section, trace_section
from planner.report.comparison.doing import (
    Deed,
    amounts_section,
    committed,
    deeds,
    doing_section,
    timing_section,
)
from planner.report.comparison.money import bridge_sections, regret_sections, risk_section
from planner.report.comparison.reasons import headline, reasons
from planner.report.comparison.supply import hhi_sections, service_sections, share_sections
from planner.report.document import Cell, Columns, Document, Section, Table
from planner.report.facts import facts_table
from planner.report.finding import now
from planner.report.words import percent, worst_tail


def comparison_document(comparison: Comparison, today: date) -> Document:
    """What every export says of plans side by side; ``today`` is the day of the export."""
    doing = deeds(comparison)
    return Document(
        kind="comparison",
        title=headline(comparison),
        status=_standing(comparison),
        sound=not comparison.cautions,
        tiles=(),
        sections=tuple(_sections(comparison, doing)),
        facts=facts_table(comparison.plans, comparison.labels, today),
        footer=_footer(comparison, today),
        front=2,
    )


def _sections(comparison: Comparison, doing: Sequence[Deed]) -> Iterator[Section]:
    yield _side_by_side(comparison, doing)
    yield Section("Why they differ", "Why", tuple(reasons(comparison, doing)))
    yield doing_section(comparison, doing)
    yield from bridge_sections(comparison)
    yield from share_sections(comparison)
    yield risk_section(comparison)
    yield from regret_sections(comparison)
    yield inputs_section(comparison)
    yield from service_sections(comparison)
    yield from amounts_section(comparison)
    yield from timing_section(comparison)
    yield from hhi_sections(comparison)
    yield from trace_section(comparison)


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


def _side_by_side(comparison: Comparison, doing: Sequence[Deed]) -> Section:
    """A row a plan: what it costs, how exposed it is, what it serves and what it signs now."""
    levels = set(comparison.summary("cvar_level"))
    tail = f"Mean of the {worst_tail(levels.pop())}, MUSD" if len(levels) == 1 else "CVaR, MUSD"
    columns: Columns = (
        ("Plan", "text"), ("Expected cost, MUSD", "musd"), (tail, "musd"), ("Demand served", "share"),
        ("Leans most on", "text"), ("Committed now, MUSD", "musd"), ("To sign now", "text"),
    )  # fmt: skip
    rows = tuple(_plan_row(comparison, doing, place) for place in range(len(comparison.plans)))
    words = "Costs are expected over the tree and discounted; what is committed now is not."
    return Section("Side by side", "Side by side", (words,), (Table(columns, rows),))


def _plan_row(comparison: Comparison, doing: Sequence[Deed], place: int) -> tuple[Cell, ...]:
    plan = comparison.plans[place]
    service = service_by_end_use(plan)
    met = (service["delivered_t"] + service["substituted_t"]).sum()
    lean = exposure(plan)
    return (
        comparison.labels[place],
        plan.summary["expected_cost_kusd"],
        plan.summary["cvar_kusd"],
        None if service.empty else float(met / service["demand_t"].sum()),
        f"{lean.country}, {percent(lean.share)} of {lean.stage}" if lean else None,
        committed(doing, place),
        now(actions(plan)),
    )
