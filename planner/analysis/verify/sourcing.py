"""SRC: contracts, capacity, qualification, take-or-pay, minimum orders and price breaks."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.verify.audit import Audit, at_place
from planner.case.case import Row


class Contracts:
    """Contract amounts by the node that decides them and the epoch from which they hold."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self._decided: dict[tuple[str, str, int], float] = defaultdict(float)
        for row in audit.book["contracts"]:
            self._decided[row.offer, row.decided_in, int(row.epoch)] += row.t_per_year

    def in_force(self, offer: Row, node: str) -> float:
        """t per year that hold in a node: of its epoch and of earlier ones that still run."""
        path = self.audit.tree.paths[node]
        epoch = len(path)
        first = max(1, epoch - int(offer["contract_epochs"]) + 1)
        return sum(
            self._decided.get((offer["offer"], path[max(start - 2, 0)], start), 0.0)
            for start in range(first, epoch + 1)
        )


class TakeOrPay:
    """What is owed under take-or-pay in each period of each node."""

    def __init__(self, audit: Audit, contracts: Contracts) -> None:
        self.audit = audit
        self.contracts = contracts
        self._leaving: dict[tuple[str, str], list[str]] = defaultdict(list)
        offered = {(row["site"], row["material"]) for row in audit.reading.case["offers"]}
        for row in audit.reading.case["lanes"]:
            for site, material in offered:
                if site == row["from_site"] and row["material"] in (material, "*"):
                    self._leaving[site, material].append(row["to_site"])

    def owed(self, offer: Row, node: str, period: str) -> float:
        """t to be paid for, taken or not; 0 where no lane could legally be used."""
        share = offer["min_take_share"] or 0.0
        held = self.contracts.in_force(offer, node) if share else 0.0
        timeline = self.audit.timeline
        if not held or not timeline.within(period, offer["first_period"], offer["last_period"]):
            return 0.0
        if self.audit.stress.site_lost(offer["site"], node, period):
            return 0.0
        if self._shut(offer, node, period):
            return 0.0
        capacity = self.audit.reading.capacity(offer, node, period)
        bound = held if capacity is None else min(held, capacity)
        return share * bound * timeline.years[period]

    def _shut(self, offer: Row, node: str, period: str) -> bool:
        """Whether denial or a licence out of reach closes every lane open in the period."""
        audit, site, material = self.audit, offer["site"], offer["material"]
        tracks = audit.origin.bought(offer)
        for to_site in dict.fromkeys(self._leaving[site, material]):
            lane = audit.reading.lane(site, to_site, material, node)
            if lane is None:
                continue
            row, _ = lane
            is_open = audit.timeline.within(period, row["first_period"], row["last_period"])
            if not is_open or audit.stress.lane_lost(site, to_site, node, period):
                continue
            need = audit.rules.shipment(site, to_site, material, tracks, node, period)
            if audit.licences.open(need, node, period, even_if_not_applied=True):
                return False
        return True


def price_paid(audit: Audit, offer: Row, t: float, node: str, period: str) -> float:
    """kUSD/t for a period's volume: the offer's price, or the all-units level that it reaches."""
    level = price_level(audit, offer, t, node, period)
    if level is None:
        return audit.reading.price(offer, node, period)
    return level["price_usd_per_kg"] * audit.reading.price_factor(offer, node)


def price_level(audit: Audit, offer: Row, t: float, node: str, period: str) -> Row | None:
    """The row of `price_breaks` that a period's volume reaches; None below the first."""
    breaks = audit.reading.grouped("price_breaks", node).get(offer["offer"], ())
    yearly = t / audit.timeline.years[period]
    reached = [
        row
        for row in breaks
        if yearly >= row["from_t_per_year"] - 1e-6 * max(1.0, row["from_t_per_year"])
    ]
    return max(reached, key=lambda row: row["from_t_per_year"], default=None)


