"""Processing: plants turn inputs into outputs, in fixed proportions or blends.

Sets        RUNS (process, run tracks, t); DRAWS (process, run tracks, material, tracks, t)
Variables   run[p, r, t]          throughput of runs of class r [t]
            draw[p, r, m, c, t]   material m of class c drawn by runs of class r [t]
            on[p, t]              1 = the process runs in the period [-]
Figures     consumption, recipe_yield [t/t], share [-], blend_min, blend_max [-],
            process_cost [kUSD/t], run_capacity [t], run_bound [t], min_run [-],
            value [kUSD/t], de_minimis [-]

PRC-1       sum(draw over classes) = consumption * run                            fixed inputs
PRC-2       sum(draw over mix and classes) = run: the mix is the throughput
PRC-3       blend_min * mix <= sum(share[m, e] * draw) <= blend_max * mix
PRC-4       sum(run over classes) <= run_capacity + commissioned modules
PRC-5       run >= min_run * (run_capacity + modules) - min_run * run_bound * (1 - on);
            run <= run_bound * on
PRC-6       inputs on a track that the run is not on: their value <= de_minimis * value of the
            outputs, pooled over the period, per process, run class and track

A run of class r draws inputs whose tracks lie within r (they may be used as if on more tracks);
beyond that only what PRC-6 lets pass. Its outputs are on the tracks of r that they can be on.
``run_bound`` is the capacity with every module commissioned, or the t that the case can use.
"""

from __future__ import annotations

from collections import defaultdict

from pyomo.environ import Binary, ConcreteModel, NonNegativeReals, Set, Var

from models.instance import Instance, Process, tracks_of
from models.place import Place, Source, Term
from models.refining import process_modules

Model = ConcreteModel


def add_processing(b: Model, data: Instance, place: Place) -> None:
    """Attach runs of this node; book what they draw, make and cost."""
    able = [p for p in data.processes.values() if p.classes]
    active = [(p, t) for p in able for t in place.periods if t in p.window]
    b.RUNS = Set(dimen=3, initialize=[(p.name, r, t) for p, t in active for r in p.classes])
    b.run = Var(b.RUNS, within=NonNegativeReals, doc="[t]")
    _add_draws(b, data, place)
    _add_capacity(b, data, place, [(p.name, t) for p, t in active])
    _add_blends(b, data, place)
    _add_de_minimis(b, data, place)
    for name, r, t in b.RUNS:
        process, throughput = data.processes[name], b.run[name, r, t]
        place.books.charge("processing", t, place.figure("process_cost", name) * throughput)
        for material in process.outputs:
            made = place.figure("recipe_yield", name, material) * throughput
            tracks = process.out_class[r, material]
            place.books.goods(process.site, material, tracks, t, made)
            origin = data.origins["process", name]
            place.books.sources.append(Source(origin, material, tracks, t, made))


def drawn(b: Model, place: Place, key: tuple[str, str, str, str, int]) -> Term:
    """What runs draw of a material and class [t]: a column, or all of a fixed input."""
    if key in b.draw:
        return b.draw[key]
    name, r, material, _, t = key
    return place.figure("consumption", name, material) * b.run[name, r, t]


def _add_draws(b: Model, data: Instance, place: Place) -> None:
    def has_choice(process: Process, r: str, material: str) -> bool:
        return material in process.mix or len(process.draws[r, material]) > 1

    wanted = [
        (p, r, m, c, t)
        for p, r, t in b.RUNS
        for m in (*data.processes[p].inputs, *data.processes[p].mix)
        for c in data.processes[p].draws[r, m]
    ]
    b.DRAWS = Set(dimen=5, initialize=wanted)
    chosen = [key for key in wanted if has_choice(data.processes[key[0]], key[1], key[2])]
    b.draw = Var(chosen, within=NonNegativeReals, doc="[t]")
    for key in wanted:
        name, _, material, tracks, t = key
        used = drawn(b, place, key)
        place.books.goods(data.processes[name].site, material, tracks, t, -used)

    fixed = [
        (p, r, m, t)
        for p, r, t in b.RUNS
        for m in data.processes[p].inputs
        if len(data.processes[p].draws[r, m]) != 1
    ]

    @b.Constraint(fixed, doc="PRC-1 [t]")
    def recipe(b: Model, p: str, r: str, m: str, t: int) -> Term:
        used = sum(b.draw[p, r, m, c, t] for c in data.processes[p].draws[r, m])
        return used == place.figure("consumption", p, m) * b.run[p, r, t]

    @b.Constraint([key for key in b.RUNS if data.processes[key[0]].mix], doc="PRC-2 [t]")
    def mix_is_throughput(b: Model, p: str, r: str, t: int) -> Term:
        return sum(_mix(b, data.processes[p], r, t).values()) == b.run[p, r, t]


