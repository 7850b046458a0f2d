"""ORI: the tracks that goods are on - bought, in stock at the start, on their way, made."""

from __future__ import annotations

from collections import defaultdict

from planner.analysis.verify.licences import tracks_of
from planner.analysis.verify.reading import Reading
from planner.analysis.verify.rules import Tracks
from planner.analysis.verify.tables import Book
from planner.analysis.verify.verdict import Ledger
from planner.case.case import Row

#: The pseudo-track of goods that are not recycled; there where a cap groups by ``recycled``.
PRIMARY = "primary"


class Origin:
    """Classes of goods: sets of tracks."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.rows = {row["track"]: row for row in reading.case["tracks"]}
        by_recycling = any(row["group_by"] == "recycled" for row in reading.case["caps"])
        self._primary: Tracks = frozenset({PRIMARY} if by_recycling else ())
        self.names: Tracks = frozenset(self.rows) | self._primary
        self._can_be = {material: self._possible(material) for material in reading.stage}

    def can_be(self, material: str) -> Tracks:
        """The tracks that a material can be on."""
        return self._can_be[material]

    def _possible(self, material: str) -> Tracks:
        stage, elements = self.reading.stage[material], self.reading.content.get(material, {})
        tracks = {
            name
            for name, row in self.rows.items()
            if (not row["stages"] or "*" in row["stages"] or stage in row["stages"])
            and (
                not row["elements"]
                or "*" in row["elements"]
                or any(element in elements for element in row["elements"])
            )
        }
        return frozenset(tracks) | self._primary

    def bought(self, offer: Row) -> Tracks:
        """What an offer's goods are on, unless ``origin`` says otherwise by its site's country."""
        if offer["origin"] is None:
            tracks = self._of_place(offer["site"], offer["technology_origin"])
        else:
            tracks = frozenset(offer["origin"])
        new = frozenset() if offer["recycled"] else self._primary
        return (tracks | new) & self.can_be(offer["material"])

    def standing(self, site: str, material: str, stated: tuple[str, ...] | None) -> Tracks:
        """What stock or goods on their way are on: as stated, else by the site's country."""
        tracks = self._of_place(site, None) if stated is None else frozenset(stated)
        return (tracks | self._primary) & self.can_be(material)

    def made(self, process: Row) -> Tracks:
        """What every run of a process is on, whatever it draws."""
        return self._of_place(process["site"], process["technology_origin"])

    def output(self, run: Tracks, material: str) -> Tracks:
        """The class of what a run of a class makes."""
        return run & self.can_be(material)

    def _of_place(self, site: str, technology_origin: str | None) -> Tracks:
        country = self.reading.sites[site]["country"]
        return frozenset(
            name
            for name, row in self.rows.items()
            if row["country"] == country
            or (row["technology"] and row["country"] == technology_origin)
        )

    def de_minimis(self, track: str) -> float:
        return 0.0 if track == PRIMARY else self.rows[track]["de_minimis_share"] or 0.0


def check_origin(reading: Reading, book: Book, origin: Origin, ledger: Ledger) -> None:
    """Goods bought carry their tracks; runs are on the tracks of plant, technology and inputs."""
    offers = reading.keyed("offers", "")
    for row in book["takes"]:
        lacking = origin.bought(offers[row.offer]) - tracks_of(row.tracks)
        where = f"offer {row.offer}, node {row.node}, {row.period}"
        ledger.record("ORI-1", where, row.t if lacking else 0.0)
    _runs(reading, book, origin, ledger)


def _runs(reading: Reading, book: Book, origin: Origin, ledger: Ledger) -> None:
    """A run off a track draws inputs on it worth at most the track's share of its outputs."""
    drawn: dict[tuple[str, str, str, str], list[tuple[str, Tracks, float]]] = defaultdict(list)
    for row in book["draws"]:
        drawn[row.process, row.run_tracks, row.node, row.period].append(
            (row.material, tracks_of(row.tracks), row.t)
        )
    for run in book["runs"]:
        process = reading.keyed("processes", run.node)[run.process]
        recipe = reading.grouped("recipes", run.node)[run.process]
        outputs = {
            row["material"]: row["t_per_t"] * run.t for row in recipe if (row["t_per_t"] or 0) > 0
        }
        on = tracks_of(run.tracks)
        matters = frozenset().union(*(origin.can_be(material) for material in outputs))
        where = f"process {run.process} [{run.tracks}], node {run.node}, {run.period}"
        lacking = (origin.made(process) - on) & matters
        ledger.record("ORI-2", where, run.t if lacking else 0.0)
        inputs = drawn[run.process, run.tracks, run.node, run.period]
        for track in sorted(matters - on):
            tainted = {material: 0.0 for material, tracks, _ in inputs if track in tracks}
            for material, tracks, t in inputs:
                if track in tracks:
                    tainted[material] += t
            share = origin.de_minimis(track)
            if not share:
                ledger.record("ORI-2", f"{where}, track {track}", sum(tainted.values()), run.t)
                continue
            worth = _worth(reading, run.node, tainted)
            ledger.at_most(
                "ORI-2",
                f"{where}, track {track}",
                worth,
                share * _worth(reading, run.node, outputs),
            )


def _worth(reading: Reading, node: str, amounts: dict[str, float]) -> float:
    values = reading.keyed("materials", node)
    return sum(t * values[material]["value_usd_per_kg"] for material, t in amounts.items())