def qualified(audit: Audit, offer: Row, node: str, period: str) -> bool:
    """Whether an offer's site and material may be used: nothing needed, begun before, or waited."""
    if offer["qualification_kusd"] is None:
        return True
    timeline = audit.timeline
    begun = offer["qualified_from"]
    if begun is not None and timeline.within(period, begun, None):
        return True
    started = audit.qualified_in.get((offer["site"], offer["material"]), ())
    for step in audit.tree.paths[node]:
        if step in started:
            ready = timeline.falls(audit.tree.first_period(step), offer["qualification_months"])
            if ready is not None and timeline.within(period, ready, None):
                return True
    return False


def check_sourcing(audit: Audit, contracts: Contracts, owing: TakeOrPay) -> None:
    """Every SRC equation."""
    _contracts(audit, contracts)
    _takes(audit, contracts)
    _take_or_pay(audit, owing)
    _once_qualified(audit)


def _contracts(audit: Audit, contracts: Contracts) -> None:
    ledger, timeline, tree = audit.ledger, audit.timeline, audit.tree
    offers = audit.reading.keyed("offers", "")
    for row in audit.book["contracts"]:
        where = f"offer {row.offer}, decided in node {row.decided_in}"
        decider = tree.nodes[row.decided_in]
        first_epoch = decider is tree.root and row.epoch == 1
        if offers[row.offer]["kind"] != "contract":
            ledger.broken("SRC-8", where, "a spot offer has no contract")
        elif row.epoch != decider.epoch + 1 and not first_epoch:
            ledger.broken("SRC-8", where, f"for epoch {row.epoch:g}, not the one that follows")
        else:
            ledger.held("SRC-8")
    for name in {row.offer for row in audit.book["contracts"]}:
        for node, period in tree.places():
            offer = audit.reading.keyed("offers", node)[name]
            capacity = audit.reading.capacity(offer, node, period, shocked=False)
            open_now = timeline.within(period, offer["first_period"], offer["last_period"])
            if capacity is not None and open_now:
                held = contracts.in_force(offer, node)
                where = f"offer {name}, {at_place(node, period)}"
                ledger.at_most("SRC-7", where, held, capacity)


def _takes(audit: Audit, contracts: Contracts) -> None:
    ledger, timeline = audit.ledger, audit.timeline
    for (name, node, period), t in audit.totals("takes", "offer", "node", "period").items():
        offer = audit.reading.keyed("offers", node)[name]
        where = f"offer {name}, {at_place(node, period)}"
        years = timeline.years[period]
        if offer["kind"] == "contract":
            ledger.at_most("SRC-1", where, t, contracts.in_force(offer, node) * years)
        capacity = audit.reading.capacity(offer, node, period)
        if capacity is not None:
            ledger.at_most("SRC-2", where, t, capacity * years)
        if offer["min_order_t"]:
            lacking = min(t, offer["min_order_t"] - t)
            ledger.record("SRC-4", where, lacking, offer["min_order_t"])
        open_now = timeline.within(period, offer["first_period"], offer["last_period"])
        ledger.record("SRC-9", where, 0.0 if open_now else t)
        ledger.record("SRC-10", where, 0.0 if qualified(audit, offer, node, period) else t)


def _take_or_pay(audit: Audit, owing: TakeOrPay) -> None:
    taken = audit.totals("takes", "offer", "node", "period")
    unused = audit.totals("unused", "offer", "node", "period")
    for node, period in audit.tree.places():
        for name, offer in audit.reading.keyed("offers", node).items():
            if offer["kind"] == "contract":
                key = (name, node, period)
                owed = owing.owed(offer, node, period)
                rebuilt = max(0.0, owed - taken.get(key, 0.0))
                where = f"offer {name}, {at_place(node, period)}"
                audit.ledger.equal("SRC-3", where, unused.get(key, 0.0), rebuilt, owed)
    for (name, node, period), t in unused.items():
        if audit.reading.keyed("offers", node)[name]["kind"] != "contract":
            audit.ledger.record("SRC-3", f"offer {name}, {at_place(node, period)}", t)


def _once_qualified(audit: Audit) -> None:
    for (site, material), nodes in audit.qualified_in.items():
        for end in audit.tree.ends:
            times = sum(step in nodes for step in audit.tree.paths[end])
            where = f"{material} of {site}, path to {end}"
            audit.ledger.at_most("SRC-6", where, times, 1)
