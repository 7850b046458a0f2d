"""Seeded cases of our own workbook contract, of any size, read and checked by the case room.

    case = generate("S", 1)                          # 20 worlds, epochs and features by seed
    case = generate("M", 3, worlds=1000, epochs=3)
    python -m benchmarks.generator S 1 case.xlsx     # the same case as a workbook

Columns and rows that the solver sees: T (for tests) 1 k, S 16-37 k, M 270-650 k, L about 2 M. W has
20,000 rows in its workbook.

The seed draws everything: numbers, and which features a case has (see ``Features``). Seeds of the
record are ``RECORD``; nobody tunes on them. For development take others.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.trade import SIZES, Trade, period_rows
from benchmarks.worlds import Odds, odds, odds_rows, tree_rows
from inputs.tables import Row
from inputs.workbook import columns, write
from planner.case import Case
from planner.case.assemble import assemble
from planner.case.book import RawBook
from planner.case.case import RawSheet
from planner.case.rows import type_book

#: The seeds of docs/benchmarks.md, fixed before anything was measured.
RECORD = (101, 102, 103, 104, 105, 106, 107, 108, 109, 110)

_HEAVY = "Dy;Tb;Y;Sm;Gd"
_LIGHT = "Nd;Pr"


@dataclass(frozen=True)
class Features:
    """What the seed decides beside the numbers.

    Odd seeds have three epochs (every fourth seed four), even seeds two. Of three seeds in a row
    one weighs risk with 0, one with 0.25, one with 0.5; every other pair has limits on shortage.
    """

    epochs: int
    risk_weight: float
    limits: bool
    hard_cap: bool


def features(seed: int) -> Features:
    """The features of a seed."""
    return Features(
        epochs=(2, 3, 2, 4)[seed % 4],
        risk_weight=(0.5, 0.0, 0.25)[seed % 3],
        limits=seed // 2 % 2 == 1,
        hard_cap=seed % 5 in (0, 1),
    )


def sheets(
    size: str, seed: int, *, worlds: int | None = None, epochs: int | None = None
) -> dict[str, list[Row]]:
    """The rows of every sheet; ``worlds`` and ``epochs`` in place of the size's and the seed's."""
    scale, wanted = SIZES[size], features(seed)
    lottery = np.random.default_rng([seed, *size.encode()])
    periods = period_rows(scale, epochs or wanted.epochs)
    trade = Trade(scale, lottery, periods, last_resort=wanted.limits)
    licences, rules, every = _licences(trade, lottery, periods)
    capex = sum(float(str(row["capex_kusd"])) for row in trade.projects)
    return {
        "settings": _settings(size, seed, wanted),
        "periods": periods,
        "materials": trade.material_rows(),
        "composition": trade.composition_rows(),
        "sites": trade.sites,
        "offers": trade.offers,
        "offer_paths": trade.offer_paths,
        "lanes": trade.lanes,
        "demand": trade.demand,
        "processes": trade.processes,
        "recipes": trade.recipes,
        "stocks": trade.stocks,
        "projects": trade.projects,
        "budgets": [{"max_capex_kusd": round(capex * float(lottery.uniform(0.4, 0.8)), 1)}],
        "licences": licences,
        "licence_odds": odds_rows(every),
        "rules": rules,
        "tree": tree_rows(lottery, every, worlds or scale.worlds, epochs or wanted.epochs),
        "shocks": _shocks(trade),
        "limits": _limits(lottery) if wanted.limits else [],
        "caps": _caps(trade, periods, hard=wanted.hard_cap),
    }


def generate(size: str, seed: int, *, worlds: int | None = None, epochs: int | None = None) -> Case:
    """A case, typed and checked as if read from a workbook; raises FaultyWorkbook if it has faults."""
    raw: dict[str, RawSheet] = {}
    for name, rows in sheets(size, seed, worlds=worlds, epochs=epochs).items():
        header = tuple(columns(rows))
        raw[name] = RawSheet(header, tuple(tuple(row.get(c) for c in header) for row in rows))
    return assemble(type_book(RawBook(raw, {})), f"{size}{seed}")


def _settings(size: str, seed: int, wanted: Features) -> list[Row]:
    values = {
        "name": f"benchmark {size}, seed {seed}",
        "discount_rate": 0.08,
        "capex_accounting": "annuity",
        "risk_weight": wanted.risk_weight,
        "cvar_level": 0.9,
        "mip_gap": 0.01,
        "seed": seed,
    }
    return [{"key": key, "value": value} for key, value in values.items()]


def _licences(
    trade: Trade, lottery: np.random.Generator, periods: Sequence[Row]
) -> tuple[list[Row], list[Row], list[Odds]]:
    """Licences by exporter, destination and list; the rules that ask for them; their odds."""
    destinations = sorted({str(r["country"]) for r in trade.sites if r["kind"] != "supplier"})
    asked = [
        ("China", destination, kind, element, regimes)
        for destination in destinations
        for kind, element, regimes in (("heavy", _HEAVY, "*"), ("light", _LIGHT, "escalation"))
    ] + [(country, None, "ores", None, "*") for country in ("Malaysia", "Vietnam")]
    traded = {element for good in trade.goods for element in good.shares}
    sellers = {str(row["country"]) for row in trade.sites if row["kind"] == "supplier"}
    licences: list[Row] = []
    rules: list[Row] = []
    every: list[Odds] = []
    for exporter, destination, kind, elements, regimes in asked:
        if exporter not in sellers:
            continue
        name = f"{exporter} {kind} {destination or 'all'}"
        hit = [e for e in (elements or "").split(";") if e in traded]
        rules.append(
            {
                "rule": f"rule {name}",
                "exporter": exporter,
                "destination": destination,
                "element": ";".join(hit) or None,
                "regimes": regimes,
                "requirement": f"licence:{name}",
            }
        )
        licences.append(
            {
                "licence": name,
                "application_kusd": round(float(lottery.uniform(60, 400)), 1),
                "held_until": periods[1]["period"] if lottery.random() < 0.6 else None,
                "team": f"team {len(licences) % 2 + 1}",
            }
        )
        every.append(odds(name, destination or "any"))
    teams = [str(row["team"]) for row in licences]
    for row in licences:
        row["max_applications"] = max(2, round(0.7 * teams.count(str(row["team"]))))
    return licences, rules, every


def _shocks(trade: Trade) -> list[Row]:
    """Escalation: dear, scarce Chinese goods and dear heavies everywhere; normalisation: cheap."""
    rows: list[Row] = [
        {
            "regime": "escalation",
            "scope": "country",
            "member": "China",
            "price_factor": 1.25,
            "capacity_factor": 0.7,
        },
        {"regime": "normalisation", "scope": "country", "member": "China", "price_factor": 0.92},
    ]
    rows += [
        {
            "regime": "escalation",
            "scope": "material",
            "member": good.name,
            "price_factor": 1.4,
            "demand_factor": 0.97,
        }
        for good in trade.goods
        if {"Dy", "Tb"} & good.shares.keys()
    ]
    return rows


def _limits(lottery: np.random.Generator) -> list[Row]:
    return [
        {
            "measure": "expected_shortage_share",
            "value": round(float(lottery.uniform(0.01, 0.04)), 4),
        },
        {
            "measure": "cvar_shortage_share",
            "end_use": "automotive",
            "value": round(float(lottery.uniform(0.05, 0.12)), 4),
        },
    ]


def _caps(trade: Trade, periods: Sequence[Row], *, hard: bool) -> list[Row]:
    """The benchmark of Regulation (EU) 2024/1252 taken as own policy, priced or hard."""
    rows: list[Row] = [
        {
            "cap": "China in NdPr oxide",
            "group_by": "country",
            "member": "China",
            "material": "NdPr oxide",
            "basis": "expected",
            "first_period": periods[2]["period"],
            "max_share": 0.65,
            "penalty_usd_per_kg": None if hard else 15,
        },
        {
            "cap": "China in Dy oxide",
            "group_by": "country",
            "member": "China",
            "material": "Dy oxide",
            "max_share": 0.65,
            "penalty_usd_per_kg": 30,
        },
        {
            "cap": "one company in magnets",
            "group_by": "company",
            "stage": "magnet",
            "element": "Nd",
            "max_share": 0.5,
            "penalty_usd_per_kg": 10,
        },
    ]
    return rows if any(good.stage == "magnet" for good in trade.goods) else rows[:2]


def main() -> None:
    """``python -m benchmarks.generator SIZE SEED FILE [--worlds N] [--epochs N]``."""
    parser = argparse.ArgumentParser(description="Write a benchmark case as a workbook.")
    parser.add_argument("size", choices=sorted(SIZES))
    parser.add_argument("seed", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--worlds", type=int)
    parser.add_argument("--epochs", type=int)
    asked = parser.parse_args()
    book = sheets(asked.size, asked.seed, worlds=asked.worlds, epochs=asked.epochs)
    write(asked.file, f"benchmark {asked.size} {asked.seed}", book)


if __name__ == "__main__":
    main()
