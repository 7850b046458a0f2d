"""The command line: check, template, verify here; all other commands beside it, by topic.

Results go to standard output, all else to standard error. Exit codes: 0 done (a plan optimal
within the gap; a plan that holds), 1 a plan that does not hold, 2 usage, 3 bad input, 4 no plan
can exist, 5 stopped at a limit with a plan, 6 at a limit without one, 130 interrupted.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from planner import cli_batch, cli_compare, cli_explain, cli_replan, cli_rules, cli_solve
from planner.case import apply_scenario, read_case, write_template
from planner.cli_endings import (
    NOT_VERIFIED,
    OPTIMAL,
    endings,
    fault_entry,
    print_json,
    say,
    show_warnings,
    spoken,
)
from planner.cli_solve import AsJson, PlanPath, WorkbookPath
from planner.cli_targets import check_folder

app = typer.Typer(
    help="Rare-earth sourcing under export-licence risk: one workbook in, a verified plan out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
@spoken
def check(workbook: WorkbookPath, as_json: AsJson = False) -> None:
    """Read a workbook, with each of its scenarios, and report every fault and warning."""
    case = read_case(workbook)
    names = list(dict.fromkeys(row["scenario"] for row in case["scenarios"]))
    for name in names:
        apply_scenario(case, name)
    rows = {sheet: len(found) for sheet, found in case.sheets.items() if found}
    if as_json:
        print_json(
            {
                "status": "ok",
                "name": case.name,
                "fingerprint": case.fingerprint,
                "rows": rows,
                "scenarios": names,
                "warnings": [fault_entry(fault) for fault in case.warnings],
            }
        )
        return
    show_warnings(case.warnings)
    counted = ", ".join(f"{sheet} {count}" for sheet, count in rows.items())
    say(f"{workbook.name} is a sound case. Rows: {counted}.")
    if names:
        say(f"Its scenarios are sound too: {', '.join(names)}.")


@app.command()
@spoken
def template(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="the file to write")] = Path(
        "template.xlsx"
    ),
    force: Annotated[bool, typer.Option("--force", help="replace a file that is there")] = False,
) -> None:
    """Write a workbook with every sheet explained and an example row in each."""
    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{path}: a template is an .xlsx file; name it so.")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already. Name another file, or add --force.")
    check_folder(path.parent)
    write_template(path)
    say(f"Written: {path}. Fill it in, then: planner check {path}")


@app.command()
@spoken
def verify(
    plan: PlanPath,
    case: Annotated[
        Path | None,
        typer.Option(metavar="WORKBOOK", help="the case whose inputs must equal the plan's"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild every equation and the cost from an exported plan's tables, and say if it holds."""
    from planner.api import verify_file
    from planner.report.terminal import verdict_words

    verdict = verify_file(plan, case)
    if as_json:
        print_json(asdict(verdict))
    else:
        for words in verdict_words(verdict, plan.name):
            say(words)
    raise typer.Exit(OPTIMAL if verdict.holds else NOT_VERIFIED)


for _command in (
    cli_batch.batch,
    cli_batch.sweep,
    cli_compare.compare,
    cli_compare.export,
    cli_compare.trace,
):
    app.command()(spoken(_command))
app.command()(spoken(cli_solve.solve))
app.command("open")(spoken(cli_solve.open_plan))
app.command()(spoken(cli_replan.replan))
app.add_typer(cli_rules.rules_app(endings), name="rules")
app.add_typer(cli_explain.explain_app(spoken), name="explain")
