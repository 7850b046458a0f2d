"""Verification: a plan rebuilt from its exported tables alone, without the model or the solver.

Each module here states one business concept a second time, from the workbook's contract, in plain
arithmetic. Nothing of the formulation is imported: agreement is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.analysis.verify.audit import Audit
from planner.analysis.verify.balance import check_balance
from planner.analysis.verify.caps import Caps, check_caps
from planner.analysis.verify.commitments import check_commitments
from planner.analysis.verify.costs import Costs, Term, check_costs
from planner.analysis.verify.derived import check_derived
from planner.analysis.verify.equations import EQUATIONS
from planner.analysis.verify.inputs import compare_inputs
from planner.analysis.verify.inventory import check_inventory
from planner.analysis.verify.investing import check_investing
from planner.analysis.verify.licences import Licences, check_licences
from planner.analysis.verify.making import check_making
from planner.analysis.verify.moving import check_moving
from planner.analysis.verify.names import known_rows
from planner.analysis.verify.odds import LicenceOdds
from planner.analysis.verify.origin import Origin, check_origin
from planner.analysis.verify.projects import Projects
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.recycling import check_recycling
from planner.analysis.verify.risk import check_risk
from planner.analysis.verify.rules import Rules
from planner.analysis.verify.selling import check_selling, demands
from planner.analysis.verify.sourcing import Contracts, TakeOrPay, check_sourcing
from planner.analysis.verify.stress import Stress, check_stress
from planner.analysis.verify.supply import supplies
from planner.analysis.verify.tables import read_tables
from planner.analysis.verify.timeline import Timeline
from planner.analysis.verify.tree import read_tree
from planner.analysis.verify.tree_checks import check_tree
from planner.analysis.verify.verdict import TOLERANCE, Check, Ledger, Verdict
from planner.case.case import Case
from planner.errors import PlanFileError
from planner.memory import collection_paused

__all__ = [
    "EQUATIONS", "TOLERANCE", "Check", "Term", "Verdict", "compare_inputs", "cost_terms", "verify",
]  # fmt: skip


@collection_paused()
def verify(
    case: Case, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any] | None = None
) -> Verdict:
    """Rebuild every equation and the cost of a plan from its exported tables.

    ``tables`` are those of a plan [t, kUSD]; with ``summary`` its costs and objective are checked
    too. Never raises for a wrong plan: what is wrong is in ``faults``. Where tables, columns or
    the tree are too broken to rebuild anything, the verdict says so and stops there.
    """
    ledger = Ledger()
    audit = _audit(case, tables, ledger)
    if audit is not None:
        _rebuild(audit, summary)
    return ledger.verdict()


def cost_terms(case: Case, tables: Mapping[str, pd.DataFrame]) -> tuple[Term, ...]:
    """Every part of a plan's cost as it is rebuilt, with the cells of the workbook that price it.

    Raises PlanFileError for tables that are too broken to rebuild anything.
    """
    audit = _audit(case, tables, Ledger())
    if audit is None:
        raise PlanFileError("The plan's tables are broken; `planner verify` says where.")
    caps = Caps(audit, list(supplies(audit)))
    return tuple(Costs(audit, list(demands(audit)), caps).terms)


def _audit(case: Case, tables: Mapping[str, pd.DataFrame], ledger: Ledger) -> Audit | None:
    """What all checks share; None, with the faults in the ledger, where nothing can be rebuilt."""
    book = read_tables(tables, ledger)
    if book is None:
        return None
    timeline = Timeline(case["periods"], case.settings["discount_rate"])
    tree = read_tree(book["tree"], timeline, ledger)
    if tree is None:
        return None
    odds = LicenceOdds(case)
    check_tree(case, tree, odds, ledger)
    reading = Reading(case, timeline, tree)
    origin = Origin(reading)
    book = known_rows(reading, book, origin, ledger)
    rules, stress = Rules(reading), Stress(reading)
    licences = Licences(reading, book, odds, stress)
    projects = Projects(reading, book, rules, licences)
    return Audit(reading, book, rules, licences, origin, projects, stress, ledger)


def _rebuild(audit: Audit, summary: Mapping[str, Any] | None) -> None:
    contracts = Contracts(audit)
    met, supplied = list(demands(audit)), list(supplies(audit))
    caps = Caps(audit, supplied)
    check_sourcing(audit, contracts, TakeOrPay(audit, contracts))
    check_moving(audit)
    check_licences(audit.reading, audit.book, audit.rules, audit.licences, audit.ledger)
    check_origin(audit.reading, audit.book, audit.origin, audit.ledger)
    check_balance(audit)
    check_making(audit)
    check_investing(audit)
    check_inventory(audit)
    check_recycling(audit)
    check_selling(audit, met)
    check_caps(audit, caps)
    check_stress(audit.reading, audit.book, audit.stress, audit.ledger)
    check_commitments(audit, contracts)
    costs = Costs(audit, met, caps)
    check_costs(audit, costs)
    check_risk(audit, costs, met, summary)
    check_derived(audit, met, supplied, caps)
