"""Refining and making in house: modules decided, commissioned, paid for.

Sets        BUILDS (project, t): decisions at the start of period t
Variables   build[k, t]    modules decided [modules]
            enter[k, t]    modules of a gated project that enter service in t [modules]
            pick[k]        1 = the project is decided by the end of this epoch [-]
Figures     module_capacity[k, s, t]: t in period t of a module decided in s (gated: in service
            since s), ramp and shocks included [t]; max_modules [modules]; by (k, s), decided in s:
            capex_lump, grant_lump [kUSD/module], capex_yearly, grant_yearly [kUSD/module/year],
            gross_capex [kUSD/module], size [t/year]; fixed_yearly [kUSD/module/year]; budget
            [kUSD]; floor [t/year]

INV-1       modules in service in t = sum(build decided early enough): build[k, s] enters service
            lead_months after s. Gated projects enter by INV-7
INV-2       sum(build over the path) <= max_modules
INV-3       sum(gross_capex * build over the budget's periods) <= budget, on every path
INV-4       sum(size * build over the budget's periods) >= floor, on every path
INV-5       of two projects that exclude one another at most one is picked:
            sum(build on the path so far) <= max_modules * pick, pick[k] + pick[j] <= 1, in each
            epoch that can decide one of the two
INV-6       build[k, t] <= max_modules[k] * sum(build[j, s] for s <= t)               k requires j
INV-7       gated: what has entered by t <= what was decided early enough for t; enters only
            where permitted (LIC-6), and then at once

Lump: the net capex in the period of decision. Annuity: the same net capex times
r / (1 - (1 + r)^-life) a year, in every period from the decision's on. Fixed cost is paid from
commissioning. A stress branch decides no project.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from pyomo.environ import Binary, ConcreteModel, NonNegativeIntegers, NonNegativeReals, Set, Var

from models.instance import Instance, Project
from models.place import NOTHING, Place, Term

Model = ConcreteModel


def add_refining(b: Model, data: Instance, place: Place) -> None:
    """Attach decisions on modules and their costs."""
    keys = [
        (k.name, t)
        for k in data.projects.values()
        for t in place.periods
        if t in k.decided and place.test is None
    ]
    b.BUILDS = Set(dimen=2, initialize=keys)
    b.build = Var(b.BUILDS, within=NonNegativeReals, doc="[modules]")
    for name, t in keys:
        if data.projects[name].integer:
            b.build[name, t].domain = NonNegativeIntegers
    gated = [(k.name, t) for k in data.projects.values() if k.gated for t in place.periods]
    b.enter = Var(gated, within=NonNegativeReals, doc="[modules]")

    @b.Constraint(gated, doc="INV-7 [modules]")
    def enter_after_lead(b: Model, name: str, t: int) -> Term:
        due = sum(x for _, x in _due(data.projects[name], place, t))
        return entered(place, name, t) <= due

    _charge(b, data, place)
    _add_requires(b, data, place)
    if place.test is None:
        _add_path_limits(b, data, place)


def decided(place: Place, name: str, until: int | None = None) -> list[tuple[int, Term]]:
    """(period, modules decided in it) on this path, up to and including ``until``."""
    return [
        (t, block.build[name, t])
        for block in place.blocks
        for k, t in block.BUILDS
        if k == name and (until is None or t <= until)
    ]


def entered(place: Place, name: str, until: int) -> Term:
    """Modules of a gated project in service by ``until`` [modules]."""
    return sum(place.at(t).enter[name, t] for t in range(until + 1))


def _due(project: Project, place: Place, until: int) -> list[tuple[int, Term]]:
    """(decided in, modules) of what was decided early enough for ``until``."""
    return [
        (s, x)
        for s, x in decided(place, project.name, until)
        if s in project.commissioned and project.commissioned[s] <= until
    ]


def in_service(data: Instance, place: Place, name: str, t: int) -> list[tuple[int, Term]]:
    """(decided in, modules) in period t, gated: (in service since, modules): INV-1 and INV-7."""
    project = data.projects[name]
    if project.gated:
        return [(s, place.at(s).enter[name, s]) for s in range(t + 1)]
    return _due(project, place, t)


def _capacity(data: Instance, place: Place, name: str, t: int) -> Term:
    return sum(
        place.figure("module_capacity", name, s, t) * x for s, x in in_service(data, place, name, t)
    )


def process_modules(data: Instance, place: Place, process: str, t: int) -> Term:
    """What commissioned modules add to a process in t [t]."""
    return sum(_capacity(data, place, k, t) for k in data.processes[process].projects)


def site_modules(data: Instance, place: Place, site: str, t: int) -> Term:
    """What commissioned modules add to a site's throughput in t [t]."""
    wider = (k.name for k in data.projects.values() if k.site == site)
    return sum(_capacity(data, place, k, t) for k in wider)


