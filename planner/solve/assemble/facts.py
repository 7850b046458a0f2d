"""Facts of a case by name: where sites lie, what materials hold, what is on which track."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.instance import PRIMARY, Origin, Tracks, label_of
from planner.case.case import Case, Row
from planner.solve.calendar import Calendar


def named(values: Sequence[str], name: str | None) -> bool:
    """Whether a match column, blank or ``*`` for all, holds the name."""
    return not values or "*" in values or name in values


@dataclass(frozen=True)
class Facts:
    """Lookups that every part of the assembly shares.

    ``case`` holds rows as read, ``changed`` the sheets that differ in some node.
    """

    case: Case
    calendar: Calendar
    changed: tuple[Mapping[str, tuple[Row, ...]], ...] = ()

    def ever(self, sheet: str, row: Row, column: str) -> list[float]:
        """What a cell holds in the workbook and in nodes that change it; blank where it is blank.

        A choice that any node offers needs its columns in all of them.
        """
        rows = [row]
        for sheets in self.changed:
            rows += [own for own in sheets.get(sheet, ()) if own.number == row.number]
        return [float(own[column]) for own in rows if own[column] is not None]

    @cached_property
    def sites(self) -> dict[str, Row]:
        return {row["site"]: row for row in self.case["sites"]}

    @cached_property
    def materials(self) -> dict[str, Row]:
        return {row["material"]: row for row in self.case["materials"]}

    @cached_property
    def shares(self) -> dict[tuple[str, str], float]:
        """(material, element) -> mass share."""
        return {(row["material"], row["element"]): row["share"] for row in self.case["composition"]}

    @cached_property
    def elements(self) -> dict[str, frozenset[str]]:
        """Elements that a material holds."""
        held: dict[str, set[str]] = defaultdict(set)
        for (material, element), share in self.shares.items():
            if share > 0:
                held[material].add(element)
        return {material: frozenset(held[material]) for material in self.materials}

    @cached_property
    def follows_recycled(self) -> bool:
        return any(row["group_by"] == "recycled" for row in self.case["caps"])

    @cached_property
    def tracks(self) -> dict[str, Row]:
        return {row["track"]: row for row in self.case["tracks"]}

    def country(self, site: str) -> str | None:
        return self.sites[site]["country"]

    def crosses(self, from_site: str, to_site: str) -> bool:
        """A lane crosses a border when both countries are given and differ."""
        here, there = self.country(from_site), self.country(to_site)
        return here is not None and there is not None and here != there

    def can_be_on(self, track: str, material: str) -> bool:
        row = self.tracks[track]
        of_stage = named(row["stages"], self.materials[material]["stage"])
        holds = not row["elements"] or bool(self.elements[material] & set(row["elements"]))
        return of_stage and holds

    def country_tracks(self, country: str | None, technology: str | None) -> frozenset[str]:
        """Tracks that a country, or the technology used, puts a thing on."""
        return frozenset(
            name
            for name, row in self.tracks.items()
            if (country is not None and country == row["country"])
            or (row["technology"] and technology is not None and technology == row["country"])
        )

    def goods_class(
        self,
        material: str,
        given: tuple[str, ...] | None,
        country: str | None,
        technology: str | None = None,
        *,
        recycled: bool = False,
    ) -> Tracks:
        """The class of goods that enter the chain; ``given`` overrides the rule."""
        if given is None:
            on = {
                track
                for track in self.country_tracks(country, technology)
                if self.can_be_on(track, material)
            }
        else:
            on = set(given)
        if self.follows_recycled and not recycled:
            on.add(PRIMARY)
        return label_of(frozenset(on))

    def origin(self, site: str, technology: str | None) -> Origin:
        """What caps group a source by; names that are not given are blank."""
        row = self.sites[site]
        country = row["country"] or ""
        return Origin(
            site=site,
            country=country,
            company=row["company"] or "",
            technology_origin=technology or country,
        )

    def at_index(self, period: str) -> Iterable[int]:
        """The period of a name, all for ``*``."""
        return range(len(self.calendar)) if period == "*" else (self.calendar.index[period],)
