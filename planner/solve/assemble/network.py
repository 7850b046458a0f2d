"""The network: which goods, on which tracks, can be where, and by which arcs.

Columns exist only for classes of goods that can occur: from offers, opening stock, pipeline and
returns, forward along lanes and through processes, to a fixed point; runs are kept apart only by
tracks that some rule can still see (``sight``); and arcs exist only where the material is of some
use at the far end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import combinations

from models.instance import (
    PRIMARY,
    Arc,
    Lane,
    Offer,
    Pair,
    Process,
    Return,
    Tracks,
    label_of,
    tracks_of,
)
from planner.case.case import Row
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.sight import Sight


@dataclass
class Network:
    """What the assembly needs of the network.

    ``lane_rows[lane]`` is the position in the sheet of the row that the lane was made from;
    ``leaving`` holds every lane of the workbook by where it begins: (to_site, periods open).
    """

    classes: dict[Pair, set[Tracks]] = field(default_factory=lambda: defaultdict(set))
    lanes: dict[int, Lane] = field(default_factory=dict[int, Lane])
    lane_rows: dict[int, int] = field(default_factory=dict[int, int])
    leaving: dict[Pair, list[tuple[str, frozenset[int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    arcs: dict[int, Arc] = field(default_factory=dict[int, Arc])
    arc_classes: dict[int, tuple[Tracks, ...]] = field(
        default_factory=dict[int, tuple[Tracks, ...]]
    )
    processes: dict[str, Process] = field(default_factory=dict[str, Process])


@dataclass(frozen=True)
class _Way:
    """A lane row and one material it carries, before it is known to be of use."""

    lane: int
    row: Row
    material: str
    arrival: dict[int, int]


def build_network(
    facts: Facts,
    offers: dict[str, Offer],
    returns: dict[int, Return],
    stocks: frozenset[Pair],
    skeletons: dict[str, Process],
) -> Network:
    """The network of a case. ``skeletons`` are processes without classes yet."""
    network = Network()
    rows = facts.case["lanes"]
    network.lane_rows = dict(enumerate(sorted(range(len(rows)), key=lambda i: _order(rows[i]))))
    ways = _ways(facts, network, {lane: rows[at] for lane, at in network.lane_rows.items()})
    _seed(facts, network, offers, returns, stocks)
    sight = Sight(
        facts, {(w.row["from_site"], w.row["to_site"], w.material) for w in ways}, skeletons
    )
    _spread(facts, network, ways, skeletons, sight)
    network.processes = {
        name: _with_classes(facts, network, skeleton, sight) for name, skeleton in skeletons.items()
    }
    _keep_useful(facts, network, ways, stocks)
    return network


def _order(row: Row) -> tuple[str, str, str, str]:
    return row["from_site"], row["to_site"], row["material"], row["first_period"] or ""


def _ways(facts: Facts, network: Network, rows: dict[int, Row]) -> list[_Way]:
    """Every lane row times the materials it can carry; a specific row wins over a ``*`` row."""
    calendar = facts.calendar
    specific: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for row in rows.values():
        if row["material"] != "*":
            key = (row["from_site"], row["to_site"], row["material"])
            specific[key].update(calendar.window(row))
    ways: list[_Way] = []
    for lane, row in rows.items():
        materials = facts.materials if row["material"] == "*" else (row["material"],)
        for material in sorted(materials):
            taken: set[int] = set()
            if row["material"] == "*":
                taken = specific.get((row["from_site"], row["to_site"], material), set())
            window = frozenset(calendar.window(row)) - taken
            network.leaving[row["from_site"], material].append((row["to_site"], window))
            arrival = {
                t: arrives
                for t in sorted(window)
                if (arrives := calendar.after(t, row["lead_months"])) is not None
            }
            if arrival:
                ways.append(_Way(lane, row, material, arrival))
    return ways


def _seed(
    facts: Facts,
    network: Network,
    offers: dict[str, Offer],
    returns: dict[int, Return],
    stocks: frozenset[Pair],
) -> None:
    for offer in offers.values():
        network.classes[offer.pair].add(offer.tracks)
    for scheme in returns.values():
        network.classes[scheme.to_site, scheme.scrap].add(scheme.tracks)
    for row in facts.case["stocks"]:
        if row["opening_t"]:
            network.classes[row["site"], row["material"]].add(opening_class(facts, row))
    for row in facts.case["pipeline"]:
        network.classes[row["site"], row["material"]].add(pipeline_class(facts, row))
    for pair in stocks:
        network.classes[pair] |= set()


def opening_class(facts: Facts, row: Row) -> Tracks:
    """The class of a stock row's opening stock."""
    return facts.goods_class(row["material"], row["opening_origin"], facts.country(row["site"]))


def pipeline_class(facts: Facts, row: Row) -> Tracks:
    """The class of what is on its way; where the sheet is silent, as opening stock at the site."""
    return facts.goods_class(row["material"], row["origin"], facts.country(row["site"]))