def _mix(b: Model, process: Process, r: str, t: int) -> dict[tuple[str, str], Term]:
    return {
        (m, c): b.draw[process.name, r, m, c, t] for m in process.mix for c in process.draws[r, m]
    }


def _add_blends(b: Model, data: Instance, place: Place) -> None:
    keys = [(p, r, e, t) for p, r, t in b.RUNS for e in data.processes[p].blend_elements]

    def excess(p: str, r: str, e: str, t: int, bound: Term) -> Term:
        mix = _mix(b, data.processes[p], r, t)
        return (
            sum(
                place.figure("share", m, e) * x
                for (m, _), x in mix.items()
                if place.states("share", m, e)
            )
            - bound * b.run[p, r, t]
        )

    @b.Constraint([k for k in keys if place.states("blend_min", k[0], k[2])], doc="PRC-3 [t]")
    def blend_floor(b: Model, p: str, r: str, e: str, t: int) -> Term:
        return excess(p, r, e, t, place.figure("blend_min", p, e)) >= 0

    @b.Constraint([k for k in keys if place.states("blend_max", k[0], k[2])], doc="PRC-3 [t]")
    def blend_ceiling(b: Model, p: str, r: str, e: str, t: int) -> Term:
        return excess(p, r, e, t, place.figure("blend_max", p, e)) <= 0


def _add_capacity(b: Model, data: Instance, place: Place, active: list[tuple[str, int]]) -> None:
    def throughput(p: str, t: int) -> Term:
        return sum(b.run[p, r, t] for r in data.processes[p].classes)

    def capacity(p: str, t: int) -> Term:
        return place.figure("run_capacity", p, t) + process_modules(data, place, p, t)

    limited = [key for key in active if place.states("run_capacity", *key)]

    @b.Constraint(limited, doc="PRC-4, INV-1 [t]")
    def run_within_capacity(b: Model, p: str, t: int) -> Term:
        return throughput(p, t) <= capacity(p, t)

    paced = [(p, t) for p, t in limited if data.processes[p].has_min_run]
    b.on = Var(paced, within=Binary, doc="[-]")

    @b.Constraint(paced, doc="PRC-5 [t]")
    def run_minimum(b: Model, p: str, t: int) -> Term:
        share, bound = place.figure("min_run", p), place.figure("run_bound", p, t)
        return throughput(p, t) >= share * capacity(p, t) - share * bound * (1 - b.on[p, t])

    @b.Constraint(paced, doc="PRC-5 [t]")
    def run_only_on(b: Model, p: str, t: int) -> Term:
        return throughput(p, t) <= place.figure("run_bound", p, t) * b.on[p, t]


def _add_de_minimis(b: Model, data: Instance, place: Place) -> None:
    stray: dict[tuple[str, str, str, int], list[Term]] = defaultdict(list)
    for key in b.DRAWS:
        p, r, m, c, t = key
        for track in tracks_of(c) - tracks_of(r):
            worth = place.figure("value", m) * drawn(b, place, key)
            stray[p, r, track, t].append(worth)

    @b.Constraint(list(stray), doc="PRC-6 [kUSD]")
    def de_minimis(b: Model, p: str, r: str, track: str, t: int) -> Term:
        made = sum(
            place.figure("value", m) * place.figure("recipe_yield", p, m) * b.run[p, r, t]
            for m in data.processes[p].outputs
        )
        return sum(stray[p, r, track, t]) <= place.figure("de_minimis", track) * made
