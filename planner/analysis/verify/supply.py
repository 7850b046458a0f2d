"""What enters the chain, by source: bought from offers, made by processes, collected as scrap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.analysis.verify.audit import Audit
from planner.analysis.verify.licences import tracks_of
from planner.analysis.verify.origin import PRIMARY
from planner.analysis.verify.rules import Tracks
from planner.case.case import Row


@dataclass(frozen=True)
class Source:
    """Where supply comes from: the site that it counts for and the technology behind it."""

    kind: str
    name: str
    site: Row
    technology_origin: str | None
    material: str


@dataclass(frozen=True)
class Supply:
    """t of a material from a source in a place, and the tracks that it is on."""

    source: Source
    tracks: Tracks
    node: str
    period: str
    t: float


def sources(audit: Audit) -> list[Source]:
    """Every source that the workbook knows, whether used or not."""
    case, sites = audit.reading.case, audit.reading.sites
    bought = [
        Source(
            "bought",
            row["offer"],
            sites[row["site"]],
            row["technology_origin"] or sites[row["site"]]["country"],
            row["material"],
        )
        for row in case["offers"]
    ]
    processes = {row["process"]: row for row in case["processes"]}
    made = [
        _made(audit, processes[row["process"]], row["material"])
        for row in case["recipes"]
        if (row["t_per_t"] or 0) > 0
    ]
    collected = [
        _collected(audit, row["market"], row["product"], row["scrap"], row["to_site"])
        for row in case["returns"]
    ]
    return [*bought, *made, *collected]


def _made(audit: Audit, process: Row, material: str) -> Source:
    site = audit.reading.sites[process["site"]]
    technology = process["technology_origin"] or site["country"]
    return Source("made", process["process"], site, technology, material)


def _collected(audit: Audit, market: str, product: str, scrap: str, to_site: str) -> Source:
    site = audit.reading.sites[to_site]
    return Source("collected", f"{market}: {product}", site, site["country"], scrap)


def supplies(audit: Audit) -> Iterator[Supply]:
    """Every amount bought, made or collected, from the plan's decisions."""
    by_offer = {one.name: one for one in sources(audit) if one.kind == "bought"}
    for row in audit.book["takes"]:
        yield Supply(by_offer[row.offer], tracks_of(row.tracks), row.node, row.period, row.t)
    for row in audit.book["runs"]:
        process = audit.reading.keyed("processes", row.node)[row.process]
        for part in audit.reading.grouped("recipes", row.node)[row.process]:
            if (part["t_per_t"] or 0) > 0:
                material = part["material"]
                tracks = audit.origin.output(tracks_of(row.tracks), material)
                source = _made(audit, process, material)
                yield Supply(source, tracks, row.node, row.period, part["t_per_t"] * row.t)
    for row in audit.book["collections"]:
        source = _collected(audit, row.market, row.product, row.scrap, row.to_site)
        yield Supply(source, frozenset(), row.node, row.period, row.t)


def members_of(group_by: str, source: Source, tracks: Tracks) -> list[str]:
    """The members of a cap's group that a tonne counts for; none where the workbook is silent."""
    if group_by == "track":
        return sorted(tracks - {PRIMARY}) or ["none"]
    if group_by == "recycled":
        return ["primary" if PRIMARY in tracks else "recycled"]
    if group_by == "technology_origin":
        return [source.technology_origin] if source.technology_origin else []
    named = source.site[group_by]
    return [named] if named else []
