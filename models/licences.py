"""Licences: nothing that needs one moves without it.

Sets        APPLIES (licence, f): applied for in this node, for the epoch f that follows
Variables   apply[l, f]   1 = applied for [-]
Figures     ship_free, ship_permitted [t], deliver_free, deliver_permitted [t],
            run_free, run_permitted [t], enter_free, enter_permitted [modules]: the most that may
            pass without an application (licence not needed, or in hand) and with one (usable);
            quota [t]; under [-]: 1 where a shipment counts against the quota;
            application_cost [kUSD]; max_applications [-]

LIC-1       ship <= ship_free + ship_permitted * apply[l] of the parent
LIC-2       sum(under * ship) <= quota
LIC-3       deliver + swap_use * swap <= deliver_free + deliver_permitted * apply[l]
            content rules by end use; what is used as a substitute is delivered too
LIC-4       sum(apply over a team's licences) <= max_applications
LIC-5       sum(run) <= run_free + run_permitted * apply[l]             maintenance
LIC-6       enter <= enter_free + enter_permitted * apply[l], and where it is permitted all that
            is due has entered: due - entered <= sum over licences of what is not permitted

The outcome of a licence is a figure: where it is denied or still late, ``permitted`` is 0. What
``denied`` rules close, and licences that cost nothing and are always applied for, are bounds
(SHP-5) or have no column. An application is decided in the parent, so alike for all outcomes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pyomo.environ import Binary, ConcreteModel, Set, Var

from models.instance import Instance
from models.place import Place, Term
from models.refining import decided, entered

Model = ConcreteModel


def add_applications(b: Model, data: Instance, place: Place) -> None:
    """Attach what is applied for in this node (before any block that needs it)."""
    following = place.epoch + 1
    keys = []
    if following <= place.grid.last_epoch:
        keys = [(name, following) for name, licence in data.licences.items() if licence.decided]
    b.APPLIES = Set(dimen=2, initialize=keys)
    b.apply = Var(b.APPLIES, within=Binary, doc="[-]")
    teams: dict[str, list[Term]] = defaultdict(list)
    for name, epoch in keys:
        cost = place.figure("application_cost", name)
        if cost is not None:
            place.books.charge("applications", place.first, cost * b.apply[name, epoch])
        team = data.licences[name].team
        if team is not None and place.states("max_applications", team):
            teams[team].append(b.apply[name, epoch])

    @b.Constraint(list(teams), doc="LIC-4 [-]")
    def team_limit(b: Model, team: str) -> Term:
        return sum(teams[team]) <= place.figure("max_applications", team)


def add_licences(b: Model, data: Instance, place: Place) -> None:
    """Attach what licences permit in this node."""

    def permitted(figure: str, licence: str, *key: object) -> Term:
        free = place.figure(f"{figure}_free", licence, *key)
        asked = applied(place, licence)
        return free + place.figure(f"{figure}_permitted", licence, *key) * asked

    def needs(figure: str) -> list[tuple[Any, ...]]:
        here = set(place.periods)
        return [k for k in place.values.get(f"{figure}_free", {}) if k[-1] in here]

    ships = [k for k in needs("ship") if k[1:] in b.SHIPS]

    @b.Constraint(ships, doc="LIC-1 [t]")
    def ship_under_licence(b: Model, licence: str, arc: int, tracks: str, t: int) -> Term:
        return b.ship[arc, tracks, t] <= permitted("ship", licence, arc, tracks, t)

    handed = _handed_over(b, data, place)
    deliveries = [k for k in needs("deliver") if k[1:] in handed]

    @b.Constraint(deliveries, doc="LIC-3 [t]")
    def deliver_under_licence(
        b: Model, licence: str, market: str, material: str, tracks: str, t: int
    ) -> Term:
        most = permitted("deliver", licence, market, material, tracks, t)
        return sum(handed[market, material, tracks, t]) <= most

    @b.Constraint(needs("run"), doc="LIC-5 [t]")
    def run_under_licence(b: Model, licence: str, process: str, t: int) -> Term:
        runs = sum(b.run[process, r, t] for r in data.processes[process].classes)
        return runs <= permitted("run", licence, process, t)

    @b.Constraint(needs("enter"), doc="LIC-6 [modules]")
    def enter_under_licence(b: Model, licence: str, project: str, t: int) -> Term:
        return b.enter[project, t] <= permitted("enter", licence, project, t)

    _add_prompt_entry(b, data, place, permitted)
    _add_quotas(b, place)


def _handed_over(b: Model, data: Instance, place: Place) -> dict[tuple[object, ...], list[Term]]:
    """(market, material, tracks, t) -> what the market gets, as itself or as a substitute [t]."""
    handed: dict[tuple[object, ...], list[Term]] = defaultdict(list)
    for key in b.DELIVERIES:
        handed[key].append(b.deliver[key])
    for name, tracks, t in b.SWAPS:
        u = data.substitutes[name]
        used = place.figure("swap_use", name) * b.swap[name, tracks, t]
        handed[u.market, u.by_material, tracks, t].append(used)
    return handed


def applied(place: Place, licence: str) -> Term:
    """1 where the licence was applied for in the parent, for this epoch [-]; 0 in the root."""
    if place.epoch == 1:
        return 0
    parent = place.of(place.epoch - 1)
    key = (licence, place.epoch)
    return parent.apply[key] if key in parent.APPLIES else 1


def _add_prompt_entry(b: Model, data: Instance, place: Place, permitted: Term) -> None:
    """A gated project enters in the first period in which it is permitted, not later."""
    keys = [(k.name, t) for k in data.projects.values() if k.gated for t in place.periods]

    @b.Constraint(keys, doc="LIC-6 [modules]")
    def enter_at_once(b: Model, name: str, t: int) -> Term:
        project = data.projects[name]
        due = sum(
            x
            for s, x in decided(place, name, t)
            if s in project.commissioned and project.commissioned[s] <= t
        )
        barred = sum(
            place.figure("max_modules", name) - permitted("enter", licence, name, t)
            for licence, other, when in place.values.get("enter_free", {})
            if other == name and when == t
        )
        return due - entered(place, name, t) <= barred


def _add_quotas(b: Model, place: Place) -> None:
    used: dict[tuple[str, int], list[Term]] = defaultdict(list)
    for (licence, *key), share in place.values.get("under", {}).items():
        if tuple(key) in b.SHIPS:
            used[licence, key[-1]].append(share * b.ship[tuple(key)])

    @b.Constraint(list(used), doc="LIC-2 [t]")
    def quota(b: Model, licence: str, t: int) -> Term:
        return sum(used[licence, t]) <= place.figure("quota", licence, t)
