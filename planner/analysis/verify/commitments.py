"""CMT: what is already decided, forced or forbidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from planner.analysis.verify.audit import Audit
from planner.analysis.verify.sourcing import Contracts
from planner.case.case import Row

#: Amounts by name of what is committed, and place.
Amounts = dict[tuple[str, str, str], float]


def check_commitments(audit: Audit, contracts: Contracts) -> None:
    """Every row of ``commitments``; stress branches, unannounced, commit to nothing."""
    offers = audit.reading.keyed("offers", "")
    amounts: dict[str, Callable[[Audit], Amounts]] = {
        "offer": lambda a: _by_place(a, "takes", "t"),
        "project": lambda a: _by_place(a, "builds", "modules"),
        "substitute": _switches,
        "licence": _applications,
    }
    for row in audit.reading.case["commitments"]:
        if row["what"] == "offer" and offers[row["name"]]["kind"] == "contract":
            _contract(audit, row, contracts)
        else:
            _committed(audit, row, amounts[row["what"]](audit))


def _by_place(audit: Audit, table: str, amount: str) -> Amounts:
    sums: Amounts = defaultdict(float)
    for row in audit.book[table]:
        sums[row[0], row.node, row.period] += getattr(row, amount)
    return sums


def _switches(audit: Audit) -> Amounts:
    """A switch stands in every period of the node that it enters; it is counted in the first."""
    return {
        (row.substitute, row.node, audit.tree.first_period(row.node)): row.switched
        for row in audit.book["switches"]
    }


def _applications(audit: Audit) -> Amounts:
    """Applications by the node that they are FOR: every child of the node that decides."""
    sums: Amounts = {}
    for row in audit.book["applications"]:
        for child in audit.tree.children[row.decided_in]:
            first = audit.tree.first_period(child.name)
            sums[row.licence, child.name, first] = row.applied
    return sums


def _committed(audit: Audit, row: Row, amounts: Amounts) -> None:
    tree, name, period = audit.tree, row["name"], row["period"]
    if period is None:
        for leaf in tree.leaves:
            total = sum(amounts.get((name, *place), 0.0) for place in tree.walk(leaf.name))
            _compare(audit, row, f"path to {leaf.name}", total)
        return
    of_the_epoch = row["what"] in ("substitute", "licence")
    epoch = audit.timeline.epoch[period]
    for node in tree.ordinary:
        if node.epoch == epoch:
            at = tree.first_period(node.name) if of_the_epoch else period
            _compare(audit, row, f"node {node.name}", amounts.get((name, node.name, at), 0.0))


def _contract(audit: Audit, row: Row, contracts: Contracts) -> None:
    period = row["period"]
    for node in audit.tree.ordinary:
        if period is None or node.epoch == audit.timeline.epoch[period]:
            offer = audit.reading.keyed("offers", node.name)[row["name"]]
            _compare(audit, row, f"node {node.name}", contracts.in_force(offer, node.name))


def _compare(audit: Audit, row: Row, where: str, found: float) -> None:
    text = f"{row['what']} {row['name']} {row['sense']} {row['amount']:g}, {where}"
    if row["sense"] == "=":
        audit.ledger.equal("CMT-1", text, found, row["amount"])
    elif row["sense"] == "<=":
        audit.ledger.at_most("CMT-1", text, found, row["amount"])
    else:
        audit.ledger.at_most("CMT-1", text, row["amount"], found)
