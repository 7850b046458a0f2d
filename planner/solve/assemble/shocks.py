"""What a regime does to prices, capacities and demand, and what a stress test takes away."""

from __future__ import annotations

from math import prod

from models.tree import Node
from planner.case.case import Row
from planner.solve.assemble.facts import Facts


class Shocks:
    """Factors of the ``shocks`` sheet; several that hit multiply."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._rows = facts.case["shocks"]

    def price(self, regime: str, offer: Row) -> float:
        """Of a spot offer's price; a contract's price stands."""
        if offer["kind"] == "contract":
            return 1.0
        return self._offer(regime, offer, "price_factor")

    def offer_capacity(self, regime: str, offer: Row) -> float:
        return self._offer(regime, offer, "capacity_factor")

    def process_capacity(self, regime: str, site: str) -> float:
        """Of a process and its modules: shocks by country only."""
        return self._product(
            row["capacity_factor"]
            for row in self._of(regime)
            if row["scope"] == "country" and row["member"] == self._facts.country(site)
        )

    def demand(self, regime: str, market: str, material: str) -> float:
        return self._product(
            row["demand_factor"]
            for row in self._of(regime)
            if row["scope"] != "offer" and self._hits(row, market, material)
        )

    def _of(self, regime: str) -> list[Row]:
        return [row for row in self._rows if row["regime"] == regime]

    def _offer(self, regime: str, offer: Row, column: str) -> float:
        return self._product(
            row[column]
            for row in self._of(regime)
            if (row["scope"] == "offer" and row["member"] == offer["offer"])
            or (row["scope"] != "offer" and self._hits(row, offer["site"], offer["material"]))
        )

    def _hits(self, row: Row, site: str, material: str) -> bool:
        match row["scope"]:
            case "country":
                return row["member"] == self._facts.country(site)
            case "material":
                return row["member"] == material
            case _:
                return row["member"] in self._facts.elements[material]

    @staticmethod
    def _product(factors: object) -> float:
        return prod((1.0 if f is None else float(f) for f in factors), start=1.0)  # type: ignore[attr-defined]


class Losses:
    """What is gone in a node of a stress branch, within the test's window."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._rows = facts.case["stress_tests"]

    def site(self, node: Node, t: int, site: str) -> bool:
        """Offers, processes and outgoing lanes of the site are gone."""
        return node.test is not None and any(
            self._is_of(row, site) for row in self._in_force(node, t)
        )

    def lane(self, node: Node, t: int, from_site: str, to_site: str) -> bool:
        if node.test is None:
            return False
        way = f"{from_site}->{to_site}"
        return any(
            row["lose"] == "lane" and way in _ways(row["member"]) for row in self._in_force(node, t)
        ) or self.site(node, t, from_site)

    def licence(self, node: Node, t: int, licence: str) -> bool:
        return node.test is not None and any(
            row["lose"] == "licence" and licence in row["member"] for row in self._in_force(node, t)
        )

    def _in_force(self, node: Node, t: int) -> list[Row]:
        window = self._facts.calendar.window
        return [row for row in self._rows if row["test"] == node.test and t in window(row)]

    def _is_of(self, row: Row, site: str) -> bool:
        if row["lose"] not in ("country", "company", "site"):
            return False
        return self._facts.sites[site][row["lose"]] in row["member"]


def _ways(members: tuple[str, ...]) -> set[str]:
    return {"->".join(part.strip() for part in member.split("->")) for member in members}
