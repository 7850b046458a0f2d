"""Runs are kept apart only by tracks that some rule can still see, and nothing else changes."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from models.instance import Process
from planner.solve.assemble import network
from planner.solve.assemble.facts import Facts
from planner.solve.assemble.sight import Sight, Way
from tests.models.test_origin import NO_CONTENT, chain
from tests.workbooks import (
    Row,
    Sheets,
    book,
    lane,
    material,
    model_of,
    offer,
    periods,
    read_sheets,
    site,
    want,
)


class Everything(Sight):
    """Sight without limits: every track tells runs apart."""

    def __init__(
        self, facts: Facts, ways: Collection[Way], processes: Mapping[str, Process]
    ) -> None:
        self.tracks = frozenset(facts.tracks)

    def of_runs(self, process: Process) -> frozenset[str]:
        return self.tracks


@contextmanager
def nothing_out_of_sight() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "Sight", Everything)
        yield


def classes_of(sheets: Sheets, folder: Path) -> dict[str, tuple[str, ...]]:
    data = model_of(sheets, folder)[1]
    return {name: process.classes for name, process in data.processes.items()}


# --- by hand -------------------------------------------------------------------------------------


def test_a_rule_at_the_border_keeps_runs_apart(tmp_path: Path) -> None:
    assert classes_of(chain(NO_CONTENT), tmp_path) == {"press": ("", "CN")}


@pytest.mark.parametrize(
    "rules",
    [
        (),
        ({"exporter": "Malaysia", "destination": "US", "requirement": "licence:L"},),
        (NO_CONTENT | {"destination": "Brazil"},),
        (NO_CONTENT | {"to_date": date(2026, 12, 31)},),
        (NO_CONTENT | {"from_date": date(2099, 1, 1)},),
        (NO_CONTENT | {"stage": "oxide"},),
        (NO_CONTENT | {"destination": None, "end_use": "boats"},),
    ],
    ids=["none", "no content", "elsewhere", "over", "not yet", "other goods", "other use"],
)
def test_what_no_rule_can_see_is_one_class(rules: tuple[Row, ...], tmp_path: Path) -> None:
    """Chinese oxide can come: all runs are as if on its track, and draw either oxide."""
    sheets = chain(*rules, licences=[{"licence": "L", "held_until": "p0"}])
    assert classes_of(sheets, tmp_path) == {"press": ("CN",)}
    plan = planner.solve(read_sheets(sheets, tmp_path))
    assert plan.summary["objective_kusd"] == pytest.approx(1000)
    assert plan.summary["verified"] is True


def test_a_rule_of_the_horizons_last_day_is_seen_from_its_first(tmp_path: Path) -> None:
    """Goods may wait in stock until the rule comes into force."""
    late = NO_CONTENT | {"from_date": date(2028, 1, 1)}
    assert classes_of(chain(late, periods=periods(1, 1)), tmp_path) == {"press": ("", "CN")}
    assert classes_of(chain(late, periods=periods(1)), tmp_path) == {"press": ("CN",)}


def test_a_track_that_the_output_cannot_be_on_is_out_of_sight(tmp_path: Path) -> None:
    sheets = chain(NO_CONTENT, track={"stages": "oxide"})
    assert classes_of(sheets, tmp_path) == {"press": ("CN",)}


def test_a_cap_by_track_sees_everything(tmp_path: Path) -> None:
    half: Row = {"cap": "half", "group_by": "track", "member": "CN", "material": "magnet"}
    sheets = chain(caps=[half | {"max_share": 0.5}])
    assert classes_of(sheets, tmp_path) == {"press": ("", "CN")}


def two_steps(*rules: Row) -> Sheets:
    """Oxide to metal in Malaysia, metal to magnets in Japan; a mill in Malaysia makes tiles."""
    sheets = chain(*rules)
    made: dict[str, Any] = {
        "materials": [
            *sheets["materials"],
            material("metal", "metal", value_usd_per_kg=30),
            material("tile", "other"),
        ],
        "sites": [
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Kuantan", "plant", "Malaysia"),
            site("Nagoya", "plant", "Japan"),
            site("home", "market", "Malaysia"),
            site("Dallas", "market", "US"),
        ],
        "processes": [
            {"process": "smelt", "site": "Kuantan", "capacity_t_per_year": 1000},
            {"process": "mill", "site": "Kuantan", "capacity_t_per_year": 1000},
            {"process": "press", "site": "Nagoya", "capacity_t_per_year": 1000},
        ],
        "recipes": [
            {"process": "smelt", "material": "oxide", "t_per_t": -1},
            {"process": "smelt", "material": "metal", "t_per_t": 1},
            {"process": "mill", "material": "oxide", "t_per_t": -1},
            {"process": "mill", "material": "tile", "t_per_t": 1},
            {"process": "press", "material": "metal", "t_per_t": -0.5},
            {"process": "press", "material": "magnet", "t_per_t": 1},
        ],
        "lanes": [
            lane("Baotou", "Kuantan", "oxide"),
            lane("Perth", "Kuantan", "oxide"),
            lane("Kuantan", "Nagoya", "metal"),
            lane("Nagoya", "Dallas", "magnet"),
            lane("Kuantan", "home", "tile"),
        ],
        "demand": [want("home", "tile", 10, 900), want("Dallas", "magnet", 100, 900)],
    }
    return {**sheets, **made}


def test_sight_reaches_back_through_the_chain_and_no_further(tmp_path: Path) -> None:
    found = classes_of(two_steps(NO_CONTENT), tmp_path)
    assert found == {"smelt": ("", "CN"), "press": ("", "CN"), "mill": ("CN",)}


# --- for any case --------------------------------------------------------------------------------

RULES: tuple[Row, ...] = (
    NO_CONTENT,
    NO_CONTENT | {"track": "AU"},
    NO_CONTENT | {"destination": None, "end_use": "cars"},
    NO_CONTENT | {"destination": None, "exporter": "Malaysia", "stage": "metal"},
    NO_CONTENT | {"from_date": date(2028, 1, 1)},
    {"exporter": "China", "stage": "metal", "requirement": "denied"},
)


@st.composite
def cases(draw: st.DrawFn) -> Sheets:
    """Oxides and metals of three countries, on two tracks, become magnets for two markets."""
    tracks = [
        {"track": "CN", "country": "China", "technology": draw(st.booleans())},
        {"track": "AU", "country": "Australia", "stages": draw(st.sampled_from((None, "metal")))},
    ]
    for row in tracks:
        row["de_minimis_share"] = draw(st.sampled_from((0, 0.05, 0.3)))
    technology = st.sampled_from((None, "China", "Australia"))
    offers = [
        offer(
            f"{goods} {place}", place, goods, draw(st.integers(5, 40)),
            capacity_t_per_year=draw(st.integers(20, 150)), technology_origin=draw(technology),
            origin=draw(st.sampled_from((None, None, "none", "CN", "CN;AU"))),
        )
        for place in ("Baotou", "Perth", "Minas")
        for goods in ("oxide", "metal")
    ]  # fmt: skip
    rules = draw(st.lists(st.sampled_from(range(len(RULES))), max_size=4, unique=True))
    return book(
        periods=periods(1, 1),
        materials=[
            material("oxide", value_usd_per_kg=10),
            material("metal", "metal", value_usd_per_kg=30),
            material("magnet", "magnet", value_usd_per_kg=100),
        ],
        sites=[
            site("Baotou", "supplier", "China"),
            site("Perth", "supplier", "Australia"),
            site("Minas", "supplier", "Brazil"),
            site("Kuantan", "plant", draw(st.sampled_from(("Malaysia", "China")))),
            site("home", "market", "Malaysia", end_use="cars"),
            site("Dallas", "market", "US", end_use="defence"),
        ],
        offers=offers,
        lanes=[
            *(lane(place, "Kuantan") for place in ("Baotou", "Perth", "Minas")),
            lane("Kuantan", "home", "magnet", draw(st.integers(0, 3))),
            lane("Kuantan", "Dallas", "magnet", draw(st.integers(0, 3))),
            lane("Minas", "Dallas", "metal"),
        ],
        processes=[
            {"process": name, "site": "Kuantan", "capacity_t_per_year": 250,
             "technology_origin": draw(technology)}
            for name in ("smelt", "press")
        ],
        recipes=[
            {"process": "smelt", "material": "oxide", "t_per_t": -1.2},
            {"process": "smelt", "material": "metal", "t_per_t": 1},
            {"process": "press", "material": "metal", "t_per_t": -0.5},
            {"process": "press", "material": "oxide", "t_per_t": -0.1},
            {"process": "press", "material": "magnet", "t_per_t": 1},
        ],
        stocks=[{"site": "Kuantan", "material": "metal", "opening_t": draw(st.integers(0, 20)),
                 "holding_usd_per_kg_year": 1}],
        demand=[want("home", "magnet", 100, 90), want("Dallas", "magnet", 80, 120),
                want("Dallas", "metal", 5, 60)],
        tracks=tracks,
        rules=[{"rule": f"rule {at}", **RULES[at]} for at in rules],
    )  # fmt: skip


@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(cases())
def test_same_optimum_as_with_every_run_kept_apart(sheets: Sheets) -> None:
    with tempfile.TemporaryDirectory() as folder:
        case = read_sheets(sheets, Path(folder))
    plan = planner.solve(case)
    with nothing_out_of_sight():
        whole = planner.solve(case)
    assert plan.summary["verified"] is True
    assert plan.summary["columns"] <= whole.summary["columns"]
    assert plan.summary["objective_kusd"] == pytest.approx(whole.summary["objective_kusd"])
