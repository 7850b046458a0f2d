"""The command of the living plan: replan."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.cli_endings import NOT_VERIFIED, OPTIMAL, say, show_warnings, wide_console
from planner.cli_explain.shared import Tell, told
from planner.cli_solve import PlanPath
from planner.cli_targets import check_folder, check_target

if TYPE_CHECKING:
    from planner.case import Case, RawSheet
    from planner.case.actuals import Actuals
    from planner.solve.plan import Plan


def replan(
    plan: PlanPath,
    as_of: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="plan anew from the epoch that begins next")
    ],
    actuals: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what has happened, an .xlsx of actuals")
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write the actuals that the plan expects, to be corrected, and stop"),
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="folder of case.xlsx, plan.xlsx, changes.xlsx")
    ] = Path("replan"),
    time_limit: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="longest time for pricing signed contracts")
    ] = 120.0,
) -> None:  # fmt: skip
    """Carry a plan on: freeze what is past, read what happened, plan the rest, say what changed."""
    from planner.analysis.replan import expected_actuals, first_period_after
    from planner.case.actuals import read_actuals
    from planner.report.actuals_file import write_sheets
    from planner.report.plan_file import read_plan

    if (actuals is None) == (template is None):
        raise typer.BadParameter("Give --actuals FILE, or --template FILE to have one written.")
    before = read_plan(plan)
    first = first_period_after(before, as_of.date())
    expected = expected_actuals(before, first)
    if template is not None:
        check_target(template, plan)
        write_sheets(expected, template)
        say(f"Written: {template}, as the plan expects the start of {first}. Correct it, then: planner replan {plan} --as-of {as_of.date()} --actuals {template}")  # fmt: skip
        return
    assert actuals is not None
    check_folder(out)
    happened = read_actuals(actuals, before.case, first)
    _carry_on(before, first, as_of, expected, happened, out, time_limit)


def _carry_on(
    before: Plan, first: str, as_of: datetime, expected: dict[str, RawSheet], happened: Actuals,
    out: Path, seconds: float,
) -> None:  # fmt: skip
    from planner.analysis.compare import compare
    from planner.analysis.replan import release
    from planner.api import solve
    from planner.case.actuals import typed_actuals
    from planner.case.book import RawBook
    from planner.report.comparison.reasons import headline, reasons
    from planner.report.export import export_comparison
    from planner.report.terminal import plan_words
    from planner.report.terminal_findings import findings_words

    hoped = typed_actuals(RawBook(expected, {}), before.case, first)
    case, cautions = _rolled(before, happened, first, as_of, out / "case.xlsx", "as it came")
    hoped_case, _ = _rolled(before, hoped, first, as_of, out / "expected_case.xlsx", "as expected")
    show_warnings(case.warnings)
    with told("Planning the rest") as tell:
        tell(0, 3, "as it came")
        after = solve(case)
        written = after.to_excel(out / "plan.xlsx")  # kept whatever the comparison comes to
        tell(1, 3, "as the plan expected")
        hoped_plan = solve(hoped_case)
        found = release(case, seconds=seconds, tell=_inside(tell))
    comparison = compare([hoped_plan, after])
    export_comparison(comparison, out / "changes.xlsx")
    console = wide_console(stderr=False)
    console.print(plan_words(after, written))
    say(f"What changed, against the rest as the plan expected it: {headline(comparison)}")
    for words in (*comparison.cautions, *reasons(comparison), *cautions):
        say(f"- {words}")
    console.print(findings_words(found))
    say(f"Written: {written}, {out / 'changes.xlsx'}, {out / 'case.xlsx'}, {out / 'expected_case.xlsx'}")  # fmt: skip
    raise typer.Exit(OPTIMAL if after.summary["verified"] else NOT_VERIFIED)


def _inside(tell: Tell) -> Tell:
    return lambda done, of, what: tell(2, 3, f"{done} of {of}: {what}")


def _rolled(
    before: Plan, happened: Actuals, first: str, as_of: datetime, path: Path, words: str
) -> tuple[Case, tuple[str, ...]]:
    """The rolled case, written and read back like any workbook, so that it is checked like one."""
    from planner.analysis.replan import roll
    from planner.case import RawSheet, read_case
    from planner.report.actuals_file import write_sheets

    rolled = roll(before.case, happened, first, as_of.date())
    settings = rolled.sheets["settings"]
    name = f"{before.case.name}, {as_of.date()} {words}"
    rows: list[tuple[Any, ...]] = [row for row in settings.rows if row[0] != "name"]
    rows.insert(0, ("name", name, *[None] * (len(settings.header) - 2)))
    write_sheets({**rolled.sheets, "settings": RawSheet(settings.header, tuple(rows))}, path)
    return read_case(path), rolled.cautions
