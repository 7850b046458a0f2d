"""STR: what a stress test takes away, and the service that it still asks for."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from planner.analysis.verify.reading import Reading
from planner.analysis.verify.tables import Book
from planner.analysis.verify.verdict import Ledger
from planner.case.case import Row


class Stress:
    """The losses in the windows of stress branches."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.tests: dict[str, list[Row]] = defaultdict(list)
        for row in reading.case["stress_tests"]:
            self.tests[row["test"]].append(row)
        self._lost: dict[tuple[str, str, str], set[str]] = {}

    def in_window(self, node: str, period: str) -> list[Row]:
        """The rows of the node's test whose window covers the period."""
        test = self.reading.tree.nodes[node].test
        timeline = self.reading.timeline
        return [
            row
            for row in self.tests.get(test, ())
            if timeline.within(period, row["first_period"], row["last_period"])
        ]

    def site_lost(self, site: str, node: str, period: str) -> bool:
        """Whether a site's offers, processes and outgoing lanes are gone."""
        if not self.reading.tree.nodes[node].test:
            return False
        row = self.reading.sites[site]
        return (
            site in self._members("site", node, period)
            or row["country"] in self._members("country", node, period)
            or row["company"] in self._members("company", node, period)
        )

    def lane_lost(self, from_site: str, to_site: str, node: str, period: str) -> bool:
        """Whether a lane is gone, by itself or with the site it leaves."""
        if not self.reading.tree.nodes[node].test:
            return False
        lanes = self._members("lane", node, period)
        return f"{from_site}->{to_site}" in lanes or self.site_lost(from_site, node, period)

    def licence_lost(self, licence: str, node: str, period: str) -> bool:
        if not self.reading.tree.nodes[node].test:
            return False
        return licence in self._members("licence", node, period)

    def _members(self, kind: str, node: str, period: str) -> set[str]:
        key = (kind, node, period)
        if key not in self._lost:
            self._lost[key] = {
                "->".join(part.strip() for part in member.split("->"))
                for row in self.in_window(node, period)
                if row["lose"] == kind
                for member in row["member"]
            }
        return self._lost[key]


def check_stress(reading: Reading, book: Book, stress: Stress, ledger: Ledger) -> None:
    """STR-1 service, STR-2 losses, STR-3 nothing new in a branch."""
    _service(reading, book, stress, ledger)
    offers, processes = (reading.keyed(sheet, "") for sheet in ("offers", "processes"))
    for row in book["takes"]:
        _gone(offers[row.offer]["site"], f"offer {row.offer}", row, stress, ledger)
    for row in book["runs"]:
        _gone(processes[row.process]["site"], f"process {row.process}", row, stress, ledger)
    for row in book["shipments"]:
        if stress.lane_lost(row.from_site, row.to_site, row.node, row.period):
            where = f"{row.from_site} -> {row.to_site}, node {row.node}, {row.period}"
            ledger.record("STR-2", where, row.t)
    for table, amount in (("builds", 3), ("qualifications", 3), ("switches", 2)):
        for row in book[table]:
            if reading.tree.nodes[row.node].test:
                ledger.record("STR-3", f"{table} {row[0]}, node {row.node}", row[amount])


def _gone(site: str, what: str, row: Any, stress: Stress, ledger: Ledger) -> None:
    if stress.site_lost(site, row.node, row.period):
        ledger.record("STR-2", f"{what}, node {row.node}, {row.period}", row.t)


def counts_as_service(row: Row) -> bool:
    """Whether shortage of a demand row counts: it has a shortage price or a service floor."""
    return bool(row["shortage_usd_per_kg"]) or row["min_service_share"] > 0


def _service(reading: Reading, book: Book, stress: Stress, ledger: Ledger) -> None:
    served: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for row in book["deliveries"]:
        served[row.market, row.material, row.node, row.period] += row.t
    substitutes = reading.keyed("substitutes", "")
    for row in book["swaps"]:
        swap = substitutes[row.substitute]
        served[swap["market"], swap["material"], row.node, row.period] += row.t
    pairs = {(row["site"], row["material"]) for row in reading.case["demand"]}
    for node, period in reading.tree.places():
        for test in stress.in_window(node, period):
            demanded = met = 0.0
            for market, material in pairs:
                row = reading.demand_row(market, material, node, period)
                end_use = reading.sites[market]["end_use"]
                asked = "*" in test["end_use"] or end_use in test["end_use"]
                if row is not None and asked and counts_as_service(row):
                    demanded += reading.demand_t(market, material, node, period)
                    met += served[market, material, node, period]
            where = f"test {test['test']}, node {node}, {period}"
            ledger.at_most("STR-1", where, test["min_service_share"] * demanded, met)
