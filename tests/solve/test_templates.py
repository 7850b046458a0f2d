"""Compiled blocks: the same structure compiles once, whatever its numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.build import build_model
from planner.case import Difference, read_case, with_differences
from planner.case.case import Case
from planner.solve.assemble.instance import assemble
from planner.solve.compile import compile_templates
from planner.solve.layout import lay_out
from planner.solve.templates import TemplateCache
from planner.solve.tree import build_tree

CASES = Path(__file__).parents[1] / "known_answers"


def case_of(name: str) -> Case:
    return read_case(CASES / f"{name}.xlsx")


def changed(case: Case, sheet: str, column: str, change: str, value: float) -> Case:
    return with_differences(case, None, [Difference(sheet, "", column, change, value)], "changed")


@pytest.mark.parametrize(
    ("sheet", "column"),
    [
        ("offers", "price_usd_per_kg"),
        ("demand", "demand_t_per_year"),
        ("licence_odds", "late_months"),
        ("licences", "application_kusd"),
    ],
)
def test_a_changed_number_compiles_nothing(sheet: str, column: str) -> None:
    cache = TemplateCache()
    case = case_of("hand_licence_denial")
    for variant in (case, changed(case, sheet, column, "scale", 1.5)):
        cache.get(assemble(variant, build_tree(variant)).instance)
    assert cache.compiled == 1


def test_another_structure_is_compiled_anew_and_the_cache_is_bounded() -> None:
    cache = TemplateCache(size=1)
    names = ("aircond", "farmer", "aircond")
    for name in names:
        case = case_of(name)
        cache.get(assemble(case, build_tree(case)).instance)
    assert cache.compiled == len(names)


def test_a_cached_block_gives_the_arrays_of_a_fresh_one() -> None:
    cache = TemplateCache()
    case = case_of("hand_take_or_pay_shock")
    cache.get(assemble(case, build_tree(case)).instance)
    variant = changed(case, "offers", "price_usd_per_kg", "add", 3)
    instance = assemble(variant, build_tree(variant)).instance
    kept = lay_out(instance, cache.get(instance)).arrays
    fresh = lay_out(instance, compile_templates(instance)).arrays
    assert cache.compiled == 1
    assert (kept.matrix != fresh.matrix).nnz == 0
    assert (kept.cost == fresh.cost).all()
    assert (kept.row_upper == fresh.row_upper).all()


def test_time_in_pyomo_does_not_grow_with_the_nodes() -> None:
    """One block an epoch is stated, however many nodes the epoch has."""
    case = case_of("farmer")
    instance = assemble(case, build_tree(case)).instance
    assert len(instance.tree.nodes) == 4
    assert len(compile_templates(instance)) == 2
    assert len(build_model(instance).node) == 4
