"""DER: the tables that are there for the reader say what the decisions say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from planner.analysis.verify.audit import Audit, at_place
from planner.analysis.verify.caps import Caps
from planner.analysis.verify.closed import check_closed
from planner.analysis.verify.licences import tracks_of
from planner.analysis.verify.making import yearly_capacity
from planner.analysis.verify.origin import PRIMARY
from planner.analysis.verify.selling import Met
from planner.analysis.verify.supply import Supply


def check_derived(audit: Audit, met: list[Met], supplied: list[Supply], caps: Caps) -> None:
    """Every derived table against what is rebuilt."""
    _service(audit, met)
    _supply(audit, supplied)
    _shares(audit, caps)
    _capacity(audit)
    _taken_off(audit)
    check_closed(audit)


def _same(
    audit: Audit, equation: str, stated: Mapping[Any, Any], rebuilt: Mapping[Any, Any]
) -> None:
    """Tuples of numbers by key; a key on one side only stands against zeros."""
    width = len(next(iter((*stated.values(), *rebuilt.values())), ()))
    zeros = (0.0,) * width
    for key in stated.keys() | rebuilt.keys():
        pair = stated.get(key, zeros), rebuilt.get(key, zeros)
        if pair[0] == pair[1]:
            audit.ledger.held(equation, width)
            continue
        where = " / ".join(str(part) for part in key if part)
        for left, right in zip(*pair, strict=True):
            if left is None or right is None:
                if left is not right:
                    audit.ledger.broken(equation, where, f"the plan has {left}, rebuilt {right}")
            else:
                audit.ledger.equal(equation, where, left, right)


def _service(audit: Audit, met: list[Met]) -> None:
    stated = {
        (row.market, row.material, row.end_use, row.node, row.period): (
            row.demand_t,
            row.delivered_t,
            row.substituted_t,
            row.short_t,
        )
        for row in audit.book["service"]
    }
    rebuilt = {}
    for one in met:
        end_use = audit.reading.sites[one.market]["end_use"] or ""
        key = (one.market, one.material, end_use, one.node, one.period)
        rebuilt[key] = (one.demand, one.delivered, one.substituted, one.short)
    _same(audit, "DER-service", stated, rebuilt)


def _supply(audit: Audit, supplied: list[Supply]) -> None:
    """By kind, name of the source, site and class."""
    stated: dict[Any, float] = defaultdict(float)
    for row in audit.book["supply"]:
        stated[
            row.kind,
            row.source,
            row.site,
            row.country,
            row.company,
            row.material,
            row.stage,
            tracks_of(row.tracks),
            row.node,
            row.period,
        ] += row.t
    rebuilt: dict[Any, float] = defaultdict(float)
    for one in supplied:
        site, material = one.source.site, one.source.material
        rebuilt[
            one.source.kind,
            one.source.name,
            site["site"],
            site["country"] or "",
            site["company"] or "",
            material,
            audit.reading.stage[material],
            one.tracks,
            one.node,
            one.period,
        ] += one.t
    _same(
        audit,
        "DER-supply",
        {key: (t,) for key, t in stated.items()},
        {key: (t,) for key, t in rebuilt.items()},
    )


def _shares(audit: Audit, caps: Caps) -> None:
    """A share of nothing is blank."""
    rows = {cap["cap"]: cap for cap in caps.rows}
    for row in audit.book["shares"]:
        where = f"cap {row.cap}, {row.member}, node {row.node}, {row.period}"
        scope = caps.scopes[row.cap].get((row.node, row.period))
        if scope is None:
            audit.ledger.broken("DER-shares", where, "the cap does not hold there")
            continue
        part, cap = scope.parts.get(row.member, 0.0), rows[row.cap]
        audit.ledger.equal("DER-shares", where, row.part_t, part, scope.supply)
        audit.ledger.equal("DER-shares", where, row.supply_t, scope.supply)
        if row.share is not None and scope.supply:
            audit.ledger.equal("DER-shares", where, row.share, part / scope.supply)
        for stated, limit in ((row.min_share, cap["min_share"]), (row.max_share, cap["max_share"])):
            if (stated is None) != (limit is None) or (limit and abs(stated - limit) > 1e-9):
                text = f"the plan has limit {stated}, the workbook {limit}"
                audit.ledger.broken("DER-shares", where, text)
    stated = {(row.cap, row.member, row.node, row.period) for row in audit.book["shares"]}
    for name, spots in caps.scopes.items():
        for (node, period), scope in spots.items():
            for member in caps.members[name]:
                if scope.parts.get(member) and (name, member, node, period) not in stated:
                    where = f"cap {name}, {member}, node {node}, {period}"
                    audit.ledger.broken("DER-shares", where, "is missing")


def _capacity(audit: Audit) -> None:
    ran = audit.totals("runs", "process", "node", "period")
    stated = set()
    for row in audit.book["capacity"]:
        stated.add((row.process, row.node, row.period))
        where = f"process {row.process}, {at_place(row.node, row.period)}"
        audit.ledger.equal("DER-capacity", where, row.capacity_t, _could_run(audit, row), row.run_t)
        key = (row.process, row.node, row.period)
        audit.ledger.equal("DER-capacity", where, row.run_t, ran.get(key, 0.0))
    for name, node, period in ran.keys() - stated:
        where = f"process {name}, {at_place(node, period)}"
        audit.ledger.broken("DER-capacity", where, "is missing")


def _could_run(audit: Audit, row: Any) -> float:
    """t in the period: nothing outside the window, where lost, or while maintenance is closed."""
    process = audit.reading.keyed("processes", row.node)[row.process]
    timeline = audit.timeline
    need = audit.rules.technology("maintenance", process, row.node, row.period)
    runs = (
        timeline.within(row.period, process["first_period"], process["last_period"])
        and not audit.stress.site_lost(process["site"], row.node, row.period)
        and audit.licences.open(need, row.node, row.period)
    )
    yearly = yearly_capacity(audit, process, row.node, row.period) if runs else 0.0
    return yearly * timeline.years[row.period]


def _taken_off(audit: Audit) -> None:
    """What runs draw on a track and make off it: the output cannot be on it, or de minimis."""
    stated: dict[Any, float] = {}
    for row in audit.book["taken_off"]:
        ends = (row.material, tracks_of(row.tracks), row.output, tracks_of(row.output_tracks))
        stated[row.process, row.site, row.node, row.period, *ends, row.reason] = row.t
    rebuilt: dict[Any, float] = defaultdict(float)
    for row in audit.book["draws"]:
        if row.t == 0:
            continue
        drawn, run = tracks_of(row.tracks), tracks_of(row.run_tracks)
        process = audit.reading.keyed("processes", row.node)[row.process]
        for recipe in audit.reading.grouped("recipes", row.node)[row.process]:
            output = recipe["material"]
            if (recipe["t_per_t"] or 0) <= 0:
                continue
            made, possible = audit.origin.output(run, output), audit.origin.can_be(output)
            lost = drawn - made - {PRIMARY}
            if lost:
                reason = "; ".join(
                    word
                    for word, tracks in (
                        ("de minimis", lost & possible),
                        ("recipe", lost - possible),
                    )
                    if tracks
                )
                where = (row.process, process["site"], row.node, row.period)
                rebuilt[*where, row.material, drawn, output, made, reason] += row.t
    _same(
        audit,
        "DER-taken_off",
        {key: (t,) for key, t in stated.items()},
        {key: (t,) for key, t in rebuilt.items()},
    )
