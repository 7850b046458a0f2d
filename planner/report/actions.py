"""What to do: the decisions of the root node, or of a later one, with their dates, tonnes and money.

Money is kUSD, not discounted: a contract at its full amount and its own price over the epochs in
which it holds, a project at its capex net of grants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.case.case import Case, Row
from planner.errors import PlanFileError
from planner.report.dates import Calendar, month, months_later
from planner.report.words import percent, tonnes
from planner.solve.plan import Plan

SIGN, APPLY, QUALIFY, SWITCH, BUILD, ORDER = (
    "Sign contract",
    "Apply for licence",
    "Start qualification",
    "Start switch",
    "Build",
    "Buy spot",
)
KINDS = (SIGN, APPLY, QUALIFY, SWITCH, BUILD, ORDER)


@dataclass(frozen=True)
class Action:
    """One thing to do. ``name`` is what the case calls it, ``what`` says it in the trade's words;
    ``tonnes`` is in words too (``400 t/year``); ``kusd`` None where not priced."""

    kind: str
    name: str
    what: str
    tonnes: str
    when: str
    kusd: float | None


def actions(plan: Plan, node: str | None = None) -> list[Action]:
    """What a node decides (the root, where none is named), by kind and, within a kind, by money."""
    look = _Look(plan, node)
    found = [
        *_contracts(look),
        *_applications(look),
        *_qualifications(look),
        *_switches(look),
        *_builds(look),
        *_spot(look),
    ]
    return sorted(found, key=lambda action: (KINDS.index(action.kind), -(action.kusd or 0)))


def foremost(doing: Sequence[Action], lines: int) -> list[Action]:
    """At most ``lines`` actions, in their order: of each kind the dearest, in turns, so that many
    contracts do not push out the one licence or line that the plan hangs on. Spot goods, which bind
    nobody, take the room that is left."""
    ranked = sorted(
        ((kind == ORDER, place, KINDS.index(kind), action)
         for kind in KINDS
         for place, action in enumerate(a for a in doing if a.kind == kind)),
        key=lambda entry: entry[:3],
    )  # fmt: skip
    chosen = [action for *_, action in ranked[:lines]]
    return [action for action in doing if action in chosen]


class _Look:
    """One node's decisions and the rows of the case that name them."""

    def __init__(self, plan: Plan, node: str | None) -> None:
        tree = plan.tables["tree"]
        self.case = plan.case
        self.tables = plan.tables
        self.node: str = tree["node"].iloc[0] if node is None else node
        self.calendar = Calendar(plan.case)
        epoch = int(tree["epoch"][tree["node"] == self.node].iloc[0])
        #: The first period of the node: when it decides what is decided on entering it.
        self.first = self.calendar.of_epochs(epoch, epoch)[0]
        #: ``now`` in the root, else the month in which the node begins.
        self.when = "now" if epoch == 1 else month(self.first["start"])

    def rows(self, table: str, column: str) -> Iterator[Mapping[str, Any]]:
        """The rows of a table whose ``column`` is the node."""
        frame: pd.DataFrame = self.tables[table]
        chosen = frame[frame[column] == self.node]
        yield from chosen.to_dict("records")  # type: ignore[misc]

    def named(self, sheet: str, column: str, name: str) -> Row:
        """The row of the case called ``name``; PlanFileError if the plan names what is not there."""
        for row in self.case[sheet]:
            if row[column] == name:
                return row
        raise PlanFileError(f"The plan names {name[:80]!r}, which sheet {sheet} does not have.")

    def place(self, site: str) -> str:
        """``Lynas, Malaysia``: the company, else the site, and its country."""
        row = self.named("sites", "site", site)
        return ", ".join(str(part) for part in (row["company"] or site, row["country"]) if part)


def contract_price(case: Case, offer: Row, period: str, t_per_year: float) -> float:
    """USD/kg that a contract pays: its path's price in the period, else its volume's, else its
    own."""
    for row in case["offer_paths"]:
        stated = row["price_usd_per_kg"]
        if (row["offer"], row["period"]) == (offer["offer"], period) and stated is not None:
            return stated
    steps = [
        row
        for row in case["price_breaks"]
        if row["offer"] == offer["offer"] and row["from_t_per_year"] <= t_per_year
    ]
    if steps:
        return max(steps, key=lambda row: row["from_t_per_year"])["price_usd_per_kg"]
    return offer["price_usd_per_kg"]


