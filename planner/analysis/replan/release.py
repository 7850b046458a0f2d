"""What it would be worth to be free of what was signed: the most that buying out may cost.

Each signed contract carried on, and all of them together, is let go below its amount; what the best plan
then costs less is the price at which changing it breaks even. Nothing is changed by itself: a signed
decision stands unless the user buys it out and says so in the actuals.
"""

from __future__ import annotations

import threading

from planner.analysis.amounts import kusd
from planner.analysis.findings import Findings, FindingTable
from planner.analysis.loosening import changed
from planner.analysis.resolving import OutOfTime, Resolver, Tell
from planner.case import Case
from planner.errors import NothingFound

SIGNED_NAME = " (signed)"


def release(
    case: Case, *, seconds: float = 120.0, tell: Tell | None = None,
    stop: threading.Event | None = None,
) -> Findings:  # fmt: skip
    """Table ``signed``, for a case that ``roll`` made."""
    resolver = Resolver(case, seconds=seconds, stop=stop)
    try:
        base = resolver.base
    except NothingFound:
        return Findings("replan", "Signed contracts were not priced: time was up before the first answer")  # fmt: skip
    places = [
        at for at, row in enumerate(case["commitments"])
        if row["what"] == "offer" and str(row["name"]).endswith(SIGNED_NAME)
    ]  # fmt: skip
    groups = [(case["commitments"][at]["name"].removesuffix(SIGNED_NAME), [at]) for at in places]
    if len(groups) > 1:
        groups.append(("all of them", places))
    rows, late = [], False
    for done, (name, group) in enumerate(groups):
        if tell is not None:
            tell(done, len(groups), f"free of {name}")
        free = case
        for at in group:
            free = changed(free, "commitments", at, sense="<=")
        try:
            cost = resolver.cost(free)
        except OutOfTime:
            late = True
            break
        rows.append((name, max(0.0, base.found - cost.found), max(0.0, base.found - cost.bound)))
    table = FindingTable.of(
        "signed", "a signed contract: what being free of it would save",
        ("contract", "worth_kusd", "at_most_kusd"), rows,
    )  # fmt: skip
    worth = [row for row in rows if row[1] > 1e-6 * max(1.0, abs(base.found))]
    said = [f"Buying out {name} pays below {kusd(saved)} (at most {kusd(most)} within the gap)." for name, saved, most in worth]  # fmt: skip
    title = (
        f"{len(worth)} of {len(rows)} changes of signed contracts would save something"
        if worth
        else "No signed contract is worth buying out"
    )
    cautions = ("Time was up before all contracts were tried.",) if late else ()
    return Findings("replan", title, tuple(said), (table,), cautions)
