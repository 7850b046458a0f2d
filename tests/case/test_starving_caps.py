"""A hard cap that too few sources are left to keep is remarked: it would allow no supply at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from planner.solve.run import solve_case
from tests.workbooks import (
    Row,
    Sheets,
    book,
    lane,
    material,
    offer,
    periods,
    read_sheets,
    site,
    want,
)


def three_mines(cap: Row, **changes: Any) -> Sheets:
    """Oxide of China, Australia and, in p0 alone, Brazil, for a shop in Japan."""
    mines = {"Baotou": "China", "Perth": "Australia", "Minas": "Brazil"}
    own = {
        "periods": periods(1, 1),
        "materials": [material("oxide")],
        "sites": [
            *(site(name, "supplier", country, company=name) for name, country in mines.items()),
            site("shop", "market", "Japan"),
        ],
        "offers": [
            offer(name, name, "oxide", 10, last_period="p0" if name == "Minas" else None)
            for name in mines
        ],
        "lanes": [lane(name, "shop", "oxide") for name in mines],
        "demand": [want("shop", "oxide", 90, 50)],
        "caps": [{"cap": "spread", "group_by": "country", "material": "oxide", **cap}],
    }
    return book(**{**own, **changes})


def remarks(sheets: Sheets, folder: Path) -> list[str]:
    case = read_sheets(sheets, folder)
    return [str(warning) for warning in case.warnings if warning.kind == "no-supply"]


def test_two_left_of_three_cannot_share_by_forty_percent(tmp_path: Path) -> None:
    sheets = three_mines({"max_share": 0.4})
    (remark,) = remarks(sheets, tmp_path)
    assert "2 that can supply in p1" in remark
    served = solve_case(read_sheets(sheets, tmp_path)).tables["deliveries"]
    assert set(served["period"]) == {"p0"}  # what was remarked comes true


@pytest.mark.parametrize(
    "cap",
    [
        {"max_share": 0.5},
        {"max_share": 0.4, "penalty_usd_per_kg": 1},
        {"max_share": 0.4, "basis": "expected"},
        {"max_share": 0.4, "last_period": "p0"},
        {"max_share": 0.4, "member": "China"},
    ],
    ids=["enough", "priced", "expected", "over in time", "others are free"],
)
def test_a_cap_that_can_be_kept_is_not_remarked(cap: Row, tmp_path: Path) -> None:
    assert remarks(three_mines(cap), tmp_path) == []


def test_a_plant_is_a_source_too(tmp_path: Path) -> None:
    sheets = three_mines({"max_share": 0.4})
    sheets["sites"].append(site("works", "plant", "Japan"))
    sheets["processes"] = [{"process": "refine", "site": "works", "capacity_t_per_year": 9}]
    sheets["recipes"] = [{"process": "refine", "material": "oxide", "t_per_t": 1}]
    assert remarks(sheets, tmp_path) == []
