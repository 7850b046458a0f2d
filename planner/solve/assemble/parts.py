"""The things of a case as the formulation names them: offers, processes, projects, caps ...

Only what is the same in every node; figures are made by the ``figures`` modules. Everything is
sorted by name, so that the order of rows in the workbook changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from models.instance import (
    PRIMARY,
    Budget,
    Cap,
    Commitment,
    Demand,
    Licence,
    Limit,
    Offer,
    Origin,
    Pair,
    Process,
    Project,
    Qualification,
    Return,
    StressTest,
    Substitute,
)
from planner.case.case import Case, Row
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.rules import Licensing


def _sorted(case: Case, sheet: str, *columns: str) -> list[Row]:
    return sorted(case[sheet], key=lambda row: tuple(str(row[c]) for c in columns))


def offers(facts: Facts) -> dict[str, Offer]:
    levels: dict[str, int] = defaultdict(int)
    for row in facts.case["price_breaks"]:
        levels[row["offer"]] += 1
    found: dict[str, Offer] = {}
    for row in _sorted(facts.case, "offers", "offer"):
        tracks = facts.goods_class(
            row["material"],
            row["origin"],
            facts.country(row["site"]),
            row["technology_origin"],
            recycled=bool(row["recycled"]),
        )
        name, is_contract = row["offer"], row["kind"] == "contract"
        found[name] = Offer(
            name=name,
            site=row["site"],
            material=row["material"],
            tracks=tracks,
            window=frozenset(facts.calendar.window(row)),
            contract_epochs=int(row["contract_epochs"]) if is_contract else 0,
            needs_qualification=row["qualification_kusd"] is not None,
            has_min_take=is_contract and any(facts.ever("offers", row, "min_take_share")),
            has_min_order=bool(row["min_order_t"]),
            # Below the first break the offer's own price holds.
            break_levels=levels[name] + 1 if levels[name] else 0,
        )
    return found


def qualifications(facts: Facts) -> dict[Pair, Qualification]:
    grid, calendar = facts.calendar.grid, facts.calendar
    found: dict[Pair, Qualification] = {}
    for row in _sorted(facts.case, "offers", "site", "material"):
        if row["qualification_kusd"] is None:
            continue
        ready = {
            epoch: t
            for epoch in range(1, grid.last_epoch + 1)
            if (t := calendar.after(grid.periods(epoch)[0], row["qualification_months"]))
            is not None
        }
        begun = row["qualified_from"]
        free_from = None if begun is None else calendar.index[begun]
        pair = (row["site"], row["material"])
        found[pair] = Qualification(*pair, ready=ready, free_from=free_from)
    return found


def process_skeletons(facts: Facts, gated: frozenset[str]) -> dict[str, Process]:
    """Processes without classes; ``gated``: their maintenance waits for a decided licence."""
    recipes: dict[str, list[Row]] = defaultdict(list)
    for row in _sorted(facts.case, "recipes", "process", "material"):
        recipes[row["process"]].append(row)
    blends: dict[str, list[str]] = defaultdict(list)
    for row in _sorted(facts.case, "blends", "process", "element"):
        blends[row["process"]].append(row["element"])
    widening: dict[str, list[str]] = defaultdict(list)
    for row in _sorted(facts.case, "projects", "project"):
        widening[row["adds_to"]].append(row["project"])
    found: dict[str, Process] = {}
    for row in _sorted(facts.case, "processes", "process"):
        name = row["process"]
        rows = recipes[name]
        found[name] = Process(
            name=name,
            site=row["site"],
            window=frozenset(facts.calendar.window(row)),
            inputs=tuple(r["material"] for r in rows if (r["t_per_t"] or 0) < 0),
            mix=tuple(r["material"] for r in rows if r["t_per_t"] is None),
            outputs=tuple(r["material"] for r in rows if (r["t_per_t"] or 0) > 0),
            blend_elements=tuple(blends[name]),
            classes=(),
            draws={},
            out_class={},
            has_min_run=any(facts.ever("processes", row, "min_run_share")),
            gated=name in gated,
            projects=tuple(widening[name]),
        )
    return found


def projects(facts: Facts, gated: frozenset[str]) -> dict[str, Project]:
    calendar = facts.calendar
    processes = {row["process"] for row in facts.case["processes"]}
    found: dict[str, Project] = {}
    for row in _sorted(facts.case, "projects", "project"):
        first = row["earliest_period"]
        last = row["latest_period"]
        start = 0 if first is None else calendar.index[first]
        stop = len(calendar) - 1 if last is None else calendar.index[last]
        decided = tuple(range(start, stop + 1))
        ready = {t: calendar.after(t, row["lead_months"]) for t in decided}
        on_process = row["adds_to"] in processes
        found[row["project"]] = Project(
            name=row["project"],
            process=row["adds_to"] if on_process else None,
            site=None if on_process else row["adds_to"],
            integer=row["integer"],
            max_modules=float(row["max_modules"]),
            decided=decided,
            commissioned={t: s for t, s in ready.items() if s is not None},
            gated=row["project"] in gated,
            excludes=row["excludes"],
            requires=row["requires"],
        )
    return found


def demands(facts: Facts) -> dict[Pair, Demand]:
    """One entry a market and material; ``*`` is each period that has no row of its own."""
    found: dict[Pair, Demand] = {}
    for (pair, t), row in demand_rows(facts, facts.case["demand"]).items():
        before = found.get(pair)
        if before is None:
            end_use = facts.sites[pair[0]]["end_use"] or ""
            nothing: frozenset[int] = frozenset()
            before = Demand(*pair, end_use, nothing, nothing, nothing, nothing)
        counts = bool(row["shortage_usd_per_kg"]) or row["min_service_share"] > 0
        found[pair] = replace(
            before,
            window=before.window | {t},
            backlog=before.backlog | ({t} if row["backlog"] else set()),
            single_source=before.single_source | ({t} if row["single_source"] else set()),
            counted=before.counted | ({t} if counts else set()),
        )
    return dict(sorted(found.items()))


def demand_rows(facts: Facts, rows: tuple[Row, ...]) -> dict[tuple[Pair, int], Row]:
    """The row in force for each market, material and period."""
    found: dict[tuple[Pair, int], Row] = {}
    for row in sorted(rows, key=lambda row: row["period"] != "*"):
        for t in facts.at_index(row["period"]):
            found[(row["site"], row["material"]), t] = row
    return found


def substitutes(facts: Facts) -> dict[str, Substitute]:
    grid, calendar = facts.calendar.grid, facts.calendar
    return {
        row["substitute"]: Substitute(
            name=row["substitute"],
            market=row["market"],
            material=row["material"],
            by_material=row["by_material"],
            ready={
                epoch: t
                for epoch in range(1, grid.last_epoch + 1)
                if (t := calendar.after(grid.periods(epoch)[0], row["lead_months"])) is not None
            },
        )
        for row in _sorted(facts.case, "substitutes", "substitute")
    }


def return_rows(case: Case) -> dict[int, int]:
    """Return scheme -> position of its row in the sheet."""
    rows = case["returns"]
    order = sorted(
        range(len(rows)),
        key=lambda i: tuple(rows[i][c] for c in ("market", "product", "scrap", "to_site")),
    )
    return dict(enumerate(order))


def returns(facts: Facts) -> dict[int, Return]:
    rows = facts.case["returns"]
    return {
        name: Return(
            name=name,
            market=rows[at]["market"],
            product=rows[at]["product"],
            scrap=rows[at]["scrap"],
            to_site=rows[at]["to_site"],
            tracks="",
        )
        for name, at in return_rows(facts.case).items()
    }


def licences(facts: Facts, licensing: Licensing) -> dict[str, Licence]:
    return {
        row["licence"]: Licence(
            name=row["licence"],
            team=row["team"],
            decided=row["licence"] in licensing.decided,
            has_quota=bool(facts.ever("licences", row, "max_t_per_year")),
        )
        for row in _sorted(facts.case, "licences", "licence")
    }


def origins(facts: Facts, schemes: Mapping[int, Return]) -> dict[tuple[str, object], Origin]:
    """What each source of supply counts as."""
    found: dict[tuple[str, object], Origin] = {}
    for row in facts.case["offers"]:
        found["offer", row["offer"]] = facts.origin(row["site"], row["technology_origin"])
    for row in facts.case["processes"]:
        found["process", row["process"]] = facts.origin(row["site"], row["technology_origin"])
    for scheme in schemes.values():
        found["return", scheme.name] = facts.origin(scheme.to_site, None)
    return found


def caps(facts: Facts, sources: list[tuple[str, Origin]]) -> dict[str, Cap]:
    """``sources``: (material, origin) of all that can enter the chain."""
    return {row["cap"]: _cap(facts, row, sources) for row in _sorted(facts.case, "caps", "cap")}


def _cap(facts: Facts, row: Row, sources: list[tuple[str, Origin]]) -> Cap:
    element = row["element"]
    scope = [
        name
        for name, material in sorted(facts.materials.items())
        if row["material"] in (None, name)
        and (row["material"] is not None or row["stage"] == material["stage"])
        and (element is None or element in facts.elements[name])
    ]
    weight = {m: 1.0 if element is None else facts.shares[m, element] for m in scope}
    members = row["member"]
    if "*" in members:
        members = _every_member(facts, row["group_by"], weight, sources)
    return Cap(
        name=row["cap"],
        group_by=row["group_by"],
        members=tuple(sorted(members)),
        weight=weight,
        window=frozenset(facts.calendar.window(row)),
        expected=row["basis"] == "expected",
        has_max=row["max_share"] is not None,
        has_min=row["min_share"] is not None,
        priced=row["penalty_usd_per_kg"] is not None,
        min_sources=int(row["min_sources"] or 0),
        max_sources=None if row["max_sources"] is None else int(row["max_sources"]),
    )


def _every_member(
    facts: Facts, group_by: str, weight: Mapping[str, float], sources: list[tuple[str, Origin]]
) -> tuple[str, ...]:
    if group_by == "track":
        return (*facts.tracks, "none")
    if group_by == "recycled":
        return ("recycled", PRIMARY)
    stated = {getattr(origin, group_by) for material, origin in sources if material in weight}
    return tuple(stated - {""})


def budgets(facts: Facts) -> tuple[Budget, ...]:
    return tuple(
        Budget(
            name=at,
            window=frozenset(facts.calendar.window(row)),
            has_max=row["max_capex_kusd"] is not None,
            has_min=row["min_added_t_per_year"] is not None,
        )
        for at, row in enumerate(facts.case["budgets"])
    )


def commitments(facts: Facts) -> tuple[Commitment, ...]:
    index = facts.calendar.index
    return tuple(
        Commitment(
            name=at,
            what=row["what"],
            subject=row["name"],
            period=None if row["period"] is None else index[row["period"]],
            sense=row["sense"],
        )
        for at, row in enumerate(facts.case["commitments"])
    )


def stress_tests(facts: Facts) -> dict[str, StressTest]:
    """One test a name; rows of one name lose several members at once."""
    found: dict[str, StressTest] = {}
    for row in _sorted(facts.case, "stress_tests", "test"):
        ends = frozenset(() if "*" in row["end_use"] else row["end_use"])
        window = frozenset(facts.calendar.window(row))
        found[row["test"]] = StressTest(row["test"], window, ends)
    return found


def limits(facts: Facts) -> tuple[Limit, ...]:
    return tuple(
        Limit(
            name=at,
            measure=row["measure"],
            end_uses=frozenset(() if "*" in row["end_use"] else row["end_use"]),
        )
        for at, row in enumerate(facts.case["limits"])
    )
