"""A plan and a verdict as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.analysis.figures import leading, supply_by_country
from planner.analysis.verify import Verdict
from planner.report.actions import Action, actions, foremost
from planner.report.finding import branches, finding, status
from planner.report.words import musd, percent, small_percent, worst_tail
from planner.solve.plan import Plan

ACTIONS_SHOWN, COUNTRIES_SHOWN = 12, 6


def plan_words(plan: Plan, written: Path) -> RenderableType:
    """The finding, the figures behind it, what to do now, the largest shares, the file."""
    doing = actions(plan)
    sound = plan.summary["verified"] and plan.summary["status"] == "optimal"
    return Group(
        Text(finding(plan, doing), style="bold"),
        Text(status(plan.summary), style="green" if sound else "yellow"),
        "",
        _figures(plan),
        *_doing(doing),
        *_shares(plan),
        Text(f"Written: {written}"),
    )


def _figures(plan: Plan) -> Table:
    summary = plan.summary
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_row("expected cost", musd(summary["expected_cost_kusd"]))
    if branches(plan):
        tail = worst_tail(summary["cvar_level"])
        table.add_row(f"CVaR, mean of the {tail}", musd(summary["cvar_kusd"]))
    if summary["bound_kusd"] is not None:
        table.add_row("objective, and no plan is below", f"{musd(summary['objective_kusd'])}, {musd(summary['bound_kusd'])}")  # fmt: skip
    table.add_row("gap asked", small_percent(summary["gap_asked"]))
    table.add_row("how", summary["method"])
    table.add_row("seconds in all, solver", f"{summary['total_seconds']:.1f}, {summary['solve_seconds']:.1f}")  # fmt: skip
    return table


def _doing(doing: Sequence[Action]) -> list[RenderableType]:
    if not doing:
        return []
    table = Table(title="What to do now", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("action", no_wrap=True)
    table.add_column("what")
    table.add_column("amount", justify="right")
    table.add_column("MUSD", justify="right")
    table.add_column("when")
    for action in foremost(doing, ACTIONS_SHOWN):
        money = "-" if action.kusd is None else f"{action.kusd / 1000:,.2f}"
        what = action.what if action.name in action.what else f"{action.what} ({action.name})"
        cells = (action.kind, what, action.tonnes, money, action.when)
        table.add_row(*(Text(cell) for cell in cells))
    left_out = len(doing) - ACTIONS_SHOWN
    return [table, Text(f"and {left_out} more in the plan")] if left_out > 0 else [table]


def _shares(plan: Plan) -> list[RenderableType]:
    tonnes = supply_by_country(plan)
    if tonnes.empty:
        return []
    table = Table(
        title="Supply by country: share of expected t", title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column("country")
    for stage in tonnes.columns:
        table.add_column(str(stage), justify="right")
    shares = leading(tonnes, COUNTRIES_SHOWN) / tonnes.sum()
    for country, cells in shares.iterrows():
        words = [percent(value) if value > 0 else "-" for value in cells.tolist()]
        table.add_row(*(Text(cell) for cell in (str(country), *words)))
    return [table]


def verdict_words(verdict: Verdict, name: str) -> list[str]:
    """What `planner verify` says of a plan's file: a line, then a line for each fault."""
    rebuilt = sum(found.rows for found in verdict.checks)
    measured = (
        f"{rebuilt:,} rows rebuilt, worst relative violation {verdict.worst:.1e} "
        f"(allowed {verdict.tolerance:.0e})"
    )
    if verdict.holds:
        said = f"{name} holds: {measured}."
    elif len(verdict.faults) == len(verdict.differences):
        said = (
            f"{name} follows from its own inputs ({measured}), but those are OTHER INPUTS than "
            "they should be:"
        )
    else:
        said = f"{name} DOES NOT HOLD: {measured}."
    return [said, *(f"  {fault}" for fault in verdict.faults)]