def _charge(b: Model, data: Instance, place: Place) -> None:
    charge, years = place.books.charge, place.grid.years
    for name, t in b.BUILDS:
        if place.states("capex_lump", name, t):
            charge("capex", t, place.figure("capex_lump", name, t) * b.build[name, t])
            charge("grants", t, -place.figure("grant_lump", name, t) * b.build[name, t])
    for name in data.projects:
        for t in place.periods:
            if "capex_yearly" in place.values:
                for s, x in decided(place, name, t):
                    charge("capex", t, place.figure("capex_yearly", name, s) * years[t] * x)
                    charge("grants", t, -place.figure("grant_yearly", name, s) * years[t] * x)
            if place.states("fixed_yearly", name):
                for _, x in in_service(data, place, name, t):
                    charge("fixed", t, place.figure("fixed_yearly", name) * years[t] * x)


def _add_requires(b: Model, data: Instance, place: Place) -> None:
    keys = [(k, t, j) for k, t in b.BUILDS for j in data.projects[k].requires]

    @b.Constraint(keys, doc="INV-6 [modules]")
    def requires(b: Model, name: str, t: int, other: str) -> Term:
        first = sum(x for _, x in decided(place, other, t))
        return b.build[name, t] <= place.figure("max_modules", name) * first


def _add_path_limits(b: Model, data: Instance, place: Place) -> None:
    """Rows over whole paths stand in the block in which their last decision can fall."""
    every = range(len(place.grid.names))

    def last_epoch(names: Iterable[str], window: Container[int]) -> int:
        """Epoch of the last decision on these projects in the window; the last where there is none."""
        periods = [t for name in names for t in data.projects[name].decided if t in window]
        return place.grid.epoch[max(periods, default=-1)]

    def total(name: str) -> Term:
        return sum(x for _, x in decided(place, name))

    closed = [
        k for k in data.projects if k in _begun(place) and last_epoch([k], every) == place.epoch
    ]

    @b.Constraint(closed, doc="INV-2 [modules]")
    def max_modules(b: Model, name: str) -> Term:
        return total(name) <= place.figure("max_modules", name)

    def over(window: frozenset[int], figure: str) -> Term:
        terms = (
            place.figure(figure, name, t) * x
            for name in data.projects
            for t, x in decided(place, name)
            if t in window
        )
        return sum(terms, NOTHING)

    due = [i for i in data.budgets if last_epoch(data.projects, i.window) == place.epoch]
    windows = {budget.name: budget.window for budget in due}

    @b.Constraint([i.name for i in due if i.has_max], doc="INV-3 [kUSD]")
    def budget_ceiling(b: Model, i: int) -> Term:
        return over(windows[i], "gross_capex") - place.figure("budget", i) <= 0

    @b.Constraint([i.name for i in due if i.has_min], doc="INV-4 [t/year]")
    def budget_floor(b: Model, i: int) -> Term:
        return place.figure("floor", i) - over(windows[i], "size") <= 0

    _add_excludes(b, data, place, total)


def _begun(place: Place) -> frozenset[str]:
    """Projects that can have been decided by now."""
    return frozenset(name for block in place.blocks for name, _ in block.BUILDS)


def _add_excludes(b: Model, data: Instance, place: Place, total: Callable[[str], Term]) -> None:
    """In every block that can decide one of a pair, so that rounding an epoch sees both at once."""
    here, begun = {name for name, _ in b.BUILDS}, _begun(place)
    pairs = [
        (k, j)
        for k, project in data.projects.items()
        for j in project.excludes
        if {k, j} <= begun and {k, j} & here
    ]
    b.pick = Var(sorted({name for pair in pairs for name in pair}), within=Binary, doc="[-]")

    @b.Constraint(b.pick.index_set(), doc="INV-5 [modules]")
    def picked(b: Model, name: str) -> Term:
        return total(name) <= place.figure("max_modules", name) * b.pick[name]

    @b.Constraint(pairs, doc="INV-5 [-]")
    def excludes(b: Model, name: str, other: str) -> Term:
        return b.pick[name] + b.pick[other] <= 1
