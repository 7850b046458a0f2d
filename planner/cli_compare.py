"""The commands for plans as files: compare, export and trace.

The errors of the rooms below are left to the caller to say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from planner.cli_targets import check_target

Target = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help=".xlsx, .html, .pdf or .pptx, by its name")]  # fmt: skip


def compare(
    plans: Annotated[list[Path], typer.Argument(metavar="PLAN...", help="exported plans; the others are compared with the first")],
    out: Target = Path("comparison.xlsx"),
    replay: Annotated[bool, typer.Option("--replay", help="carry each plan's first decisions out in every other's world: the regrets")] = False,
) -> None:  # fmt: skip
    """Lay two to six exported plans side by side: what differs, what it costs, and why."""
    from planner.analysis.compare import compare as side_by_side
    from planner.report.comparison.reasons import headline, reasons
    from planner.report.export import check_suffix, export_comparison
    from planner.report.plan_file import read_plan

    check_suffix(out)
    check_target(out, *plans)
    comparison = side_by_side([read_plan(path) for path in plans], replay=replay)
    written = export_comparison(comparison, out)
    console = Console()
    console.print(Text(headline(comparison), style="bold"))
    for words in (*comparison.cautions, *reasons(comparison)):
        console.print(Text(f"- {words}"))
    console.print(Text(f"Written: {written}"))


def export(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="an exported plan.xlsx")],
    out: Target = Path("plan.pdf"),
) -> None:
    """Write an exported plan as a PDF, a deck or a web page."""
    from planner.report.export import check_suffix, export_plan
    from planner.report.plan_file import read_plan

    check_suffix(out)
    check_target(out, plan)
    written = export_plan(read_plan(plan), out)
    Console().print(Text(f"Written: {written}"))


def trace(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="an exported plan.xlsx")],
    figure: Annotated[str | None, typer.Argument(metavar="[FIGURE]", help="cost, supply, demand, probability, or a part: cost:purchase, supply:magnet; all if not said")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="also as .xlsx, .html, .pdf or .pptx")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object on standard output")] = False,
) -> None:  # fmt: skip
    """Lead a figure of a plan back to the cells it rests on, with their grades and sources."""
    from planner.analysis.trace import traced
    from planner.cli_explain.shared import check_out, show
    from planner.report.plan_file import read_plan

    check_out(out, plan)
    read = read_plan(plan)
    show(traced(read, figure), read.case, out, as_json=as_json)
