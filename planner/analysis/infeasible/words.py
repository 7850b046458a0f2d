"""Rules of the workbook as a planner names them: what, where it stands, what it must become."""

from __future__ import annotations

import math

from planner.case import SHEETS, Case
from planner.solve.business_rules import Rule
from planner.solve.elastic import Change

#: Digits that a proposed value keeps; rounded the way that helps.
_DIGITS = 4


def named(case: Case, rule: Rule) -> str:
    """``cap EU-65 (max_share, caps!F7)``."""
    return f"{_subject(case, rule)} ({rule.column}, {case.address(rule.sheet, rule.row(case), rule.column)})"


def _subject(case: Case, rule: Rule) -> str:
    row = rule.row(case)
    match rule.sheet:
        case "demand":
            period = "" if row["period"] == "*" else f" in {row['period']}"
            what = "service floor" if rule.column == "min_service_share" else "demand"
            return f"{what} of {row['site']} for {row['material']}{period}"
        case "offer_paths":
            return f"offer {row['offer']} in {row['period']}"
        case "lanes":
            return f"lane {row['from_site']} -> {row['to_site']} ({row['material']})"
        case "stocks":
            return f"stock of {row['material']} at {row['site']}"
        case "budgets":
            return f"budget {row['first_period'] or 'from the start'} to {row['last_period'] or 'the end'}"
        case "commitments":
            when = f" in {row['period']}" if row["period"] else ""
            return f"commitment {row['what']} {row['name']} {row['sense']}{when}"
        case "limits":
            return f"limit {row['measure']}"
        case "stress_tests":
            return f"stress test {row['test']}"
        case "licences" if rule.column == "max_applications":
            return f"team {row['team']}"
        case "materials":
            return f"{row['material']}, which cannot be thrown away"
        case _:
            spec = SHEETS[rule.sheet]
            return f"{spec.keys[0]} {row[spec.keys[0]]}"


def new_value(case: Case, change: Change) -> float | None:
    """What the cell must become, rounded the way that helps; None for a cell that is no amount."""
    rule = change.rule
    old = rule.row(case)[rule.column]
    if change.ratio is not None:
        value, up = change.ratio, rule.direction > 0
    elif change.by is not None and old is not None:
        value, up = float(old) + change.by, change.by > 0
    else:
        return None
    return _rounded(value, up=up)


def _rounded(value: float, *, up: bool) -> float:
    """``_DIGITS`` figures; a value a hair off a round one is that one."""
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    steps = value / unit
    near = round(steps)
    if abs(steps - near) < 1e-3:
        return near * unit
    return (math.ceil(steps) if up else math.floor(steps)) * unit


def said(case: Case, change: Change) -> str:
    """``cap EU-65 (max_share, caps!F7) must rise from 0.65 to 0.71``."""
    rule = change.rule
    value = new_value(case, change)
    if value is None:
        tonnes = sum(place.amount for place in change.places)
        return f"{named(case, rule)}: {tonnes:,.4g} t would have to be thrown away; give it a disposal price"
    old = float(rule.row(case)[rule.column])
    unit = SHEETS[rule.sheet].by_name[rule.column].unit
    unit = f" {unit}" if unit and unit != "share" and "`" not in unit else ""
    verb = "rise" if value > old else "fall"
    return f"{named(case, rule)} must {verb} from {old:,.6g} to {value:,.6g}{unit}"