def _spread(
    facts: Facts,
    network: Network,
    ways: list[_Way],
    skeletons: dict[str, Process],
    sight: Sight,
) -> None:
    """Forward to a fixed point: along lanes, and through processes that can draw all they need."""
    size = -1
    while size != (size := sum(len(found) for found in network.classes.values())):
        for way in ways:
            here = network.classes.get((way.row["from_site"], way.material))
            if here:
                network.classes[way.row["to_site"], way.material] |= here
        for skeleton in skeletons.values():
            for r in _run_classes(facts, network, skeleton, sight):
                for material in skeleton.outputs:
                    tracks = _output_class(facts, r, material)
                    network.classes[skeleton.site, material].add(tracks)


def _run_classes(facts: Facts, network: Network, process: Process, sight: Sight) -> list[Tracks]:
    """Classes that runs of a process can be on, given what can be at its site by now.

    A run is as if on every reachable track that no rule can see on what it makes.
    """
    row = next(r for r in facts.case["processes"] if r["process"] == process.name)
    base = facts.country_tracks(facts.country(process.site), row["technology_origin"])
    materials = (*process.inputs, *process.mix)
    if facts.follows_recycled and not materials:
        base |= {PRIMARY}
    reachable: set[str] = set()
    for material in materials:
        for c in network.classes.get((process.site, material), ()):
            reachable |= tracks_of(c)
    told = sight.of_runs(process) | {PRIMARY}
    base |= reachable - told
    extra = sorted(reachable - base)
    found: list[Tracks] = []
    for n in range(len(extra) + 1):
        for added in combinations(extra, n):
            r = base | set(added)
            draws = _draws(facts, network, process, r)
            mixes = any(draws[m] for m in process.mix) or not process.mix
            if mixes and all(draws[m] for m in process.inputs):
                found.append(label_of(r))
    return found


def _draws(
    facts: Facts, network: Network, process: Process, run: frozenset[str] | set[str]
) -> dict[str, tuple[Tracks, ...]]:
    """Classes of each input that a run may draw: within its own, or passed by de minimis."""

    def passes(c: Tracks) -> bool:
        stray = tracks_of(c) - run
        return all(t in facts.tracks and facts.tracks[t]["de_minimis_share"] > 0 for t in stray)

    return {
        material: tuple(
            sorted(c for c in network.classes.get((process.site, material), ()) if passes(c))
        )
        for material in (*process.inputs, *process.mix)
    }


def _output_class(facts: Facts, run: Tracks, material: str) -> Tracks:
    on = {t for t in tracks_of(run) if t == PRIMARY or facts.can_be_on(t, material)}
    return label_of(frozenset(on))


def _with_classes(facts: Facts, network: Network, p: Process, sight: Sight) -> Process:
    classes = tuple(_run_classes(facts, network, p, sight))
    draws = {
        (r, material): found
        for r in classes
        for material, found in _draws(facts, network, p, tracks_of(r)).items()
    }
    out = {(r, m): _output_class(facts, r, m) for r in classes for m in p.outputs}
    return replace(p, classes=classes, draws=draws, out_class=out)


def _keep_useful(facts: Facts, network: Network, ways: list[_Way], stocks: frozenset[Pair]) -> None:
    """Arcs that carry something, to where it is wanted, stocked, worked or passed on."""
    useful: set[Pair] = set(stocks)
    useful |= {(row["site"], row["material"]) for row in facts.case["demand"]}
    useful |= {(row["market"], row["by_material"]) for row in facts.case["substitutes"]}
    for p in network.processes.values():
        useful |= {(p.site, m) for m in (*p.inputs, *p.mix)}
    kept: list[_Way] = []
    waiting = [w for w in ways if network.classes.get((w.row["from_site"], w.material))]
    while waiting:
        good: list[_Way] = []
        rest: list[_Way] = []
        for w in waiting:
            wanted = (w.row["to_site"], w.material) in useful or w.row["freight_usd_per_kg"] < 0
            (good if wanted else rest).append(w)
        if not good:
            break
        kept += good
        waiting = rest
        useful |= {(w.row["from_site"], w.material) for w in good}
    for number, way in enumerate(sorted(kept, key=lambda w: (w.lane, w.material))):
        here, there = way.row["from_site"], way.row["to_site"]
        network.arcs[number] = Arc(number, way.lane, here, there, way.material, way.arrival)
        network.arc_classes[number] = tuple(sorted(network.classes[here, way.material]))
    by_lane: dict[int, list[int]] = defaultdict(list)
    for arc in network.arcs.values():
        by_lane[arc.lane].append(arc.name)
    for lane, arcs in by_lane.items():
        row = facts.case["lanes"][network.lane_rows[lane]]
        chosen = any(facts.ever("lanes", row, "fixed_kusd")) or bool(row["min_t"])
        network.lanes[lane] = Lane(lane, row["from_site"], row["to_site"], tuple(arcs), chosen)
