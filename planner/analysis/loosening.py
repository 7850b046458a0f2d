"""The rules of a case, each loosened by one step or dropped: variants to be solved.

One step: a share by 0.05, a number of sources or applications by one, an amount by a tenth. Dropped:
the rule says nothing any more. A law is dropped whole; it has no step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from planner.case import Case, Row

SHARE_STEP, AMOUNT_STEP = 0.05, 0.1
#: A milligram: a floor that says nothing and keeps its rows, so that the old basis fits [t, share].
_TRACE = 1e-9


@dataclass(frozen=True)
class Loosening:
    """One rule: ``kind`` and ``name`` as a planner says them, its cell, what it says now; the case with
    it a step looser (None: it has no step) and without it."""

    kind: str
    name: str
    cell: str
    now: str
    step: str
    loosened: Case | None
    dropped: Case


def loosenings(case: Case) -> tuple[Loosening, ...]:
    """Every cap, limit, stress test, service floor, stock floor, budget, quota, commitment and law."""
    found: list[Loosening] = []
    for at, row in enumerate(case["caps"]):
        found += _caps(case, at, row)
    found += _limits(case)
    found += _stress_tests(case)
    for sheet, column, kind, name, void, step in _AMOUNTS:
        for at, row in enumerate(case[sheet]):
            if row[column]:
                value = step(float(row[column]))
                found.append(_cell(case, sheet, at, column, kind, name(row), value, void))
    found += _floors(case)
    for kind, sheet, name in (("commitment", "commitments", _commitment), ("law", "rules", _law)):
        found += [
            Loosening(
                kind, name(row), _address(case, sheet, row, _LAST[sheet]), _said(row[_LAST[sheet]]),
                "", None, _without(case, sheet, at),
            )
            for at, row in enumerate(case[sheet])
        ]  # fmt: skip
    return tuple(found)


def changed(case: Case, sheet: str, at: int, **values: Any) -> Case:
    """The case with cells of one row changed."""
    rows = list(case[sheet])
    rows[at] = Row({**rows[at], **values}, rows[at].number)
    return replace(case, sheets={**case.sheets, sheet: tuple(rows)})


def _without(case: Case, sheet: str, *places: int) -> Case:
    rows = tuple(row for at, row in enumerate(case[sheet]) if at not in places)
    return replace(case, sheets={**case.sheets, sheet: rows})


def _address(case: Case, sheet: str, row: Row, column: str) -> str:
    return case.address(sheet, row, column)


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _up(share: float) -> float:
    return min(1.0, share + SHARE_STEP)


def _down(share: float) -> float:
    return max(0.0, share - SHARE_STEP)


def _more(amount: float) -> float:
    return amount * (1 + AMOUNT_STEP)


def _less(amount: float) -> float:
    return amount * (1 - AMOUNT_STEP)


def _window(row: Row) -> str:
    return f"{row['first_period'] or 'from the start'} to {row['last_period'] or 'the end'}"


#: sheet, column, kind, name of the row, what the cell holds when it says nothing, one step.
_AMOUNTS: tuple[tuple[str, str, str, Callable[[Row], str], Any, Callable[[float], float]], ...] = (
    ("budgets", "max_capex_kusd", "budget", _window, None, _more),
    ("budgets", "min_added_t_per_year", "building floor", _window, 0.0, _less),
    ("stocks", "min_t", "safety stock", lambda r: f"{r['material']} at {r['site']}", _TRACE, _less),
    (
        "stocks",
        "closing_t",
        "closing stock",
        lambda r: f"{r['material']} at {r['site']}",
        _TRACE,
        _less,
    ),
    ("licences", "max_t_per_year", "quota", lambda r: str(r["licence"]), None, _more),
)
#: The column that says what a row of these sheets asks.
_LAST = {"commitments": "amount", "rules": "requirement"}


def _commitment(row: Row) -> str:
    when = f", {row['period']}" if row["period"] else ""
    return f"{row['what']} {row['name']} {row['sense']} {row['amount']:g}{when}"


def _law(row: Row) -> str:
    return str(row["rule"])


def _cell(
    case: Case, sheet: str, at: int, column: str, kind: str, name: str, step: float, void: Any
) -> Loosening:
    row = case[sheet][at]
    return Loosening(
        kind, name, _address(case, sheet, row, column), _said(row[column]), _said(step),
        changed(case, sheet, at, **{column: step}), changed(case, sheet, at, **{column: void}),
    )  # fmt: skip


def _caps(case: Case, at: int, row: Row) -> Iterator[Loosening]:
    """A share of 1 (a floor of 0) says nothing and keeps the equations as they are."""
    for column, step, void in (("max_share", _up, 1.0), ("min_share", _down, 0.0)):
        if row[column] is not None:
            value = step(row[column])
            yield _cell(case, "caps", at, column, "cap", str(row["cap"]), value, void)
    for column, step in (("min_sources", -1), ("max_sources", 1)):
        if row[column] is None:
            continue
        alone = all(row[c] is None for c in _LIMITS if c != column)
        loosened = row[column] + step
        dropped = _without(case, "caps", at) if alone else changed(case, "caps", at, **{column: None})  # fmt: skip
        yield Loosening(
            "cap", str(row["cap"]), _address(case, "caps", row, column), _said(row[column]),
            _said(loosened), changed(case, "caps", at, **{column: loosened}) if loosened else None,
            dropped,
        )  # fmt: skip


_LIMITS = ("max_share", "min_share", "min_sources", "max_sources")


def _limits(case: Case) -> Iterator[Loosening]:
    for at, row in enumerate(case["limits"]):
        value = row["value"]
        step = _more(value) if value > 0 else value + abs(value) * AMOUNT_STEP
        uses = "" if "*" in row["end_use"] else f", {_said(row['end_use'])}"
        yield Loosening(
            "limit", f"{row['measure']}{uses}", _address(case, "limits", row, "value"), _said(value),
            _said(step), changed(case, "limits", at, value=step), _without(case, "limits", at),
        )  # fmt: skip


def _stress_tests(case: Case) -> Iterator[Loosening]:
    """Rows of one name are one test."""
    tests = dict.fromkeys(row["test"] for row in case["stress_tests"])
    for test in tests:
        places = [at for at, row in enumerate(case["stress_tests"]) if row["test"] == test]
        loosened = case
        for at in places:
            share = _down(case["stress_tests"][at]["min_service_share"])
            loosened = changed(loosened, "stress_tests", at, min_service_share=share)
        first = case["stress_tests"][places[0]]
        share = max(case["stress_tests"][at]["min_service_share"] for at in places)
        yield Loosening(
            "stress test", str(test), _address(case, "stress_tests", first, "min_service_share"),
            _said(share), _said(_down(share)), loosened, _without(case, "stress_tests", *places),
        )  # fmt: skip


def _floors(case: Case) -> Iterator[Loosening]:
    """Service floors, by market and material, all periods at once; only where a shortage has a
    price, since without one nothing says what a missing tonne costs."""
    pairs = dict.fromkeys((row["site"], row["material"]) for row in case["demand"])
    for site, material in pairs:
        places = [
            at
            for at, row in enumerate(case["demand"])
            if (row["site"], row["material"]) == (site, material) and row["min_service_share"] > 0
        ]
        rows = [case["demand"][at] for at in places]
        if not rows or any(row["shortage_usd_per_kg"] is None for row in rows):
            continue
        loosened, dropped = case, case
        for at in places:
            share = case["demand"][at]["min_service_share"]
            loosened = changed(loosened, "demand", at, min_service_share=_down(share))
            dropped = changed(dropped, "demand", at, min_service_share=0.0)
        share = max(row["min_service_share"] for row in rows)
        yield Loosening(
            "service floor", f"{site}, {material}",
            _address(case, "demand", rows[0], "min_service_share"), _said(share), _said(_down(share)),
            loosened, dropped,
        )  # fmt: skip


def team_limits(case: Case) -> Iterator[Loosening]:
    """How many applications a team can make, one more of them or any number."""
    teams = dict.fromkeys(r["team"] for r in case["licences"] if r["max_applications"] is not None)
    for team in teams:
        places = [at for at, row in enumerate(case["licences"]) if row["team"] == team]
        most = case["licences"][places[0]]["max_applications"]
        loosened, dropped = case, case
        for at in places:
            loosened = changed(loosened, "licences", at, max_applications=most + 1)
            dropped = changed(dropped, "licences", at, max_applications=None)
        row = case["licences"][places[0]]
        yield Loosening(
            "team", f"{team}, applications an epoch", _address(case, "licences", row, "max_applications"),
            _said(most), _said(most + 1), loosened, dropped,
        )  # fmt: skip
