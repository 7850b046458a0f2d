"""The schema says what the contract says, and hangs together."""

from __future__ import annotations

import pytest

from planner.case import SHEETS
from planner.case.cells import parse
from planner.case.schema import SETTINGS, Column, SheetSpec
from planner.case.template import default_text

#: Sheet -> its columns, as the contract lists them.
CONTRACT = {
    "settings": "key value note",
    "periods": "period start years epoch",
    "materials": "material stage value_usd_per_kg disposal_usd_per_kg",
    "composition": "material element share",
    "sites": "site kind company country region end_use latitude longitude throughput_t_per_year",
    "offers": "offer site material kind contract_epochs first_period last_period price_usd_per_kg capacity_t_per_year min_order_t min_take_share qualification_kusd qualification_months qualified_from origin technology_origin recycled",
    "offer_paths": "offer period price_usd_per_kg capacity_t_per_year",
    "price_breaks": "offer from_t_per_year price_usd_per_kg",
    "lanes": "from_site to_site material first_period last_period freight_usd_per_kg duty_share lead_months capacity_t_per_year fixed_kusd min_t",
    "demand": "site material period demand_t_per_year shortage_usd_per_kg min_service_share backlog price_usd_per_kg single_source",
    "processes": "process site capacity_t_per_year min_run_share cost_usd_per_kg technology_origin first_period last_period",
    "recipes": "process material t_per_t",
    "blends": "process element min_share max_share",
    "stocks": "site material opening_t max_t min_t holding_usd_per_kg_year closing_t opening_origin",
    "pipeline": "site material period t origin",
    "returns": "market product scrap to_site scrap_t_per_t mean_life_years sd_life_years collection_share collection_usd_per_kg",
    "past_sales": "market product year sold_t",
    "substitutes": "substitute market material by_material t_per_t max_share switch_kusd lead_months performance_usd_per_kg",
    "projects": "project adds_to size_t_per_year max_modules integer capex_kusd grant_share fixed_kusd_per_year lead_months life_years ramp earliest_period latest_period excludes requires",
    "budgets": "first_period last_period max_capex_kusd min_added_t_per_year",
    "transitions": "from_regime to_regime probability",
    "licences": "licence group application_kusd max_t_per_year held_until team max_applications",
    "licence_odds": "licence regime on_time late late_months denied",
    "tracks": "track country technology stages elements de_minimis_share",
    "rules": "rule covers reach track from_date to_date regimes exporter company stage element destination end_use requirement",
    "tree": "node parent epoch regime probability licences",
    "node_values": "node sheet where column change value",
    "shocks": "regime scope member price_factor capacity_factor demand_factor",
    "stress_tests": "test lose member first_period last_period min_service_share end_use",
    "limits": "measure end_use value",
    "caps": "cap group_by member stage material element basis first_period last_period max_share min_share min_sources max_sources counts_from_share penalty_usd_per_kg",
    "commitments": "what name period sense amount",
    "scenarios": "scenario sheet where column change value",
    "sources": "source title url date grade",
}  # fmt: skip

REQUIRED_SHEETS = {"settings", "periods", "materials", "sites", "offers", "lanes", "demand"}
SPECS = list(SHEETS.values())
COLUMNS = [(spec, column) for spec in SPECS for column in spec.columns]


def test_every_sheet_of_the_contract_and_no_other() -> None:
    assert set(SHEETS) == set(CONTRACT)
    assert {spec.name for spec in SPECS if spec.required} == REQUIRED_SHEETS


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_column_of_the_contract_and_no_other(spec: SheetSpec) -> None:
    extra = {"note"} | ({"source"} if spec.name != "sources" else set())
    own = [column.name for column in spec.columns if column.name not in extra]
    assert own == [name for name in CONTRACT[spec.name].split() if name != "note"]
    assert extra <= set(spec.by_name)
    assert set(spec.keys) <= set(spec.by_name)
    assert all(spec.by_name[key].required or key in ("period", "end_use") for key in spec.keys)


@pytest.mark.parametrize(
    ("spec", "column"), COLUMNS, ids=[f"{spec.name}.{column.name}" for spec, column in COLUMNS]
)
def test_a_column_hangs_together(spec: SheetSpec, column: Column) -> None:
    by, groups = column.refers_by or (None, {})
    assert by is None or set(groups) == set(spec.by_name[by].choices)
    for sheet, target in (*column.refers, *(ref for refs in groups.values() for ref in refs)):
        assert target in SHEETS[sheet].by_name
    assert column.meaning and column.ready
    assert not (column.required and column.default is not None)
    if column.type in ("number", "integer") and not column.name.startswith("t_per_t"):
        assert column.lower is not None or column.unit
    assert not column.by_node or column.type == "number"
    if column.default is not None and column.type != "date":
        assert parse(column, default_text(column) or None).value == column.default


@pytest.mark.parametrize("column", SETTINGS, ids=lambda column: column.name)
def test_a_setting_hangs_together(column: Column) -> None:
    assert parse(column, column.example).bad is None
    assert parse(column, None).value == column.default


def test_negative_prices_and_high_duties_are_allowed_and_little_else() -> None:
    negative = {
        column.name for _, column in COLUMNS if column.type == "number" and column.lower is None
    }
    assert negative == {
        "price_usd_per_kg", "freight_usd_per_kg", "cost_usd_per_kg", "disposal_usd_per_kg",
        "collection_usd_per_kg", "performance_usd_per_kg", "t_per_t", "value",
    }  # fmt: skip
    above_one = {
        column.name for _, column in COLUMNS if column.unit == "share" and column.upper is None
    }
    assert above_one == {"duty_share"}
