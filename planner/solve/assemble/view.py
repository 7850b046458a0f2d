"""The rows in force in a node: the case's, with what ``node_values`` changes there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from models.instance import Pair
from planner.case.case import Row
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.parts import demand_rows


class View:
    """Sheets by name and the lookups that figures need. ``changed`` are sheets that differ."""

    def __init__(self, facts: Facts, changed: Mapping[str, tuple[Row, ...]]) -> None:
        self.facts = facts
        self._changed = changed

    def __getitem__(self, sheet: str) -> tuple[Row, ...]:
        return self._changed.get(sheet) or self.facts.case[sheet]

    @cached_property
    def offers(self) -> dict[str, Row]:
        return {row["offer"]: row for row in self["offers"]}

    @cached_property
    def paths(self) -> dict[tuple[str, int], Row]:
        """(offer, t) -> its row of ``offer_paths``."""
        index = self.facts.calendar.index
        return {(row["offer"], index[row["period"]]): row for row in self["offer_paths"]}

    @cached_property
    def processes(self) -> dict[str, Row]:
        return {row["process"]: row for row in self["processes"]}

    @cached_property
    def projects(self) -> dict[str, Row]:
        return {row["project"]: row for row in self["projects"]}

    @cached_property
    def demand(self) -> dict[tuple[Pair, int], Row]:
        return demand_rows(self.facts, self["demand"])

    def price(self, offer: str, t: int) -> float:
        """Before shocks [kUSD/t]; a path that states none leaves the offer's own."""
        path = self.paths.get((offer, t))
        if path is not None and path["price_usd_per_kg"] is not None:
            return float(path["price_usd_per_kg"])
        return float(self.offers[offer]["price_usd_per_kg"])

    def capacity(self, offer: str, t: int) -> float | None:
        """Before shocks [t/year]; None is unlimited."""
        path = self.paths.get((offer, t))
        if path is not None and path["capacity_t_per_year"] is not None:
            return float(path["capacity_t_per_year"])
        own = self.offers[offer]["capacity_t_per_year"]
        return None if own is None else float(own)
