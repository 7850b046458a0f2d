"""Diversification: how much of a scope one member of a group may or must supply.

Sets        c in caps; g in the members of the cap's group; t in the cap's window
Variables   over[c, g, t], under[c, g, t]   priced excess over / want below the share [t]
            over_all, under_all[c, g, t]    the same of expected supply; in the root's block [t]
            holds[c, g, t]   1 = member g holds counts_from of supply [-]
            supplies[c, g, t]   1 = member g supplies anything [-]
            flowing[c, t]     1 = there is supply [-]
Figures     max_share, min_share, counts_from [-], cap_penalty [kUSD/t], cap_bound[c, g, t] [t]
            (the most a member can supply; member "" = all)

part[g] = sum of what is taken from offers, made by own processes and collected, of the scope's
materials (t of the element where the cap names one), from member g; supply = the same from all.

DIV-1       part[g] - over <= max_share * supply       max_share multiplies a variable: linear, and
                                                       buying nothing satisfies it (DEM-1 buys)
DIV-2       part[g] + under >= min_share * supply
DIV-3       part[g] >= counts_from * supply - counts_from * cap_bound[""] * (1 - holds[g]);
            supply <= cap_bound[""] * flowing; sum(holds) >= min_sources * flowing
DIV-4       part[g] <= cap_bound[g] * supplies[g]; sum(supplies) <= max_sources

Basis ``expected``: DIV-1 and DIV-2 hold for the probability-weighted sum over the nodes of the
period (probabilities unconditional); the penalty is paid alike in every node of the period.
No caps in stress branches. Source: policy input, sheet ``caps``; 0.65 is the benchmark of
Regulation (EU) 2024/1252.
"""

from __future__ import annotations

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Var

from models.instance import PRIMARY, Cap, Instance, Origin, Tracks, tracks_of
from models.place import NOTHING, Place, Term

Model = ConcreteModel
Key = tuple[str, str, int]


def add_diversification(b: Model, data: Instance, place: Place) -> None:
    """Attach the caps of this node's periods; no caps, no rows."""
    if place.epoch == 1:
        _add_expected_excess(b, data)
    if place.test is not None:
        return
    parts: dict[tuple[str, int], dict[str, list[Term]]] = {}
    for cap in data.caps.values():
        for t in place.periods:
            if t in cap.window and (found := _parts(place, cap, t)):
                parts[cap.name, t] = found
    _add_shares(b, data, place, parts)
    _add_expected(data, place, parts)
    _add_min_sources(b, data, place, parts)
    _add_max_sources(b, data, place, parts)


def members_of(cap: Cap, origin: Origin, tracks: Tracks) -> tuple[str, ...]:
    """The members of the cap's group to which goods of an origin and class belong."""
    on = tracks_of(tracks)
    if cap.group_by == "track":
        return tuple(sorted(on - {PRIMARY})) or ("none",)
    if cap.group_by == "recycled":
        return (PRIMARY,) if PRIMARY in on else ("recycled",)
    # A source that states none belongs to no member; it counts in supply all the same.
    member = getattr(origin, cap.group_by)
    return (member,) if member else ()


def _parts(place: Place, cap: Cap, t: int) -> dict[str, list[Term]]:
    """Terms by member; "" has those of all."""
    parts: dict[str, list[Term]] = {}
    for source in place.books.sources:
        if source.period == t and source.material in cap.weight:
            amount = cap.weight[source.material] * source.amount
            for member in ("", *members_of(cap, source.origin, source.tracks)):
                parts.setdefault(member, []).append(amount)
    return parts


def _add_expected_excess(b: Model, data: Instance) -> None:
    caps = [c for c in data.caps.values() if c.expected and c.priced]
    keys = [(c.name, g, t) for c in caps for g in c.members for t in sorted(c.window)]
    by_name = data.caps
    b.over_all = Var([k for k in keys if by_name[k[0]].has_max], within=NonNegativeReals, doc="[t]")
    b.under_all = Var(
        [k for k in keys if by_name[k[0]].has_min], within=NonNegativeReals, doc="[t]"
    )


def _priced(place: Place, column: Term, key: Key) -> Term:
    """The priced excess of a row, or 0 where the cap is hard."""
    if key not in column:
        return 0
    place.books.charge("cap_penalties", key[2], place.figure("cap_penalty", key[0]) * column[key])
    return column[key]


def _rows(
    data: Instance, parts: dict[tuple[str, int], dict[str, list[Term]]], side: str, expected: bool
) -> list[Key]:
    return [
        (name, g, t)
        for name, t in parts
        if data.caps[name].expected == expected and getattr(data.caps[name], f"has_{side}")
        for g in data.caps[name].members
        if side == "min" or g in parts[name, t]
    ]


