"""CST: every line of the cost table rebuilt from decisions and prices, by node and period [kUSD]."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from planner.analysis.verify.audit import ROUNDING_T, Audit, at_place
from planner.analysis.verify.caps import Caps
from planner.analysis.verify.equations import COST_LINES
from planner.analysis.verify.reading import crosses_border
from planner.analysis.verify.selling import Met
from planner.analysis.verify.sourcing import price_level, price_paid
from planner.case.case import Row

#: A cell of the workbook: sheet, row, column.
Cell = tuple[str, Row, str]


@dataclass(frozen=True)
class Term:
    """One part of a cost [kUSD, not discounted]: an amount times what ``cells`` say, the price first."""

    line: str
    node: str
    period: str
    kusd: float
    cells: tuple[Cell, ...]


class Costs:
    """The rebuilt cost of each line, node and period, the largest term in each, and every term."""

    def __init__(self, audit: Audit, met: list[Met], caps: Caps) -> None:
        self.audit = audit
        self.kusd: dict[tuple[str, str, str], float] = defaultdict(float)
        self.largest: dict[tuple[str, str, str], float] = defaultdict(float)
        self.terms: list[Term] = []
        self._bought()
        self._moved()
        self._handled()
        self._once()
        self._invested()
        self._sold(met)
        self._exceeded(caps)

    def discounted(self, line: str, node: str, period: str) -> float:
        return self.kusd.get((line, node, period), 0.0) * self.audit.timeline.discount[period]

    def _add(self, line: str, node: str, period: str, kusd: float, *cells: Cell) -> None:
        if kusd:
            self.terms.append(Term(line, node, period, kusd, cells))
        key = (line, node, period)
        self.kusd[key] += kusd
        self.largest[key] = max(self.largest[key], abs(kusd))

    def _bought(self) -> None:
        audit = self.audit
        for (name, node, period), t in audit.totals("takes", "offer", "node", "period").items():
            offer = audit.reading.keyed("offers", node)[name]
            price = price_paid(audit, offer, t, node, period)
            cells = price_cells(audit, offer, t, node, period)
            self._add("purchase", node, period, t * price, *cells)
        for row in audit.book["unused"]:
            offer = audit.reading.keyed("offers", row.node)[row.offer]
            price = audit.reading.price(offer, row.node, row.period)
            cells = price_cells(audit, offer, 0.0, row.node, row.period)
            owed: Cell = ("offers", offer, "min_take_share")
            self._add("take_or_pay", row.node, row.period, row.t * price, *cells, owed)

    def _moved(self) -> None:
        reading = self.audit.reading
        loads: dict[tuple[tuple[str, str, str], str, str], float] = defaultdict(float)
        for row in self.audit.book["shipments"]:
            lane = reading.lane(row.from_site, row.to_site, row.material, row.node)
            if lane is None:  # LAN-1 says so
                continue
            given, key = lane
            loads[key, row.node, row.period] += row.t
            freight = row.t * given["freight_usd_per_kg"]
            cell: Cell = ("lanes", given, "freight_usd_per_kg")
            self._add("freight", row.node, row.period, freight, cell)
            abroad = crosses_border(reading.sites[row.from_site], reading.sites[row.to_site])
            if given["duty_share"] and abroad:
                goods = reading.keyed("materials", row.node)[row.material]
                kusd = row.t * given["duty_share"] * goods["value_usd_per_kg"]
                cells: tuple[Cell, ...] = (
                    ("lanes", given, "duty_share"), ("materials", goods, "value_usd_per_kg"),
                )  # fmt: skip
                self._add("duty", row.node, row.period, kusd, *cells)
        for (key, node, period), t in loads.items():
            given = reading.keyed("lanes", node)[key]
            if given["fixed_kusd"] and t > ROUNDING_T:
                cell = ("lanes", given, "fixed_kusd")
                self._add("freight", node, period, given["fixed_kusd"], cell)

    def _handled(self) -> None:
        """Runs, stock, scrap and disposal: an amount times a price."""
        keyed, years = self.audit.reading.keyed, self.audit.timeline.years
        for row in self.audit.book["runs"]:
            process = keyed("processes", row.node)[row.process]
            self._priced("processing", row, "processes", process, "cost_usd_per_kg")
        for row in self.audit.book["stock"]:
            stock = keyed("stocks", row.node).get((row.site, row.material))
            if stock is not None:  # else STK-4 says so
                column, time = "holding_usd_per_kg_year", years[row.period]
                self._priced("holding", row, "stocks", stock, column, time)
        for row in self.audit.book["collections"]:
            scheme = keyed("returns", row.node)[row.market, row.product, row.scrap, row.to_site]
            self._priced("collection", row, "returns", scheme, "collection_usd_per_kg")
        for row in self.audit.book["disposals"]:
            goods = keyed("materials", row.node)[row.material]
            self._priced("disposal", row, "materials", goods, "disposal_usd_per_kg")
        for row in self.audit.book["swaps"]:
            swap = keyed("substitutes", row.node)[row.substitute]
            self._priced("substitution", row, "substitutes", swap, "performance_usd_per_kg")

    def _priced(
        self, line: str, decided: Any, sheet: str, row: Row, column: str, times: float = 1.0
    ) -> None:
        """t of a decision at the price in a cell; a blank price costs nothing."""
        kusd = decided.t * (row[column] or 0.0) * times
        self._add(line, decided.node, decided.period, kusd, (sheet, row, column))

    def _once(self) -> None:
        """What is paid on entering a node, in its first period."""
        audit, keyed = self.audit, self.audit.reading.keyed
        for row in audit.book["qualifications"]:
            paid = next(
                (
                    offer
                    for offer in keyed("offers", row.node).values()
                    if (offer["site"], offer["material"]) == (row.site, row.material)
                    and offer["qualification_kusd"] is not None
                ),
                None,
            )
            if paid is not None:
                cell: Cell = ("offers", paid, "qualification_kusd")
                self._fee("qualification", row.node, row.qualified, cell)
        for row in audit.book["switches"]:
            swap = keyed("substitutes", row.node)[row.substitute]
            self._fee("substitution", row.node, row.switched, ("substitutes", swap, "switch_kusd"))
        for row in audit.book["applications"]:
            licence = keyed("licences", row.decided_in)[row.licence]
            cell = ("licences", licence, "application_kusd")
            self._fee("applications", row.decided_in, row.applied, cell)

    def _fee(self, line: str, node: str, times: float, cell: Cell) -> None:
        sheet, row, column = cell
        first = self.audit.tree.first_period(node)
        self._add(line, node, first, row[column] * times, (sheet, row, column))

    def _invested(self) -> None:
        audit = self.audit
        annual = audit.reading.case.settings["capex_accounting"] == "annuity"
        for build in audit.book["builds"]:
            project = audit.reading.keyed("projects", build.node)[build.project]
            gross = project["capex_kusd"] * build.modules
            if not annual:
                self._capex(build.node, build.period, gross, project)
                continue
            yearly = gross * annuity(project, audit.reading.case.settings["discount_rate"])
            heads = [(build.node, build.period)]
            while heads:
                node, period = heads.pop()
                self._capex(node, period, yearly * audit.timeline.years[period], project)
                heads.extend(audit.tree.following(node, period))
        for (name, node, period), kusd in audit.projects.fixed.items():
            project = audit.reading.keyed("projects", node)[name]
            self._add("fixed", node, period, kusd, ("projects", project, "fixed_kusd_per_year"))

    def _capex(self, node: str, period: str, gross: float, project: Row) -> None:
        capex: Cell = ("projects", project, "capex_kusd")
        grant: Cell = ("projects", project, "grant_share")
        self._add("capex", node, period, gross, capex)
        self._add("grants", node, period, -gross * project["grant_share"], grant, capex)

    def _sold(self, met: list[Met]) -> None:
        for one in met:
            price = one.row["shortage_usd_per_kg"] or 0.0
            missed: Cell = ("demand", one.row, "shortage_usd_per_kg")
            self._add("shortage", one.node, one.period, one.short * price, missed)
            revenue = (one.delivered + one.substituted) * one.row["price_usd_per_kg"]
            self._add(
                "sales", one.node, one.period, -revenue, ("demand", one.row, "price_usd_per_kg")
            )

    def _exceeded(self, caps: Caps) -> None:
        """Excess of an expected cap is paid alike in every ordinary node of its period."""
        rows, tree = self.audit.reading.keyed("caps", ""), self.audit.tree
        for (name, _, _, node, period), t in caps.excess.items():
            kusd = t * (rows[name]["penalty_usd_per_kg"] or 0.0)
            epoch = self.audit.timeline.epoch[period]
            alike = [one.name for one in tree.ordinary if one.epoch == epoch]
            for place in [node] if node else alike:
                cell: Cell = ("caps", rows[name], "penalty_usd_per_kg")
                self._add("cap_penalties", place, period, kusd, cell)


def price_cells(audit: Audit, offer: Row, t: float, node: str, period: str) -> tuple[Cell, ...]:
    """The cell with the price of an offer for a period's volume, then the shocks on it."""
    reading = audit.reading
    level = price_level(audit, offer, t, node, period)
    path = reading.keyed("offer_paths", node).get((offer["offer"], period))
    cell: Cell = ("offers", offer, "price_usd_per_kg")
    if level is not None:
        cell = ("price_breaks", level, "price_usd_per_kg")
    elif path is not None and path["price_usd_per_kg"] is not None:
        cell = ("offer_paths", path, "price_usd_per_kg")
    shocks = reading.price_shocks(offer, node)
    return (cell, *(("shocks", row, "price_factor") for row in shocks))


def annuity(project: Row, rate: float) -> float:
    """The yearly charge per kUSD over the project's life."""
    years = project["life_years"]
    return rate / (1 - (1 + rate) ** -years) if rate else 1 / years


def check_costs(audit: Audit, costs: Costs) -> None:
    """Stated against rebuilt, line by line; then discounting."""
    stated = {(row.line, row.node, row.period): row for row in audit.book["costs"]}
    for key in stated.keys() | costs.kusd.keys():
        line, node, period = key
        if line not in COST_LINES:  # TAB-3 says so
            continue
        where = f"{line}, {at_place(node, period)}"
        row = stated.get(key)
        kusd = row.kusd if row is not None else 0.0
        rebuilt, largest = costs.kusd.get(key, 0.0), costs.largest.get(key, 0.0)
        audit.ledger.equal(f"CST-{line}", where, kusd, rebuilt, largest)
        if row is not None:
            due = row.kusd * audit.timeline.discount[period]
            audit.ledger.equal("CST-discounted", where, row.discounted_kusd, due, largest)
