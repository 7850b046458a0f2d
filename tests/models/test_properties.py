"""What must hold of any case: more freedom never costs more, and names and order mean nothing.

Random cases are small and drawn alike every time: a chain of ore and oxide, three suppliers in
three countries, two epochs, two regimes and a licence; no take-or-pay, no shares on `*`.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.solve.plan import Plan
from tests.workbooks import (
    Row,
    Sheets,
    book,
    lane,
    material,
    offer,
    periods,
    site,
    solve_sheets,
    want,
)

few = settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
#: HiGHS keeps rows to 1e-7 and proves integers to the same.
REL, ABS = 1e-6, 1e-5

PRICES = st.integers(5, 60)
SHARES = st.sampled_from((0.2, 0.4, 0.5, 0.6, 0.8))
COUNTRIES = ("China", "Australia", "Brazil")
MONEY = {
    "offers": ("price_usd_per_kg", "qualification_kusd"),
    "lanes": ("freight_usd_per_kg", "fixed_kusd"),
    "demand": ("shortage_usd_per_kg", "price_usd_per_kg"),
    "processes": ("cost_usd_per_kg",),
    "projects": ("capex_kusd", "fixed_kusd_per_year"),
    "stocks": ("holding_usd_per_kg_year",),
    "licences": ("application_kusd",),
    "caps": ("penalty_usd_per_kg",),
    "materials": ("disposal_usd_per_kg",),
}


@st.composite
def cases(draw: st.DrawFn) -> Sheets:
    """A small case with sources, a plant, a project, a licence, a cap and two regimes."""
    number, share = draw(st.randoms(use_true_random=False)), draw(SHARES)
    prices = [draw(PRICES) for _ in COUNTRIES]
    capacities = [draw(st.integers(10, 90)) for _ in COUNTRIES]
    denied = draw(st.sampled_from((0.1, 0.3, 0.5)))
    cap: Row = {
        "cap": "spread",
        "group_by": "country",
        "member": draw(st.sampled_from(COUNTRIES)),
        "material": "oxide",
        "max_share": share,
        "basis": draw(st.sampled_from(("delivered", "expected"))),
        "penalty_usd_per_kg": draw(st.sampled_from((None, 3, 30))),
    }
    return book(
        settings={
            "regime_today": "calm",
            "risk_weight": draw(st.sampled_from((0, 0.3))),
            "cvar_level": 0.6,
            "discount_rate": 0.1,
        },
        periods=periods(1, 1, 1, epochs=[1, 2, 2]),
        materials=[material("ore", "ore"), material("oxide", disposal_usd_per_kg=1)],
        sites=[
            *(site(f"mine {country}", "supplier", country) for country in COUNTRIES),
            site("plant", "plant", "Japan"),
            site("shop", "market", "Japan"),
        ],
        offers=[
            *(
                offer(
                    f"oxide {country}", f"mine {country}", "oxide", price,
                    capacity_t_per_year=capacity, qualification_kusd=number.choice((None, 40, 400)),
                )
                for country, price, capacity in zip(COUNTRIES, prices, capacities, strict=True)
            ),
            offer("ore", "mine China", "ore", draw(st.integers(1, 9)), capacity_t_per_year=150),
        ],
        lanes=[
            *(
                lane(f"mine {country}", "shop", "oxide", number.choice((0, 2)),
                     fixed_kusd=number.choice((0, 25)))
                for country in COUNTRIES
            ),
            lane("mine China", "plant", "ore", 1),
            lane("plant", "shop", "oxide", 1),
        ],
        processes=[{"process": "refine", "site": "plant", "cost_usd_per_kg": 2,
                    "capacity_t_per_year": draw(st.sampled_from((20, 60)))}],
        recipes=[{"process": "refine", "material": "ore", "t_per_t": -1},
                 {"process": "refine", "material": "oxide", "t_per_t": 0.6}],
        projects=[{"project": "line", "adds_to": "refine", "size_t_per_year": 40, "max_modules": 2,
                   "capex_kusd": draw(st.integers(100, 900)), "lead_months": 12}],
        stocks=[{"site": "shop", "material": "oxide", "holding_usd_per_kg_year": 1, "max_t": 50}],
        demand=[want("shop", "oxide", draw(st.integers(40, 120)), draw(st.integers(30, 120)))],
        licences=[{"licence": "export", "application_kusd": draw(st.sampled_from((0, 15)))}],
        licence_odds=[
            {"licence": "export", "regime": regime, "on_time": 1 - denied * factor, "late": 0,
             "denied": denied * factor}
            for regime, factor in (("calm", 0.5), ("tense", 1))
        ],
        transitions=[
            {"from_regime": "calm", "to_regime": "calm", "probability": 0.6},
            {"from_regime": "calm", "to_regime": "tense", "probability": 0.4},
            {"from_regime": "tense", "to_regime": "tense", "probability": 1},
        ],
        shocks=[{"regime": "tense", "scope": "country", "member": "China", "price_factor": 1.5}],
        rules=[{"rule": "control", "exporter": "China", "requirement": "licence:export"}],
        caps=[cap],
    )  # fmt: skip


def plan_of(sheets: Sheets) -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        return solve_sheets(sheets, Path(folder))


def cost(sheets: Sheets) -> float:
    return float(plan_of(sheets).summary["objective_kusd"])


def changed(sheets: Sheets, sheet: str, change: Callable[[Row], Row]) -> Sheets:
    return {**sheets, sheet: [change(row) for row in sheets[sheet]]}


def no_dearer(freer: Sheets, sheets: Sheets) -> None:
    before = cost(sheets)
    assert cost(freer) <= before + max(ABS, REL * abs(before))


@few
@given(cases())
def test_loosening_a_cap_never_costs_more(sheets: Sheets) -> None:
    for looser in ({"max_share": 0.9}, {"penalty_usd_per_kg": 1}, {"first_period": "p1"}):
        no_dearer(changed(sheets, "caps", lambda row, looser=looser: row | looser), sheets)
    no_dearer({**sheets, "caps": []}, sheets)


@few
@given(cases(), PRICES)
def test_another_offer_never_costs_more(sheets: Sheets, price: int) -> None:
    more = offer("one more", "mine Brazil", "oxide", price, capacity_t_per_year=30)
    first = next(row for row in sheets["offers"] if row["site"] == "mine Brazil")
    more["qualification_kusd"] = first["qualification_kusd"]  # a site and material share theirs
    no_dearer({**sheets, "offers": [*sheets["offers"], more]}, sheets)


@few
@given(cases())
def test_a_licence_in_hand_never_costs_more(sheets: Sheets) -> None:
    for until in ("p0", "p1", "p2"):
        held = changed(sheets, "licences", lambda row, until=until: row | {"held_until": until})
        no_dearer(held, sheets)


@few
@given(cases())
def test_a_superset_granted_never_costs_more(sheets: Sheets) -> None:
    """World by world: an explicit tree in which one more world has its licence."""
    plain = {
        key: rows for key, rows in sheets.items() if key not in ("transitions", "licence_odds")
    }
    regimes = [row for row in plain["settings"] if row["key"] != "regime_today"]
    worlds = [("a", "calm", 0.3), ("b", "calm", 0.3), ("c", "tense", 0.4)]
    granted: list[float] = []
    for denials in (("a", "b", "c"), ("b", "c"), ("c",), ()):
        tree: list[Row] = [{"node": "now", "epoch": 1, "regime": "calm", "probability": 1}]
        for name, regime, probability in worlds:
            outcome = "export=denied" if name in denials else None
            tree.append({"node": name, "parent": "now", "epoch": 2, "regime": regime,
                         "probability": probability, "licences": outcome})  # fmt: skip
        granted.append(cost({**plain, "settings": regimes, "tree": tree}))
    for fewer, more in pairwise(granted):
        assert more <= fewer + max(ABS, REL * abs(fewer))


@few
@given(cases())
def test_cvar_is_never_below_the_mean(sheets: Sheets) -> None:
    summary = plan_of(sheets).summary
    assert summary["cvar_kusd"] >= summary["expected_cost_kusd"] - ABS


@few
@given(cases(), st.sampled_from((0.01, 7.0)))
def test_cost_scales_with_money(sheets: Sheets, factor: float) -> None:
    scaled = sheets
    for sheet, columns in MONEY.items():

        def dearer(row: Row, columns: tuple[str, ...] = columns) -> Row:
            amounts = {c: row[c] * factor for c in columns if row.get(c) is not None}
            return row | amounts

        scaled = changed(scaled, sheet, dearer)
    assert cost(scaled) == pytest.approx(factor * cost(sheets), rel=REL, abs=ABS)


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_sheets_changes_nothing(
    sheets: Sheets, chance: random.Random
) -> None:
    mixed: Sheets = {}
    for name in chance.sample(list(sheets), len(sheets)):
        rows = chance.sample(sheets[name], len(sheets[name]))
        mixed[name] = [dict(chance.sample(list(row.items()), len(row))) for row in rows]
    first, second = plan_of(sheets), plan_of(mixed)
    assert second.summary["input_fingerprint"] == first.summary["input_fingerprint"]
    assert second.summary["plan_fingerprint"] == first.summary["plan_fingerprint"]


@few
@given(cases())
def test_names_change_nothing(sheets: Sheets) -> None:
    """Names of sites, countries, offers, materials, licences: any will do, in any order."""
    names = [*COUNTRIES, "Japan", "plant", "shop", "ore", "oxide", "refine", "line", "export"]
    names += [f"mine {country}" for country in COUNTRIES]
    names += [f"oxide {country}" for country in COUNTRIES]
    new = {name: f"x{len(names) - at:02d}" for at, name in enumerate(names)}
    free_text = {"stage", "basis", "group_by", "kind", "scope", "key"}

    def renamed(row: Row) -> Row:
        def word(column: str, value: Any) -> Any:
            if column in free_text or not isinstance(value, str):
                return value
            head, colon, tail = value.rpartition(":")
            return f"{head}{colon}{new.get(tail, tail)}"

        return {column: word(column, value) for column, value in row.items()}

    other = {sheet: [renamed(row) for row in rows] for sheet, rows in sheets.items()}
    assert cost(other) == pytest.approx(cost(sheets), rel=REL, abs=ABS)


@few
@given(cases())
def test_more_weight_on_risk_moves_the_mean_up_and_cvar_down(sheets: Sheets) -> None:
    def at(weight: float) -> tuple[float, float]:
        def weighed(row: Row) -> Row:
            return row | {"value": weight} if row["key"] == "risk_weight" else row

        summary = plan_of(changed(sheets, "settings", weighed)).summary
        return summary["expected_cost_kusd"], summary["cvar_kusd"]

    (mean, tail), *later = [at(weight) for weight in (0, 0.4, 0.9)]
    for next_mean, next_tail in later:
        assert next_mean >= mean - max(ABS, REL * abs(mean))
        assert next_tail <= tail + max(ABS, REL * abs(tail))
        mean, tail = next_mean, next_tail
