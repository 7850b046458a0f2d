"""The case as a node sees it: rows by key after ``node_values``, shocks of its regime, losses of
its stress test. Whatever a check asks of the workbook, it asks here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import prod
from typing import Any

from planner.analysis.verify.timeline import Timeline
from planner.analysis.verify.tree import Tree
from planner.case import changed_rows
from planner.case.case import Case, Row

#: The columns by which a sheet's rows are looked up here.
KEYS: Mapping[str, tuple[str, ...]] = {
    "materials": ("material",),
    "sites": ("site",),
    "offers": ("offer",),
    "offer_paths": ("offer", "period"),
    "lanes": ("from_site", "to_site", "material"),
    "demand": ("site", "material", "period"),
    "processes": ("process",),
    "stocks": ("site", "material"),
    "returns": ("market", "product", "scrap", "to_site"),
    "substitutes": ("substitute",),
    "projects": ("project",),
    "licences": ("licence",),
    "caps": ("cap",),
}

#: Sheets of which a check wants all rows of one name.
_GROUPS: Mapping[str, str] = {
    "recipes": "process",
    "blends": "process",
    "price_breaks": "offer",
}

#: `Lane` of a shipment: its row in the workbook and the key under which materials share it.
Lane = tuple[Row, tuple[str, str, str]]


def crosses_border(from_site: Row, to_site: Row) -> bool:
    """Whether both countries are given and differ."""
    return bool(
        from_site["country"] and to_site["country"] and from_site["country"] != to_site["country"]
    )


class Reading:
    """The workbook seen from the nodes of a tree."""

    def __init__(self, case: Case, timeline: Timeline, tree: Tree) -> None:
        self.case = case
        self.timeline = timeline
        self.tree = tree
        self.sites = {row["site"]: row for row in case["sites"]}
        self.stage = {row["material"]: row["stage"] for row in case["materials"]}
        self.content: dict[str, dict[str, float]] = defaultdict(dict)
        for row in case["composition"]:
            if row["share"] > 0:
                self.content[row["material"]][row["element"]] = row["share"]
        self._changes: dict[str, Mapping[str, tuple[Row, ...]]] = {}
        by_node: dict[str, list[Row]] = defaultdict(list)
        for row in case["node_values"]:
            by_node[row["node"]].append(row)
        for node in tree.nodes:
            changes = by_node.get(tree.twin(node))
            if changes:
                self._changes[node] = changed_rows(case, changes)
        self._keyed: dict[tuple[str, str], dict[Any, Any]] = {}
        self._shocks: dict[str, list[Row]] = defaultdict(list)
        for row in case["shocks"]:
            self._shocks[row["regime"]].append(row)
        self._factors: dict[tuple[Any, ...], float] = {}

    def rows(self, sheet: str, node: str) -> tuple[Row, ...]:
        """The rows of a sheet as they stand in a node."""
        return self._changes.get(node, {}).get(sheet, self.case[sheet])

    def keyed(self, sheet: str, node: str) -> dict[Any, Row]:
        """The rows of a sheet in a node by their key: a name, or a tuple of names."""
        return self._lookup(sheet, node, self._by_key)

    def grouped(self, sheet: str, node: str) -> dict[str, list[Row]]:
        """The rows of a sheet in a node, listed by the name that they belong to."""
        return self._lookup(sheet, node, self._by_group)

    def _lookup(self, sheet: str, node: str, build: Any) -> dict[Any, Any]:
        changed = sheet in self._changes.get(node, {})
        cache = (sheet, node if changed else "")
        if cache not in self._keyed:
            self._keyed[cache] = build(sheet, self.rows(sheet, node))
        return self._keyed[cache]

    @staticmethod
    def _by_key(sheet: str, rows: tuple[Row, ...]) -> dict[Any, Row]:
        columns = KEYS[sheet]
        if len(columns) == 1:
            return {row[columns[0]]: row for row in rows}
        return {tuple(row[column] for column in columns): row for row in rows}

    @staticmethod
    def _by_group(sheet: str, rows: tuple[Row, ...]) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row[_GROUPS[sheet]]].append(row)
        return groups

    def lane(self, from_site: str, to_site: str, material: str, node: str) -> Lane | None:
        """The row for a shipment, a specific one before a ``*`` one."""
        lanes = self.keyed("lanes", node)
        for name in (material, "*"):
            row = lanes.get((from_site, to_site, name))
            if row is not None:
                return row, (from_site, to_site, name)
        return None

    def demand_row(self, market: str, material: str, node: str, period: str) -> Row | None:
        """The demand row of a period, a specific one before a ``*`` one."""
        rows = self.keyed("demand", node)
        return rows.get((market, material, period)) or rows.get((market, material, "*"))

    def demand_t(self, market: str, material: str, node: str, period: str) -> float:
        """Demand of a period in t, shocked; 0 without a row."""
        row = self.demand_row(market, material, node, period)
        if row is None:
            return 0.0
        factor = self.shock("demand_factor", node, site=market, material=material)
        return row["demand_t_per_year"] * self.timeline.years[period] * factor

    def price(self, offer: Row, node: str, period: str) -> float:
        """kUSD/t before price breaks: of the period if it has one, shocked where spot."""
        path = self.keyed("offer_paths", node).get((offer["offer"], period))
        own = offer["price_usd_per_kg"]
        price = (
            own if path is None or path["price_usd_per_kg"] is None else path["price_usd_per_kg"]
        )
        return price * self.price_factor(offer, node)

    def price_factor(self, offer: Row, node: str) -> float:
        """The shock on a spot price; a contract's price stands."""
        if offer["kind"] == "contract":
            return 1.0
        return self._offer_shock("price_factor", offer, node)

    def capacity(self, offer: Row, node: str, period: str, shocked: bool = True) -> float | None:
        """t per year; None: unlimited. A shock of 0 shuts what has no stated capacity as well."""
        path = self.keyed("offer_paths", node).get((offer["offer"], period))
        own = offer["capacity_t_per_year"]
        given = path["capacity_t_per_year"] if path is not None else None
        capacity = own if given is None else given
        if not shocked:
            return capacity
        left = self._offer_shock("capacity_factor", offer, node)
        return 0.0 if left == 0 else None if capacity is None else capacity * left

    def _offer_shock(self, column: str, offer: Row, node: str) -> float:
        return self.shock(
            column, node, offer=offer["offer"], site=offer["site"], material=offer["material"]
        )

    def shock(
        self, column: str, node: str, *, site: str, offer: str = "", material: str = ""
    ) -> float:
        """The product of the factors that a node's regime puts on an offer, process or demand."""
        regime = self.tree.nodes[node].regime
        if regime not in self._shocks:
            return 1.0
        key = (column, regime, site, offer, material)
        if key not in self._factors:
            rows = self._hitting(column, regime, site, offer, material)
            self._factors[key] = prod(row[column] for row in rows)
        return self._factors[key]

    def price_shocks(self, offer: Row, node: str) -> list[Row]:
        """The rows of `shocks` that move the price of an offer in a node; none on a contract."""
        if offer["kind"] == "contract":
            return []
        regime = self.tree.nodes[node].regime
        ends = (offer["site"], offer["offer"], offer["material"])
        rows = self._hitting("price_factor", regime, *ends)
        return [row for row in rows if row["price_factor"] != 1]

    def _hitting(self, column: str, regime: Any, site: str, offer: str, material: str) -> list[Row]:
        """The shocks of a regime on an offer, process or demand that name a factor in ``column``."""
        hit: dict[str, set[str]] = {
            "offer": {offer},
            "country": {self.sites[site]["country"] or ""},
            "material": {material},
            "element": set(self.content.get(material, ())),
        }
        return [
            row
            for row in self._shocks.get(regime, ())
            if row["member"] in hit[row["scope"]] and row[column] is not None
        ]
