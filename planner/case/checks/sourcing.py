"""Sites, materials, offers, lanes and demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.case.case import Row
from planner.case.checks.view import View
from planner.errors import Fault

_QUALIFICATION = ("qualification_kusd", "qualification_months", "qualified_from")

#: (sheet, column of the site, kinds allowed there, why)
_KINDS = (
    ("offers", "site", ("supplier",), "offers stand at suppliers"),
    ("demand", "site", ("market",), "demand stands at markets"),
    ("processes", "site", ("plant",), "processes run at plants"),
    ("stocks", "site", ("plant", "market"), "suppliers hold no stock"),
    ("pipeline", "site", ("plant", "market"), "suppliers hold no stock"),
    ("returns", "market", ("market",), "deliveries are made at markets"),
    ("returns", "to_site", ("plant", "market"), "suppliers hold no stock"),
    ("past_sales", "market", ("market",), "deliveries were made at markets"),
    ("substitutes", "market", ("market",), "demand stands at markets"),
)


def site_kinds(view: View) -> Iterator[Fault]:
    """Rows at a site of the wrong kind."""
    for sheet, column, kinds, why in _KINDS:
        for row in view.rows(sheet):
            site = view.site_of(row, column)
            if site is not None and site["kind"] not in kinds:
                yield view.fault(
                    "wrong-kind", sheet, row, column, f"a {' or '.join(kinds)}",
                    f"Name another site, or correct its kind: {why}.",
                    f"'{row[column]}', a {site['kind']}",
                )  # fmt: skip


def composition_sums(view: View) -> Iterator[Fault]:
    """Materials that hold more than themselves."""
    for material, shares in view.shares.items():
        total = sum(shares.values())
        if total > 1 + 1e-6:
            row = next(row for row in view.rows("composition") if row["material"] == material)
            yield view.fault(
                "composition-sum", "composition", row, "share", "shares of one material that sum to at most 1",
                "Correct the shares.", f"a sum of {total:.6g} for {material}",
            )  # fmt: skip


def offer_terms(view: View) -> Iterator[Fault]:
    """Terms that an offer of its kind cannot have."""
    for row in view.rows("offers"):
        if row["kind"] == "spot" and row["min_take_share"] > 0:
            yield view.fault(
                "spot-take-or-pay", "offers", row, "min_take_share", "blank or 0 on a spot offer",
                "Take-or-pay belongs to contracts: change the kind or clear the share.",
            )  # fmt: skip
    paths = {row["offer"] for row in view.rows("offer_paths")}
    for row in view.rows("price_breaks"):
        offer = view.by_name("offers").get(row["offer"])
        barrier = "offer_paths" if row["offer"] in paths else None
        barrier = "min_take_share" if offer and offer["min_take_share"] > 0 else barrier
        if barrier:
            yield view.fault(
                "price-break-barred", "price_breaks", row, "offer", f"an offer without {barrier}",
                f"Remove the price break or the {barrier} of the offer.",
            )  # fmt: skip


def qualification(view: View) -> Iterator[Fault]:
    """Offers of one site and material whose qualification figures differ."""
    first: dict[tuple[str, str], Row] = {}
    for row in view.rows("offers"):
        leader = first.setdefault((row["site"], row["material"]), row)
        for column in _QUALIFICATION:
            if row[column] != leader[column]:
                yield view.fault(
                    "qualification-differs", "offers", row, column,
                    f"the same as offer '{leader['offer']}' ({leader[column]})",
                    "Offers of one site and material share one qualification: all carry its figures, or none does.",
                )  # fmt: skip


def lane_ends(view: View) -> Iterator[Fault]:
    """Lanes that lead nowhere."""
    for row in view.rows("lanes"):
        if row["from_site"] == row["to_site"]:
            yield view.fault(
                "lane-to-itself", "lanes", row, "to_site", "another site than from_site",
                "Correct one end of the lane.",
            )  # fmt: skip


def shortage_price(view: View) -> Iterator[Fault]:
    """Demand that may be short at no stated price."""
    for row in view.rows("demand"):
        if row["shortage_usd_per_kg"] is None and row["min_service_share"] < 1:
            yield view.fault(
                "missing-value", "demand", row, "shortage_usd_per_kg", "a price in USD/kg",
                "Fill in what a missing tonne costs (0 at a by-product market), or set min_service_share to 1.",
            )  # fmt: skip


def duty_value(view: View) -> Iterator[Fault]:
    """Materials without the customs value that a duty needs."""
    materials, present = view.by_name("materials"), _present(view)
    own = {(row["from_site"], row["to_site"], row["material"]) for row in view.rows("lanes")}
    missing: dict[str, Row] = {}
    for lane in view.rows("lanes"):
        if lane["duty_share"] <= 0 or not crosses(view, lane):
            continue
        ends = (lane["from_site"], lane["to_site"])
        for name in _carried(lane, present):
            material = materials.get(name)
            shadowed = lane["material"] == "*" and (*ends, name) in own
            if material and material["value_usd_per_kg"] is None and not shadowed:
                missing.setdefault(name, lane)
    for name, lane in missing.items():
        yield view.fault(
            "missing-value", "materials", materials[name], "value_usd_per_kg", "a value in USD/kg",
            f"Fill in its customs value: the lane in row {lane.number} of 'lanes' pays duty on it.",
        )  # fmt: skip


def crosses(view: View, lane: Row) -> bool:
    """A lane crosses a border when both countries are given and differ."""
    ends = (view.site_of(lane, "from_site"), view.site_of(lane, "to_site"))
    countries = {site["country"] if site else None for site in ends}
    return None not in countries and len(countries) == 2


def _present(view: View) -> dict[str, set[str]]:
    """Site -> the materials that may ever be there: bought, made, stored, collected or shipped in."""
    present: dict[str, set[str]] = defaultdict(set)
    for sheet in ("offers", "stocks", "pipeline"):
        for row in view.rows(sheet):
            present[row["site"]].add(row["material"])
    for row in view.rows("recipes"):
        process = view.by_name("processes").get(row["process"])
        if process:
            present[process["site"]].add(row["material"])
    for row in view.rows("returns"):
        present[row["to_site"]].add(row["scrap"])
    lanes, grown = view.rows("lanes"), True
    while grown:
        before = sum(map(len, present.values()))
        for lane in lanes:
            present[lane["to_site"]] |= _carried(lane, present)
        grown = sum(map(len, present.values())) > before
    return present


def _carried(lane: Row, present: dict[str, set[str]]) -> set[str]:
    there = present[lane["from_site"]]
    return there if lane["material"] == "*" else there & {lane["material"]}


def free_options(view: View) -> Iterator[Fault]:
    """Warning: contracts that bind to nothing."""
    for row in view.rows("offers"):
        if row["kind"] == "contract" and row["min_take_share"] == 0:
            yield view.fault(
                "free-option", "offers", row, "min_take_share", "a share above 0 on a contract",
                "Without take-or-pay the contract is a free option: the plan may sign it and take nothing.",
            )  # fmt: skip


def idle_terms(view: View) -> Iterator[Fault]:
    """Warnings: figures that have no effect where they stand."""
    for row in view.rows("offers"):
        yield from _idle_offer(view, row)
    for row in view.rows("sites"):
        if row["kind"] == "supplier" and row["end_use"]:
            yield _idle(view, "sites", row, "end_use", "blank at a supplier", "End uses belong to markets and plants.")  # fmt: skip
    for row in view.rows("offer_paths"):
        offer = view.by_name("offers").get(row["offer"])
        if row["price_usd_per_kg"] is None and row["capacity_t_per_year"] is None:
            yield _idle(view, "offer_paths", row, "price_usd_per_kg", "a price or a capacity", "The row changes nothing.")  # fmt: skip
        elif offer and not _in_window(view, offer, row["period"]):
            yield _idle(view, "offer_paths", row, "period", "a period in which the offer is open", "The row changes nothing.")  # fmt: skip


def _idle(view: View, sheet: str, row: Row, column: str, expected: str, remedy: str) -> Fault:
    return view.fault("no-effect", sheet, row, column, expected, remedy)


def _idle_offer(view: View, row: Row) -> Iterator[Fault]:
    if row["kind"] == "spot" and row["contract_epochs"] > 1:
        yield _idle(view, "offers", row, "contract_epochs", "blank on a spot offer", "Only contracts hold for epochs.")  # fmt: skip
    if row["qualification_kusd"] is None and (row["qualification_months"] or row["qualified_from"]):
        column = "qualification_months" if row["qualification_months"] else "qualified_from"
        yield _idle(view, "offers", row, column, "blank without qualification_kusd", "Without qualification_kusd no qualification is needed; write 0 if it costs nothing but takes time.")  # fmt: skip
    longest = max((period["years"] for period in view.periods), default=0.0)
    if (
        row["capacity_t_per_year"] is not None
        and row["min_order_t"] > row["capacity_t_per_year"] * longest
    ):
        yield _idle(view, "offers", row, "min_order_t", "no more than the capacity of a period", "The offer can never be used.")  # fmt: skip


def _in_window(view: View, row: Row, period: Any) -> bool:
    place, count = view.position.get(period), len(view.periods)
    first = view.position.get(row["first_period"], 0)
    last = view.position.get(row["last_period"], count)
    return place is None or first <= place <= last


def unreachable_demand(view: View) -> Iterator[Fault]:
    """Warning: demand for what can never come to the market."""
    present = _present(view)
    swapped = {(row["market"], row["material"]) for row in view.rows("substitutes")}
    seen: set[tuple[str, str]] = set()
    for row in view.rows("demand"):
        place = (row["site"], row["material"])
        wanted = row["min_service_share"] > 0 or (row["shortage_usd_per_kg"] or 0) > 0
        if (
            not wanted
            or place in seen
            or place in swapped
            or row["material"] in present[row["site"]]
        ):
            continue
        seen.add(place)
        yield view.fault(
            "unreachable-demand", "demand", row, "material", "a material that can come to the market",
            f"No lane, stock or pipeline brings {row['material']} to {row['site']}: it will be short.",
        )  # fmt: skip
