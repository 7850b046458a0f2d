"""LAN: lanes, lead times, capacities shared by materials, minimum loads, throughput of sites."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.verify.audit import Audit, at_place


def check_moving(audit: Audit) -> None:
    """Every LAN equation."""
    ledger, reading, timeline = audit.ledger, audit.reading, audit.timeline
    loads: dict[tuple[tuple[str, str, str], str, str], float] = defaultdict(float)
    for row in audit.book["shipments"]:
        place = at_place(row.node, row.period)
        where = f"{row.material} {row.from_site} -> {row.to_site}, {place}"
        lane = reading.lane(row.from_site, row.to_site, row.material, row.node)
        if lane is None:
            ledger.broken("LAN-1", where, "the workbook has no such lane")
            continue
        given, key = lane
        is_open = timeline.within(row.period, given["first_period"], given["last_period"])
        ledger.record("LAN-1", where, 0.0 if is_open else row.t)
        arrives = timeline.falls(row.period, given["lead_months"])
        if arrives is None or arrives != row.arrives:
            ledger.broken("LAN-2", where, f"arrives {row.arrives}, by its lead {arrives}")
        else:
            ledger.held("LAN-2")
        loads[key, row.node, row.period] += row.t
    for (key, node, period), t in loads.items():
        given = reading.keyed("lanes", node)[key]
        where = f"{key[2]} {key[0]} -> {key[1]}, {at_place(node, period)}"
        if given["capacity_t_per_year"] is not None:
            most = given["capacity_t_per_year"] * timeline.years[period]
            ledger.at_most("LAN-3", where, t, most)
        if given["min_t"]:
            ledger.record("LAN-4", where, min(t, given["min_t"] - t), given["min_t"])
    _throughput(audit)


def _throughput(audit: Audit) -> None:
    rows_by_node = audit.reading.keyed
    leaving = audit.totals("shipments", "from_site", "node", "period")
    for (site, node, period), t in leaving.items():
        own = rows_by_node("sites", node)[site]["throughput_t_per_year"]
        if own is not None:
            yearly = own + audit.projects.added(site, node, period)
            most = yearly * audit.timeline.years[period]
            audit.ledger.at_most("LAN-5", f"site {site}, {at_place(node, period)}", t, most)
