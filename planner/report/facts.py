"""What every export carries: which plan this is, how good it is, and what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from planner.analysis.grades import worst_grade
from planner.case import Case
from planner.report.document import Columns, Table
from planner.report.finding import status
from planner.solve.plan import Plan

_GRADES = {"A": "read in the source", "B": "derived", "C": "recalled", "D": "assumed"}
_UNSOURCED_SHEETS = ("settings", "sources", "scenarios")


def facts_table(plans: Sequence[Plan], titles: Sequence[str], today: date) -> Table:
    """A row a fact, a column a plan."""
    found = [_facts(plan, today) for plan in plans]
    rows = tuple((fact, *(own[fact] for own in found)) for fact in found[0])
    columns: Columns = (("Fact", "text"), *((title, "text") for title in titles))
    return Table(columns, rows, paper_rows=len(rows))


def _facts(plan: Plan, today: date) -> dict[str, str]:
    """In the order in which they stand on the page."""
    summary = plan.summary
    settings = plan.case.settings
    return {
        "Plan": f"{summary['plan_fingerprint'][:12]} · {summary['name']}",
        "Scenario": str(summary["scenario"] or "the workbook as it stands"),
        "Inputs": summary["input_fingerprint"][:12],
        "As of": str(summary["as_of"] or "not stated")[:10],
        "Exported": today.isoformat(),
        "Proof": status(summary),
        "Units": f"money in MUSD, discounted at {settings['discount_rate']:.3g} a year to the first "
        "period's start; t of material; expected over the tree",
        "Data grades": grades(plan.case),
    }


def short_facts(plan: Plan, today: date) -> str:
    """The facts that stand on every page, in one line."""
    summary = plan.summary
    words = [
        f"plan {summary['plan_fingerprint'][:12]}",
        f"inputs {summary['input_fingerprint'][:12]}",
    ]
    if summary["scenario"]:
        words.append(f"scenario {summary['scenario']}")
    if summary["as_of"]:
        words.append(f"as of {str(summary['as_of'])[:10]}")
    if summary["status"] != "optimal":
        words.append("NOT PROVEN OPTIMAL")
    if not summary["verified"]:
        words.append("NOT VERIFIED")
    return " · ".join([*words, f"exported {today.isoformat()}"])


def grades(case: Case) -> str:
    """How many rows of the inputs rest on sources of each grade, by the worst source of a row."""
    counted: Counter[str] = Counter()
    for sheet, rows in case.sheets.items():
        if sheet not in _UNSOURCED_SHEETS:
            counted.update(worst_grade(case, row) for row in rows)
    words = [
        f"{counted[grade]} {meaning} ({grade})"
        for grade, meaning in _GRADES.items()
        if counted[grade]
    ]
    if counted[""]:
        words.append(f"{counted['']} without a graded source")
    return "rows of the inputs: " + ", ".join(words)
