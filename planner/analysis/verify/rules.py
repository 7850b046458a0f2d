"""Rules: which dated rules hit a shipment, a delivery or a technology, and what they require."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from planner.analysis.verify.reading import Reading, crosses_border
from planner.case.case import Row

Tracks = frozenset[str]


class Need(NamedTuple):
    """What the rules ask: nothing passes where ``denied_by`` names a rule; else every licence."""

    denied_by: str
    licences: frozenset[str]


_FREE = Need("", frozenset())


def _resolve(hits: Iterable[Row]) -> Need:
    """`exempt` clears, else `denied` closes, else each licence named is needed."""
    rows = list(hits)
    if any("exempt" in row["requirement"] for row in rows):
        return _FREE
    denied = next((row["rule"] for row in rows if "denied" in row["requirement"]), "")
    if denied:
        return Need(denied, frozenset())
    return Need(
        "",
        frozenset(
            asked.removeprefix("licence:").strip() for row in rows for asked in row["requirement"]
        ),
    )


def _matches(asked: tuple[str, ...] | None, *found: str | None) -> bool:
    """A blank match column matches everything, else one of the names must be found."""
    return not asked or "*" in asked or any(name in asked for name in found if name)


class Rules:
    """The rules of the workbook by what they cover."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._goods = [row for row in reading.case["rules"] if row["covers"] == "goods"]
        self._cache: dict[tuple[Any, ...], Need] = {}

    def shipment(
        self,
        from_site: str,
        to_site: str,
        material: str,
        tracks: Tracks,
        node: str,
        period: str,
    ) -> Need:
        """What a shipment needs, leaving in a period of a node."""
        regime = self.reading.tree.nodes[node].regime
        key = (regime, period, from_site, to_site, material, tracks)
        if key not in self._cache:
            start, end = self.reading.sites[from_site], self.reading.sites[to_site]
            hits = self._in_force(self._goods, regime, period) if crosses_border(start, end) else ()
            self._cache[key] = _resolve(
                row
                for row in hits
                if (not row["track"] or row["track"] in tracks)
                and _matches(row["exporter"], start["country"])
                and _matches(row["company"], start["company"], end["company"])
                and self._material(row, material)
                and self._destination(row, end)
            )
        return self._cache[key]

    def delivery(self, market: str, material: str, tracks: Tracks, node: str, period: str) -> Need:
        """What a delivery needs: content rules that name an end use hit it, at home too."""
        regime = self.reading.tree.nodes[node].regime
        key = (regime, period, market, material, tracks)
        if key not in self._cache:
            site = self.reading.sites[market]
            self._cache[key] = _resolve(
                row
                for row in self._in_force(self._goods, regime, period)
                if row["reach"] == "content"
                and row["track"] in tracks
                and row["end_use"]
                and not row["exporter"]  # a delivery leaves nobody's country
                and _matches(row["company"], site["company"])
                and self._material(row, material)
                and self._destination(row, site)
            )
        return self._cache[key]

    def technology(self, covers: str, process: Row, node: str, period: str) -> Need:
        """What ``technology`` (commissioning) or ``maintenance`` (running) of a process needs."""
        regime = self.reading.tree.nodes[node].regime
        key = (regime, period, covers, process["process"])
        if key not in self._cache:
            plant, origin = self.reading.sites[process["site"]], process["technology_origin"]
            outputs = [
                row["material"]
                for row in self.reading.grouped("recipes", "").get(process["process"], ())
                if (row["t_per_t"] or 0) > 0
            ]
            abroad = origin is not None and plant["country"] != origin
            rows = [row for row in self.reading.case["rules"] if row["covers"] == covers]
            self._cache[key] = _resolve(
                row
                for row in (self._in_force(rows, regime, period) if abroad else ())
                if _matches(row["exporter"], origin)
                and _matches(row["company"], plant["company"])
                and any(self._material(row, material) for material in outputs)
                and self._destination(row, plant)
            )
        return self._cache[key]

    def _in_force(self, rows: list[Row], regime: str, period: str) -> list[Row]:
        day = self.reading.timeline.date[period]
        return [
            row
            for row in rows
            if (row["from_date"] is None or row["from_date"] <= day)
            and (row["to_date"] is None or day <= row["to_date"])
            and _matches(row["regimes"], regime)
        ]

    def _material(self, row: Row, material: str) -> bool:
        return _matches(row["stage"], self.reading.stage[material]) and _matches(
            row["element"], *self.reading.content.get(material, ())
        )

    @staticmethod
    def _destination(row: Row, site: Row) -> bool:
        return _matches(row["destination"], site["country"], site["region"]) and _matches(
            row["end_use"], site["end_use"]
        )
