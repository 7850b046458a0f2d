"""BAL: what comes to a site, of each material and class, and where it goes.

A tonne may be used as if on more tracks, never on fewer. So for every set of classes that holds,
with a class, all classes on fewer tracks, what leaves in these classes must have come in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from planner.analysis.verify.audit import Audit, at_place
from planner.analysis.verify.licences import tracks_of
from planner.analysis.verify.rules import Tracks

#: site, material, node, period
Bin = tuple[str, str, str, str]
Flow = tuple[Bin, Tracks, float]


def check_balance(audit: Audit) -> None:
    """BAL-1 totals and BAL-2 tracks, for every site, material and place."""
    coming: dict[Bin, dict[Tracks, float]] = defaultdict(lambda: defaultdict(float))
    going: dict[Bin, dict[Tracks, float]] = defaultdict(lambda: defaultdict(float))
    largest: dict[Bin, float] = defaultdict(float)
    for book, flows in ((coming, _coming(audit)), (going, _going(audit))):
        for key, tracks, t in flows:
            book[key][tracks] += t
            largest[key] = max(largest[key], abs(t))
    for key in largest:
        site, material, node, period = key
        where = f"{material} at {site}, {at_place(node, period)}"
        come, gone = coming[key], going[key]
        audit.ledger.equal(
            "BAL-1", where, sum(gone.values()), sum(come.values()), scale=largest[key]
        )
        for classes in _closed_below(frozenset(come.keys() | gone.keys())):
            excess = sum(gone[c] for c in classes if c in gone) - sum(
                come[c] for c in classes if c in come
            )
            audit.ledger.record("BAL-2", where, excess, largest[key])


@lru_cache(maxsize=4096)
def _closed_below(classes: frozenset[Tracks]) -> list[set[Tracks]]:
    """The sets of classes that hold, with each class, those on fewer tracks; not all of them."""
    known = list(classes)
    closed: list[set[Tracks]] = []
    for size in range(1, len(known)):
        for tops in combinations(known, size):
            below = {c for c in known if any(c <= top for top in tops)}
            if len(below) < len(known) and below not in closed:
                closed.append(below)
    return closed


def _coming(audit: Audit) -> Iterator[Flow]:
    reading, tree, timeline, book = audit.reading, audit.tree, audit.timeline, audit.book
    offers = reading.keyed("offers", "")
    for row in book["takes"]:
        offer = offers[row.offer]
        key = (offer["site"], offer["material"], row.node, row.period)
        yield key, tracks_of(row.tracks), row.t
    for row in book["shipments"]:
        for node in tree.at_epoch(row.node, timeline.epoch[row.arrives]):
            yield (row.to_site, row.material, node, row.arrives), tracks_of(row.tracks), row.t
    for row in book["stock"]:
        for node, period in tree.following(row.node, row.period):
            yield (row.site, row.material, node, period), tracks_of(row.tracks), row.t
    for row in book["collections"]:
        yield (row.to_site, row.scrap, row.node, row.period), frozenset(), row.t
    yield from _given(audit)
    for row in book["runs"]:
        site = reading.keyed("processes", row.node)[row.process]["site"]
        for part in reading.grouped("recipes", row.node)[row.process]:
            if (part["t_per_t"] or 0) > 0:
                tracks = audit.origin.output(tracks_of(row.tracks), part["material"])
                key = (site, part["material"], row.node, row.period)
                yield key, tracks, part["t_per_t"] * row.t


def _given(audit: Audit) -> Iterator[Flow]:
    """What the workbook says is there at the start or on its way."""
    case, tree, timeline = audit.reading.case, audit.tree, audit.timeline
    for row in case["stocks"]:
        if row["opening_t"]:
            place = (tree.root.name, timeline.periods[0])
            tracks = audit.origin.standing(row["site"], row["material"], row["opening_origin"])
            yield (row["site"], row["material"], *place), tracks, row["opening_t"]
    for node, period in tree.places():
        for row in audit.reading.rows("pipeline", node):
            if row["period"] == period:
                tracks = audit.origin.standing(row["site"], row["material"], row["origin"])
                yield (row["site"], row["material"], node, period), tracks, row["t"]


def _going(audit: Audit) -> Iterator[Flow]:
    book, keyed = audit.book, audit.reading.keyed
    for row in book["shipments"]:
        key = (row.from_site, row.material, row.node, row.period)
        yield key, tracks_of(row.tracks), row.t
    for table in ("stock", "disposals"):
        for row in book[table]:
            yield (row.site, row.material, row.node, row.period), tracks_of(row.tracks), row.t
    for row in book["deliveries"]:
        key = (row.market, row.material, row.node, row.period)
        yield key, tracks_of(row.tracks), row.t
    for row in book["swaps"]:
        swap = keyed("substitutes", row.node)[row.substitute]
        key = (swap["market"], swap["by_material"], row.node, row.period)
        yield key, tracks_of(row.tracks), swap["t_per_t"] * row.t
    for row in book["draws"]:
        site = keyed("processes", row.node)[row.process]["site"]
        yield (site, row.material, row.node, row.period), tracks_of(row.tracks), row.t
