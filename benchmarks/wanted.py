"""The goals, each beside what was measured: met, missed, or not measured on every seed yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.catalogue import EXTENSIVE_FORM, PLANNER
from benchmarks.generator import RECORD
from benchmarks.record import Record
from benchmarks.task import Figures


@dataclass(frozen=True)
class Goal:
    """``value`` of None: nothing measured; ``runs`` of ``wanted`` count, none of them a failure."""

    name: str
    asked: str
    value: float | None
    verdict: Literal["met", "missed", "holds so far", "not measured"]
    runs: int
    wanted: int


def mean_of_ratios(ratios: Iterable[float]) -> float:
    """Geometric mean; NaN of none."""
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def missed(entry: Figures, gap: float) -> bool:
    """Whether a run did not certify the gap."""
    reached = entry.get("gap")
    return "error" in entry or reached is None or reached > gap * (1 + 1e-6)


def goals(record: Record) -> list[Goal]:
    """Every row of "Wanted"."""
    return [
        *_building(record.of("build")),
        *_certifying(record.of("certify")),
        *_worlds(record.of("certify")),
        *_changing(record.of("change")),
        _most("the shipped case, cold", "s by the clock", record.of("shipped"), "wall_s", 20.0, 3),
        _most("20,000 rows read and checked", "CPU s", record.of("read"), "cpu_s", 3.0),
        _most("100,000 rows exported", "CPU s", record.of("export"), "cpu_s", 10.0),
    ]


def _goal(
    name: str, asked: str, values: Sequence[float], holds: Callable[[float], bool],
    total: Callable[[Sequence[float]], float] = max, wanted: int = len(RECORD), asked_of: int = 0,
) -> Goal:  # fmt: skip
    """``total`` of the runs' values is what must hold; of ``asked_of`` runs the others failed."""
    runs, wanted = len(values), max(wanted, asked_of)
    if not values:
        verdict = "missed" if asked_of else "not measured"
        return Goal(name, asked, None, verdict, 0, wanted)
    value = total(values)
    if not holds(value) or runs < asked_of:
        return Goal(name, asked, value, "missed", runs, wanted)
    return Goal(name, asked, value, "met" if runs >= wanted else "holds so far", runs, wanted)


def _most(
    name: str, unit: str, entries: Sequence[Figures], key: str, limit: float,
    wanted: int = len(RECORD),
) -> Goal:  # fmt: skip
    values = [float(e[key]) for e in entries if "error" not in e]
    return _goal(name, f"every run under {limit:g} {unit}", values, lambda v: v < limit,
                 wanted=wanted, asked_of=len(entries))  # fmt: skip


def _building(entries: Sequence[Figures]) -> list[Goal]:
    found: list[Goal] = []
    for size in ("S", "M"):
        by_way: dict[str, dict[int, Figures]] = {}
        for entry in entries:
            if entry["size"] == size and "error" not in entry:
                by_way.setdefault(entry["way"], {})[entry["seed"]] = entry

        def ratios(
            way: str, other: str, by_way: dict[str, dict[int, Figures]] = by_way
        ) -> list[float]:
            ours, theirs = by_way.get(way, {}), by_way.get(other, {})
            return [ours[s]["cpu_s"] / theirs[s]["cpu_s"] for s in ours.keys() & theirs.keys()]

        memory = [
            e["added_mb"] / (e["nonzeros"] / 1e6)
            for e in by_way.get("planner, cached", {}).values()
        ]
        found += [
            _goal(f"to HiGHS, size {size}, cached", "at most 3 times raw (mean)",
                  ratios("planner, cached", "raw"), lambda v: v <= 3, mean_of_ratios),
            _goal(f"to HiGHS, size {size}, cold", "at most 12 times raw (mean)",
                  ratios("planner, cold", "raw"), lambda v: v <= 12, mean_of_ratios),
            _goal(f"memory, size {size}", "at most 100 MB per million non-zeros (mean)",
                  memory, lambda v: v <= 100, mean_of_ratios),
            _goal(f"beside linopy, size {size}, cached", "less than linopy takes (worst)",
                  ratios("planner, cached", "linopy"), lambda v: v < 1),
            _goal(f"beside linopy, size {size}, cold", "less than linopy takes (worst)",
                  ratios("planner, cold", "linopy"), lambda v: v < 1),
        ]  # fmt: skip
    return found


def _certifying(entries: Sequence[Figures]) -> list[Goal]:
    found: list[Goal] = []
    for size, gap in (("M", 0.01), ("S", 0.001)):
        of = {
            (e["seed"], e["way"]): e
            for e in entries
            if (e["size"], e["options"]["gap"]) == (size, gap) and not e["options"].get("worlds")
        }
        pairs = [
            (e, of[seed, EXTENSIVE_FORM])
            for (seed, way), e in of.items()
            if way == PLANNER and (seed, EXTENSIVE_FORM) in of
        ]
        times = [
            float(peer.get("cpu_s", peer["options"]["time_limit"])) / float(ours["cpu_s"])
            for ours, peer in pairs
            if not missed(ours, gap)
        ]
        name = f"certified {gap:.1%}, size {size}, times as fast as HiGHS"
        if size == "M":
            found.append(_goal(name, "at least 10 (mean), no failure", times, lambda v: v >= 10,
                               mean_of_ratios, asked_of=len(pairs)))  # fmt: skip
        least = 1 / 1.2 if size == "M" else 1.0
        found.append(_goal(name, f"at least {least:.2g} (worst), no failure", times,
                           lambda v, least=least: v >= least, min, asked_of=len(pairs)))  # fmt: skip
    return found


def _worlds(entries: Sequence[Figures]) -> list[Goal]:
    asked = [e for e in entries if e["options"].get("worlds") == 1000]
    done = [e for e in asked if not missed(e, 0.01)]
    each = {
        worlds: mean_of_ratios(
            e["cpu_s"] / worlds
            for e in entries
            if e["options"].get("worlds") == worlds and not missed(e, 0.01)
        )
        for worlds in (100, 10_000)
    }
    growth = each[10_000] / each[100]
    return [
        _goal("1,000 worlds of S, certified 1 %", "every run under 30 CPU s",
              [e["cpu_s"] for e in done], lambda v: v <= 30, asked_of=len(asked)),
        _goal("1,000 worlds of S, memory", "every run under 2,048 MB",
              [e["process_peak_mb"] for e in done], lambda v: v <= 2048, asked_of=len(asked)),
        _goal("cost per world, 10,000 beside 100", "constant (mean, at most 1.2)",
              [] if math.isnan(growth) else [growth], lambda v: v <= 1.2, wanted=1),
    ]  # fmt: skip


def _changing(entries: Sequence[Figures]) -> list[Goal]:
    found: list[Goal] = []
    for size, limit, wanted in (
        ("S", 1.0, len(RECORD)),
        ("M", 3.0, len(RECORD)),
        ("shipped", 1.0, 3),
    ):
        of = [e for e in entries if e["size"] == size]
        values = [e["wall_s"] for e in of if e.get("solved")]
        found.append(_goal(f"change one number, {size}", f"every answer under {limit:g} s by the clock",
                           values, lambda v, limit=limit: v < limit, wanted=wanted, asked_of=len(of)))  # fmt: skip
    return found
