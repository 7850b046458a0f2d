"""Times to survive and to recover, by hand; more stock never shortens them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.analysis.resolving import Resolver
from planner.analysis.survive import Loss, losses_of, survive
from planner.analysis.survive import times as survive_times
from planner.errors import CaseError
from planner.solve.given import FLOWS, SIGNED
from tests.workbooks import Sheets, book, lane, material, offer, periods, read_sheets, site, want


def chain(stock: float, second: float | None = None, from_period: str | None = None) -> Sheets:
    """China sells 120 t a year from p1 on; ``stock`` t stand in the works and nothing is wanted in p0;
    the US may sell ``second`` t a year from ``from_period`` on. Period p0, then three of half a year."""
    offers: list[dict[str, Any]] = [offer("CN", "cn", "oxide", 10)]
    if second is not None:
        offers.append(
            offer("US", "us", "oxide", 40, capacity_t_per_year=second, first_period=from_period)
        )
    return book(
        periods=periods(1, 0.5, 0.5, 0.5),
        materials=[material("oxide")],
        sites=[site("cn", "supplier", "China"), site("us", "supplier", "United States"),
               site("works", "plant", "Japan"),
               site("cars", "market", "Japan", end_use="motors"), site("jets", "market", "Japan", end_use="defence")],
        offers=offers,
        lanes=[lane("cn", "works"), lane("us", "works"), lane("works", "cars"), lane("works", "jets")],
        demand=[
            want(shop, "oxide", amount, shortage, period=f"p{t}")
            for shop, amount, shortage in (("cars", 100, 500), ("jets", 20, 900))
            for t in (1, 2, 3)
        ],
        stocks=[{"site": "works", "material": "oxide", "opening_t": stock, "holding_usd_per_kg_year": 1}],
    )  # fmt: skip


def times(sheets: Sheets, tmp_path: Path, member: str) -> dict[str, tuple[float, float]]:
    table = survive(read_sheets(sheets, tmp_path)).table("times")
    own = table[table["member"] == member].set_index("end_use")
    return {
        str(use): (row["survives_months"], row["recovers_months"]) for use, row in own.iterrows()
    }


def test_stock_is_what_service_lives_on(tmp_path: Path) -> None:
    """90 t at 120 t a year: nine months; for cars alone 10.8, for jets beyond the horizon."""
    found = times(chain(90), tmp_path, "China")
    assert found["all uses"][0] == pytest.approx(9)
    assert found["motors"][0] == pytest.approx(10.8)
    assert "defence" in found
    assert found["defence"][0] != found["defence"][0]  # no figure: it survives
    assert found["all uses"][1] != found["all uses"][1]  # no figure: never whole again


def test_service_recovers_when_another_can_sell(tmp_path: Path) -> None:
    """30 t last three months; the US sells 120 t a year from the third half-year on."""
    found = times(chain(30, second=120, from_period="p3"), tmp_path, "China")
    assert found["all uses"] == pytest.approx((3, 12))


def test_a_lane_and_a_supplier_are_lost_alike_where_it_is_the_only_one(tmp_path: Path) -> None:
    table = survive(read_sheets(chain(90), tmp_path)).table("times")
    short = table[table["end_use"] == "all uses"].set_index("member")["short_t"]
    assert short["cn"] == short["China"] == short["cn->works"] == pytest.approx(90)
    assert short["nothing"] == 0


def test_what_service_does_without_is_not_asked_again_and_the_same(tmp_path: Path) -> None:
    """The US is never needed beside China with stock for all; each loss by itself says the same."""
    case = read_sheets(chain(200, second=120), tmp_path)
    base = Resolver(case).base.answer
    assert base is not None
    kept = base.decided_in([base.tree.root.name], (*SIGNED, *FLOWS))
    rows = survive(case).table("times").to_dict("records")
    told = {(row["lose"], row["member"], row["end_use"]): row for row in rows}
    for loss in losses_of(case):
        for own in survive_times(case, loss, kept):
            row = told[loss.lose, loss.member, own.end_use]
            assert row["short_t"] == pytest.approx(own.short, abs=1e-6)
            assert math.isnan(row["survives_months"]) == math.isinf(own.survives)


def test_what_is_lost_first_is_told_first(tmp_path: Path) -> None:
    found = survive(read_sheets(chain(90), tmp_path))
    assert found.title.startswith("5 of 6 losses leave some end use short; the gravest: without")
    assert found.title.endswith("service is short at once.")
    lanes = times(chain(90), tmp_path, "works->cars")
    assert lanes["all uses"][0] == 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(stock=st.integers(0, 120), more=st.integers(1, 50))
def test_more_stock_never_shortens_survival(tmp_path: Path, stock: int, more: int) -> None:
    less, greater = (_without_china(chain(s), tmp_path) for s in (stock, stock + more))
    assert less == pytest.approx(12 * stock / 120, abs=1e-3)
    assert greater > less


def _without_china(sheets: Sheets, tmp_path: Path) -> float:
    """Months, infinite beyond the horizon."""
    case = read_sheets(sheets, tmp_path)
    base = Resolver(case).base.answer
    assert base is not None
    kept = base.decided_in([base.tree.root.name], (*SIGNED, *FLOWS))
    return survive_times(case, Loss("country", "China"), kept)[0].survives


def test_a_case_of_one_epoch_has_no_later_time(tmp_path: Path) -> None:
    sheets = chain(10)
    sheets["periods"] = periods(1, 0.5, 0.5, 0.5, epochs=[1, 1, 1, 1])
    with pytest.raises(CaseError, match="one epoch"):
        survive(read_sheets(sheets, tmp_path))
