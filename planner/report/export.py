"""Plans and comparisons as files: .xlsx, .html, .pdf, .pptx, by the name of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import planner.report.plan_workbook  # noqa: F401 - registers how a plan is written to .xlsx
from planner.analysis.compare import Comparison
from planner.analysis.findings import Findings
from planner.case import Case
from planner.errors import CaseError, PlanFileError
from planner.report.comparison.document import comparison_document
from planner.report.comparison.workbook import write_workbook
from planner.report.document import Document
from planner.report.findings_document import findings_document
from planner.report.html_file import write_html
from planner.report.plan_document import plan_document
from planner.solve.plan import Plan


def _pdf(document: Document, path: Path) -> None:
    try:
        from planner.report.pdf_file import write_pdf
    except OSError as error:
        raise PlanFileError(
            "A PDF needs the libraries Pango and HarfBuzz of the operating system, which are not "
            f"installed ({error}). `make system` installs them; .html needs nothing."
        ) from error
    write_pdf(document, path)


def _deck(document: Document, path: Path) -> None:
    from planner.report.deck_file import write_deck

    write_deck(document, path)


_WRITERS: dict[str, Callable[[Document, Path], None]] = {
    ".html": write_html,
    ".pdf": _pdf,
    ".pptx": _deck,
}
SUFFIXES = (".xlsx", *_WRITERS)


def check_suffix(path: Path) -> None:
    """Refuse, before any work, a file name that says no format."""
    if path.suffix.lower() not in SUFFIXES:
        raise CaseError(f"{path.name}: name the file with {', '.join(SUFFIXES)}.")


def export_plan(plan: Plan, path: Path, today: date | None = None) -> Path:
    """Write a plan; ``today`` is the date on it, the day of the call if not given.

    An older file stays until the new one is whole. Raises CaseError for an unknown format and
    PlanFileError if the file cannot be written.
    """
    check_suffix(path)
    if path.suffix.lower() == ".xlsx":
        return plan.to_excel(path)
    document = plan_document(plan, today or date.today())
    _WRITERS[path.suffix.lower()](document, path)
    return path


def export_comparison(comparison: Comparison, path: Path, today: date | None = None) -> Path:
    """Write a comparison; as `export_plan`."""
    check_suffix(path)
    return write_document(comparison_document(comparison, today or date.today()), path)


def export_findings(
    found: Sequence[Findings], case: Case, path: Path, today: date | None = None
) -> Path:
    """Write what analyses found about a case; as `export_plan`."""
    return write_document(findings_document(found, case, today or date.today()), path)


def write_document(document: Document, path: Path) -> Path:
    """Write any document in the format that the file's name says; errors as `export_plan`."""
    check_suffix(path)
    _WRITERS.get(path.suffix.lower(), write_workbook)(document, path)
    return path
