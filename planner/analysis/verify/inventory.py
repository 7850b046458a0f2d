"""STK: limits and floors of stock, on the sum of its classes."""

from __future__ import annotations

from planner.analysis.verify.audit import Audit, at_place


def check_inventory(audit: Audit) -> None:
    """Every STK equation; floors are not applied in stress branches."""
    ledger, timeline = audit.ledger, audit.timeline
    held = audit.totals("stock", "site", "material", "node", "period")
    first, last = timeline.periods[0], timeline.periods[-1]
    for node, period in audit.tree.places():
        for (site, material), row in audit.reading.keyed("stocks", node).items():
            t = held.get((site, material, node, period), 0.0)
            where = f"{material} at {site}, {at_place(node, period)}"
            if row["max_t"] is not None:
                ledger.at_most("STK-1", where, t, row["max_t"])
            if audit.tested(node):
                continue
            if row["min_t"] and period != first:
                ledger.at_most("STK-2", where, row["min_t"], t)
            if row["closing_t"] and period == last:
                ledger.at_most("STK-3", where, row["closing_t"], t)
    allowed = audit.reading.keyed("stocks", "")
    for (site, material, node, period), t in held.items():
        at_supplier = audit.reading.sites[site]["kind"] == "supplier"
        permitted = (site, material) in allowed and not at_supplier
        where = f"{material} at {site}, {at_place(node, period)}"
        ledger.record("STK-4", where, 0.0 if permitted else t)