def _contracts(look: _Look) -> Iterator[Action]:
    """One action an offer: what is signed for several epochs is one talk with one supplier."""
    calendar = look.calendar
    signed: dict[str, list[tuple[float, list[Row]]]] = {}
    for row in sorted(look.rows("contracts", "decided_in"), key=lambda row: row["epoch"]):
        offer = look.named("offers", "offer", row["offer"])
        last = row["epoch"] + int(offer["contract_epochs"]) - 1
        held = [
            period
            for period in calendar.of_epochs(row["epoch"], last)
            if calendar.is_open(offer, period["period"])
        ]
        if held:  # else the offer's window is over before the contract begins
            signed.setdefault(row["offer"], []).append((row["t_per_year"], held))
    for name, parts in signed.items():
        offer = look.named("offers", "offer", name)
        kusd = sum(
            amount * period["years"] * contract_price(look.case, offer, period["period"], amount)
            for amount, held in parts
            for period in held
        )
        firm = offer["min_take_share"] or 0.0
        terms = f", {percent(firm)} take-or-pay" if firm else ""
        start, end = parts[0][1][0]["start"], calendar.end(parts[-1][1][-1]["period"])
        amounts = dict.fromkeys(tonnes(amount) for amount, _ in parts)
        yield Action(
            SIGN,
            name,
            f"{offer['material']} from {look.place(offer['site'])}{terms}",
            f"{', then '.join(amounts)} t/year",
            f"{month(start)} to {month(end)}",
            kusd,
        )


def _applications(look: _Look) -> Iterator[Action]:
    for row in look.rows("applications", "decided_in"):
        licence = look.named("licences", "licence", row["licence"])
        start = look.calendar.of_epochs(row["epoch"], row["epoch"])[0]["start"]
        limit = licence["max_t_per_year"]
        yield Action(
            APPLY,
            row["licence"],
            f"licence {row['licence']}",
            f"up to {tonnes(limit)} t/year" if limit is not None else "no limit in t",
            f"file {look.when} for {month(start)}",
            licence["application_kusd"],
        )


def _qualifications(look: _Look) -> Iterator[Action]:
    start = look.first["start"]
    for row in look.rows("qualifications", "node"):
        pair = [
            offer
            for offer in look.case["offers"]
            if offer["site"] == row["site"] and offer["material"] == row["material"]
        ]
        ready = months_later(start, pair[0]["qualification_months"])
        yield Action(
            QUALIFY,
            row["site"],
            f"{row['material']} from {look.place(row['site'])}",
            "",
            f"{look.when}, usable {month(ready)}",
            pair[0]["qualification_kusd"],
        )


def _switches(look: _Look) -> Iterator[Action]:
    start = look.first["start"]
    for row in look.rows("switches", "node"):
        swap = look.named("substitutes", "substitute", row["substitute"])
        yield Action(
            SWITCH,
            row["substitute"],
            f"{swap['by_material']} for {swap['material']} at {swap['market']}",
            f"up to {percent(swap['max_share'])} of demand",
            f"{look.when}, usable {month(months_later(start, swap['lead_months']))}",
            swap["switch_kusd"],
        )


def _builds(look: _Look) -> Iterator[Action]:
    for row in look.rows("builds", "node"):
        project = look.named("projects", "project", row["project"])
        start = look.calendar.start(row["period"])
        ready = months_later(start, project["lead_months"])
        yield Action(
            BUILD,
            row["project"],
            f"{row['project']} ({row['modules']:g} module{'s' if row['modules'] != 1 else ''})",
            f"{tonnes(row['modules'] * project['size_t_per_year'])} t/year",
            f"{month(start)}, runs {month(ready)}",
            row["modules"] * project["capex_kusd"] * (1 - project["grant_share"]),
        )


def _spot(look: _Look) -> Iterator[Action]:
    """Spot goods of the node's first period: what is bought then. Their price moves with the regime, so
    no money is named here."""
    first = look.first["period"]
    bought: dict[str, float] = {}
    for row in look.rows("takes", "node"):
        if row["period"] == first:
            bought[row["offer"]] = bought.get(row["offer"], 0.0) + row["t"]
    for name, amount in sorted(bought.items(), key=lambda item: -item[1]):
        offer = look.named("offers", "offer", name)
        if offer["kind"] == "spot":
            start = look.calendar.start(first)
            yield Action(
                ORDER,
                name,
                f"{offer['material']} from {look.place(offer['site'])}",
                f"{tonnes(amount)} t",
                f"{month(start)} to {month(look.calendar.end(first))}",
                None,
            )
