"""What the commands of `planner explain` share: their arguments, their source, how they tell."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from planner.case import Case, read_case
from planner.errors import PlanFileError

if TYPE_CHECKING:
    from planner.analysis.findings import Findings
    from planner.solve.plan import Plan

Source = Annotated[
    Path, typer.Argument(metavar="WORKBOOK_OR_PLAN", help="a case, or an exported plan.xlsx")
]
Scenario = Annotated[
    str | None, typer.Option("--scenario", metavar="NAME", help="a scenario of the workbook")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="FILE",
        help=".xlsx, .html, .pdf or .pptx, by its name; the PLAN itself takes the findings in as sheets",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on standard output")]
Seconds = Annotated[
    float,
    typer.Option("--time-limit", min=1, metavar="SECONDS", help="longest time for all solves"),
]

Gap = Annotated[
    float | None, typer.Option("--gap", min=0, help="relative gap of each solve, if not the case's")
]

#: Says how far an analysis is: done, of how many, at what.
Tell = Callable[[int, int, str], None]


def opened(source: Path, scenario: str | None = None) -> tuple[Case, Plan | None]:
    """The case of a workbook, or the plan in an exported file with its case as it was solved.

    Raises CaseError or PlanFileError; BadParameter for a scenario beside a plan, which has its own.
    """
    from planner.report.plan_file import read_plan

    if not _is_plan(source):
        return read_case(source, scenario), None
    if scenario is not None:
        raise typer.BadParameter(
            f"{source.name} is a plan and holds its own scenario; drop --scenario."
        )
    plan = read_plan(source)
    return plan.case, plan


def _is_plan(source: Path) -> bool:
    """Whether the workbook has the sheet that every exported plan has; what is no workbook has not."""
    from planner.report.table_sheets import META

    if not zipfile.is_zipfile(source):
        return False
    with zipfile.ZipFile(source) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return f'name="{META}"'.encode() in archive.read("xl/workbook.xml")


@contextmanager
def told(title: str) -> Iterator[Tell]:
    """A line on standard error that says how far the work is; silent where nobody looks."""
    console = Console(stderr=True)
    with console.status(Text(f"{title} ...")) as line:

        def tell(done: int, of: int, what: str) -> None:
            line.update(Text(f"{title}: {done} of {of} · {what}"))

        yield tell


def show(findings: Findings, case: Case, out: Path | None, *, as_json: bool) -> None:
    """Print the findings, and write them to a file if one is named, or into the plan itself."""
    from planner.report.terminal_findings import findings_words

    file = written([findings], case, out) if out is not None else None
    if as_json:
        content = {**findings.as_json(), "file": str(file) if file else None}
        sys.stdout.write(
            json.dumps(content, ensure_ascii=False, allow_nan=False, default=str) + "\n"
        )
        return
    console = Console()
    wide = console if console.is_terminal else Console(width=140)
    wide.print(findings_words(findings))
    if file is not None:
        wide.print(Text(f"Written: {file}"))


def written(found: Sequence[Findings], case: Case, out: Path) -> Path:
    """A file of its own, or the plan that was looked into with the findings as sheets beside its own."""
    from planner.report.export import export_findings, export_plan
    from planner.report.findings_document import with_findings
    from planner.report.plan_file import read_plan

    if not _is_plan(out):
        return export_findings(found, case, out)
    plan = read_plan(out)
    if plan.case.fingerprint != case.fingerprint:
        raise PlanFileError(f"{out} is another plan than the one that was looked into. Ask again.")
    return export_plan(with_findings(plan, found), out)


def check_out(out: Path | None, source: Path) -> None:
    """Refuse, before any work, a file that says no format, is the workbook itself or another plan; the
    plan that is looked into takes the findings in."""
    from planner.report.export import check_suffix

    if out is None:
        return
    check_suffix(out)
    same = out.resolve() == source.resolve()
    if same and not _is_plan(source):
        raise typer.BadParameter(f"{out} is the workbook itself, which is never written over. Name another file with -o.")  # fmt: skip
    if not same and _is_plan(out):
        raise typer.BadParameter(f"{out} is a plan already. Name another file with -o, or {source} itself.")  # fmt: skip