def _add_shares(
    b: Model, data: Instance, place: Place, parts: dict[tuple[str, int], dict[str, list[Term]]]
) -> None:
    above, below = _rows(data, parts, "max", False), _rows(data, parts, "min", False)
    b.over = Var([k for k in above if data.caps[k[0]].priced], within=NonNegativeReals, doc="[t]")
    b.under = Var([k for k in below if data.caps[k[0]].priced], within=NonNegativeReals, doc="[t]")

    @b.Constraint(above, doc="DIV-1 [t]")
    def share_cap(b: Model, cap: str, member: str, t: int) -> Term:
        part, supply = sum(parts[cap, t][member]), sum(parts[cap, t][""])
        over = _priced(place, b.over, (cap, member, t))
        return part - place.figure("max_share", cap) * supply - over <= 0

    @b.Constraint(below, doc="DIV-2 [t]")
    def share_floor(b: Model, cap: str, member: str, t: int) -> Term:
        part, supply = sum(parts[cap, t].get(member, [])), sum(parts[cap, t][""])
        under = _priced(place, b.under, (cap, member, t))
        return place.figure("min_share", cap) * supply - part - under <= 0


def _add_expected(
    data: Instance, place: Place, parts: dict[tuple[str, int], dict[str, list[Term]]]
) -> None:
    """Terms of rows over the whole tree: their probability-weighted sum is <= 0."""
    root = place.of(1)
    for key in _rows(data, parts, "max", True):
        cap, member, t = key
        part, supply = sum(parts[cap, t][member]), sum(parts[cap, t][""])
        over = _priced(place, root.over_all, key)
        terms = part - place.figure("max_share", cap) * supply - over
        place.books.expected["DIV-1", *key].append(terms)
    for key in _rows(data, parts, "min", True):
        cap, member, t = key
        part, supply = sum(parts[cap, t].get(member, [])), sum(parts[cap, t][""])
        under = _priced(place, root.under_all, key)
        terms = place.figure("min_share", cap) * supply - part - under
        place.books.expected["DIV-2", *key].append(terms)


def _add_min_sources(
    b: Model, data: Instance, place: Place, parts: dict[tuple[str, int], dict[str, list[Term]]]
) -> None:
    scopes = [key for key in parts if data.caps[key[0]].min_sources]
    rows = [(c, g, t) for c, t in scopes for g in data.caps[c].members if g in parts[c, t]]
    b.holds = Var(rows, within=Binary, doc="[-]")
    b.flowing = Var(scopes, within=Binary, doc="[-]")

    @b.Constraint(rows, doc="DIV-3 [t]")
    def holds_share(b: Model, cap: str, g: str, t: int) -> Term:
        part, supply = sum(parts[cap, t][g]), sum(parts[cap, t][""])
        share, most = place.figure("counts_from", cap), place.figure("cap_bound", cap, "", t)
        return part >= share * supply - share * most * (1 - b.holds[cap, g, t])

    @b.Constraint(scopes, doc="DIV-3 [t]")
    def supply_is_active(b: Model, cap: str, t: int) -> Term:
        return sum(parts[cap, t][""]) <= place.figure("cap_bound", cap, "", t) * b.flowing[cap, t]

    @b.Constraint(scopes, doc="DIV-3 [-]")
    def enough_sources(b: Model, cap: str, t: int) -> Term:
        held = sum(b.holds[k] for k in rows if (k[0], k[2]) == (cap, t))
        return held >= data.caps[cap].min_sources * b.flowing[cap, t]


def _add_max_sources(
    b: Model, data: Instance, place: Place, parts: dict[tuple[str, int], dict[str, list[Term]]]
) -> None:
    most_sources = {c.name: c.max_sources for c in data.caps.values() if c.max_sources is not None}
    scopes = [key for key in parts if key[0] in most_sources]
    rows = [(c, g, t) for c, t in scopes for g in data.caps[c].members if g in parts[c, t]]
    b.supplies = Var(rows, within=Binary, doc="[-]")

    @b.Constraint(rows, doc="DIV-4 [t]")
    def supplies_any(b: Model, cap: str, g: str, t: int) -> Term:
        most = place.figure("cap_bound", cap, g, t)
        return sum(parts[cap, t][g]) <= most * b.supplies[cap, g, t]

    @b.Constraint(scopes, doc="DIV-4 [-]")
    def few_sources(b: Model, cap: str, t: int) -> Term:
        used = sum((b.supplies[k] for k in rows if (k[0], k[2]) == (cap, t)), NOTHING)
        return used - most_sources[cap] <= 0
