"""Caps, limits and stress tests."""

from __future__ import annotations

from collections.abc import Iterator

from planner.case.case import Row
from planner.case.checks.view import View
from planner.errors import Fault

_SHARES = ("max_share", "min_share")
_COUNTS = ("min_sources", "max_sources")


def cap_scope(view: View) -> Iterator[Fault]:
    """Caps that name neither a material nor a stage and an element."""
    for row in view.rows("caps"):
        material, stage, element = row["material"], row["stage"], row["element"]
        if material is None and (stage is None or element is None):
            column = (
                "element" if stage is not None else "stage" if element is not None else "material"
            )
            yield view.fault(
                "cap-scope", "caps", row, column, "a material, or a stage and an element",
                "Say what the cap counts.",
            )  # fmt: skip
        elif material is not None and stage is not None:
            yield view.fault(
                "cap-scope", "caps", row, "stage", "blank where a material is named",
                "Name a material, or a stage and an element.",
            )  # fmt: skip


def cap_limits(view: View) -> Iterator[Fault]:
    """Caps that say nothing, contradict themselves, or price what is never priced."""
    for row in view.rows("caps"):
        if all(row[column] is None for column in (*_SHARES, *_COUNTS)):
            yield view.fault(
                "says-nothing", "caps", row, "max_share", "max_share, min_share, min_sources or max_sources",
                "Fill in a limit or remove the row.",
            )  # fmt: skip
        for low, high in (("min_share", "max_share"), ("min_sources", "max_sources")):
            if row[low] is not None and row[high] is not None and row[low] > row[high]:
                yield view.fault(
                    "range-order", "caps", row, high, f"at least {low} {row[low]:g}",
                    "Exchange or correct the two.",
                )  # fmt: skip
        if row["penalty_usd_per_kg"] is not None and all(row[column] is None for column in _SHARES):
            yield view.fault(
                "penalty-without-share", "caps", row, "penalty_usd_per_kg", "blank without max_share or min_share",
                "Numbers of sources are never priced: clear the penalty.",
            )  # fmt: skip


def limit_values(view: View) -> Iterator[Fault]:
    """Limits on a share of shortage outside 0..1, and on cost by end use."""
    for row in view.rows("limits"):
        if row["measure"].endswith("_share") and not 0 <= row["value"] <= 1:
            yield view.fault(
                "out-of-range", "limits", row, "value", "a share from 0 to 1",
                "Write 5 percent as 0.05.",
            )  # fmt: skip
        if row["measure"] == "cvar_cost_kusd" and row["end_use"] != ("*",):
            yield view.fault(
                "limit-scope", "limits", row, "end_use", "`*` for a limit on cost",
                "Costs are not divided by end use.",
            )  # fmt: skip


def stress_windows(view: View) -> Iterator[Fault]:
    """Stress tests that do not begin with an epoch from 2 on, and lanes that are none."""
    firsts: dict[int, str] = {}
    for period in view.periods:
        firsts.setdefault(period["epoch"], period["period"])
    for row in view.rows("stress_tests"):
        epoch = view.epoch.get(row["first_period"])
        if epoch is not None and (epoch == 1 or firsts[epoch] != row["first_period"]):
            known = ", ".join(firsts[e] for e in sorted(firsts) if e > 1)
            yield view.fault(
                "stress-start", "stress_tests", row, "first_period", "the first period of an epoch from 2 on",
                f"Such are: {known}." if known else "Divide 'periods' into epochs first.",
            )  # fmt: skip
        if row["lose"] == "lane":
            yield from _lost_lanes(view, row)


def _lost_lanes(view: View, row: Row) -> Iterator[Fault]:
    lanes = {f"{lane['from_site']}->{lane['to_site']}" for lane in view.rows("lanes")}
    for member in row["member"]:
        ends = "->".join(end.strip() for end in member.split("->"))
        if ends not in lanes:
            yield view.fault(
                "unknown-name", "stress_tests", row, "member", "a lane of 'lanes' as `from->to`",
                "Write the two sites as they stand in 'lanes'.", f"'{member}'",
            )  # fmt: skip


def starving_caps(view: View) -> Iterator[Fault]:
    """Warning: hard caps on the share of each delivery that too few sources are left to keep.

    Three members at most 30 % each make 90 % of supply: the cap then allows no supply at all.
    """
    for row in view.rows("caps"):
        share, group = row["max_share"], row["group_by"]
        hard = row["penalty_usd_per_kg"] is None and row["basis"] == "delivered"
        if share is None or not hard or group in ("track", "recycled"):
            continue
        for period in view.periods:
            name = period["period"]
            if not _open(view, row, name):
                continue
            members = {_member(view, source, group) for source in _sources(view, row, name)}
            capped = {m for m in members if m and (m in row["member"] or "*" in row["member"])}
            if members and members == capped and len(capped) * share < 1 - 1e-9:
                yield view.fault(
                    "no-supply", "caps", row, "max_share",
                    f"at least {1 / len(capped):.3g}, or more than the {len(capped)} that can supply in {name}",
                    "Nothing can be supplied then: give the cap a penalty_usd_per_kg, or the basis `expected`.",
                )  # fmt: skip
                break


def _open(view: View, row: Row, period: str) -> bool:
    """Whether the period lies between a row's first and last."""
    at, position = view.position[period], view.position
    first, last = row["first_period"], row["last_period"]
    begun = first is None or position.get(first, 0) <= at
    return begun and (last is None or at <= position.get(last, at))


def _sources(view: View, cap: Row, period: str) -> Iterator[Row]:
    """Offers and processes that can supply the cap's scope in a period."""
    made: dict[str, set[str]] = {}
    for recipe in view.rows("recipes"):
        if (recipe["t_per_t"] or 0) > 0:
            made.setdefault(recipe["process"], set()).add(recipe["material"])
    for offer in view.rows("offers"):
        if _in_scope(view, cap, offer["material"]) and _open(view, offer, period):
            yield offer
    for process in view.rows("processes"):
        goods = made.get(process["process"], set())
        if any(_in_scope(view, cap, material) for material in goods) and _open(
            view, process, period
        ):
            yield process
    for scheme in view.rows("returns"):
        if _in_scope(view, cap, scheme["scrap"]):
            yield scheme


def _in_scope(view: View, cap: Row, material: str) -> bool:
    if cap["material"] is not None:
        return cap["material"] == material
    row = view.by_name("materials").get(material)
    return (
        row is not None
        and row["stage"] == cap["stage"]
        and view.shares.get(material, {}).get(cap["element"], 0) > 0
    )


def _member(view: View, source: Row, group: str) -> str | None:
    """What a source counts as; None where it bears no such name."""
    site = view.site_of(source, "to_site" if "to_site" in source else "site")
    if site is None:
        return None
    if group == "technology_origin" and "technology_origin" in source:
        return source["technology_origin"] or site["country"]
    return site["country" if group == "technology_origin" else group]


def idle_caps(view: View) -> Iterator[Fault]:
    """Warning: caps on a stage and an element that no material has."""
    stages = {row["material"]: row["stage"] for row in view.rows("materials")}
    held = {
        (stages.get(name), element) for name, shares in view.shares.items() for element in shares
    }
    for row in view.rows("caps"):
        if row["material"] is None and (row["stage"], row["element"]) not in held:
            yield view.fault(
                "no-effect", "caps", row, "element", f"an element that some {row['stage']} holds",
                "The cap counts nothing.",
            )  # fmt: skip
