"""CST: every line of the cost table rebuilt from decisions and prices, by node and period [kUSD]."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.verify.audit import ROUNDING_T, Audit, at_place
from planner.analysis.verify.caps import Caps
from planner.analysis.verify.equations import COST_LINES
from planner.analysis.verify.reading import crosses_border
from planner.analysis.verify.selling import Met
from planner.analysis.verify.sourcing import price_paid
from planner.case.case import Row


class Costs:
    """The rebuilt cost of each line, node and period, and the largest term in each."""

    def __init__(self, audit: Audit, met: list[Met], caps: Caps) -> None:
        self.audit = audit
        self.kusd: dict[tuple[str, str, str], float] = defaultdict(float)
        self.largest: dict[tuple[str, str, str], float] = defaultdict(float)
        self._bought()
        self._moved()
        self._handled()
        self._once()
        self._invested()
        self._sold(met)
        self._exceeded(caps)

    def discounted(self, line: str, node: str, period: str) -> float:
        return self.kusd.get((line, node, period), 0.0) * self.audit.timeline.discount[period]

    def _add(self, line: str, node: str, period: str, kusd: float) -> None:
        key = (line, node, period)
        self.kusd[key] += kusd
        self.largest[key] = max(self.largest[key], abs(kusd))

    def _bought(self) -> None:
        audit = self.audit
        for (name, node, period), t in audit.totals("takes", "offer", "node", "period").items():
            offer = audit.reading.keyed("offers", node)[name]
            price = price_paid(audit, offer, t, node, period)
            self._add("purchase", node, period, t * price)
        for row in audit.book["unused"]:
            offer = audit.reading.keyed("offers", row.node)[row.offer]
            price = audit.reading.price(offer, row.node, row.period)
            self._add("take_or_pay", row.node, row.period, row.t * price)

    def _moved(self) -> None:
        reading = self.audit.reading
        loads: dict[tuple[tuple[str, str, str], str, str], float] = defaultdict(float)
        for row in self.audit.book["shipments"]:
            lane = reading.lane(row.from_site, row.to_site, row.material, row.node)
            if lane is None:  # LAN-1 says so
                continue
            given, key = lane
            loads[key, row.node, row.period] += row.t
            self._add("freight", row.node, row.period, row.t * given["freight_usd_per_kg"])
            abroad = crosses_border(reading.sites[row.from_site], reading.sites[row.to_site])
            if given["duty_share"] and abroad:
                value = reading.keyed("materials", row.node)[row.material]["value_usd_per_kg"]
                self._add("duty", row.node, row.period, row.t * given["duty_share"] * value)
        for (key, node, period), t in loads.items():
            fixed = reading.keyed("lanes", node)[key]["fixed_kusd"]
            if fixed and t > ROUNDING_T:
                self._add("freight", node, period, fixed)

    def _handled(self) -> None:
        """Runs, stock, scrap and disposal: an amount times a price."""
        keyed, years = self.audit.reading.keyed, self.audit.timeline.years
        for row in self.audit.book["runs"]:
            price = keyed("processes", row.node)[row.process]["cost_usd_per_kg"]
            self._add("processing", row.node, row.period, row.t * price)
        for row in self.audit.book["stock"]:
            stock = keyed("stocks", row.node).get((row.site, row.material))
            if stock is not None:  # else STK-4 says so
                yearly = row.t * stock["holding_usd_per_kg_year"]
                self._add("holding", row.node, row.period, yearly * years[row.period])
        for row in self.audit.book["collections"]:
            key = (row.market, row.product, row.scrap, row.to_site)
            price = keyed("returns", row.node)[key]["collection_usd_per_kg"]
            self._add("collection", row.node, row.period, row.t * price)
        for row in self.audit.book["disposals"]:
            price = keyed("materials", row.node)[row.material]["disposal_usd_per_kg"] or 0.0
            self._add("disposal", row.node, row.period, row.t * price)
        for row in self.audit.book["swaps"]:
            price = keyed("substitutes", row.node)[row.substitute]["performance_usd_per_kg"]
            self._add("substitution", row.node, row.period, row.t * price)

    def _once(self) -> None:
        """What is paid on entering a node, in its first period."""
        audit, keyed = self.audit, self.audit.reading.keyed
        for row in audit.book["qualifications"]:
            fees = [
                offer["qualification_kusd"]
                for offer in keyed("offers", row.node).values()
                if (offer["site"], offer["material"]) == (row.site, row.material)
            ]
            fee = next((fee for fee in fees if fee is not None), 0.0)
            first = audit.tree.first_period(row.node)
            self._add("qualification", row.node, first, fee * row.qualified)
        for row in audit.book["switches"]:
            fee = keyed("substitutes", row.node)[row.substitute]["switch_kusd"]
            first = audit.tree.first_period(row.node)
            self._add("substitution", row.node, first, fee * row.switched)
        for row in audit.book["applications"]:
            fee = keyed("licences", row.decided_in)[row.licence]["application_kusd"]
            first = audit.tree.first_period(row.decided_in)
            self._add("applications", row.decided_in, first, fee * row.applied)

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
        for (node, period), kusd in audit.projects.fixed.items():
            self._add("fixed", node, period, kusd)

    def _capex(self, node: str, period: str, gross: float, project: Row) -> None:
        self._add("capex", node, period, gross)
        self._add("grants", node, period, -gross * project["grant_share"])

    def _sold(self, met: list[Met]) -> None:
        for one in met:
            price = one.row["shortage_usd_per_kg"] or 0.0
            self._add("shortage", one.node, one.period, one.short * price)
            revenue = (one.delivered + one.substituted) * one.row["price_usd_per_kg"]
            self._add("sales", one.node, one.period, -revenue)

    def _exceeded(self, caps: Caps) -> None:
        """Excess of an expected cap is paid alike in every ordinary node of its period."""
        rows, tree = self.audit.reading.keyed("caps", ""), self.audit.tree
        for (name, _, _, node, period), t in caps.excess.items():
            kusd = t * (rows[name]["penalty_usd_per_kg"] or 0.0)
            epoch = self.audit.timeline.epoch[period]
            alike = [one.name for one in tree.ordinary if one.epoch == epoch]
            for place in [node] if node else alike:
                self._add("cap_penalties", place, period, kusd)


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
