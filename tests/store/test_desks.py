"""A desk keeps what is done at it: steps, drafts, and a second tab."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.case import Difference, RawSheet
from planner.errors import FaultyWorkbook, UnknownScenario
from planner.store import Desk, Settings, Store, open_store

from .conftest import DENIED


def test_changes_can_be_undone_and_redone_in_another_process(
    store: Store, settings: Settings, desk: Desk
) -> None:
    changed = store.desks.change(desk.id, DENIED)
    assert changed.differences == DENIED and changed.can_undo
    other = open_store(settings)  # another tab, or the app after a restart
    assert other.desks.get(desk.id) == changed
    assert other.desks.undo(desk.id).differences == ()
    assert store.desks.redo(desk.id).differences == DENIED
    assert store.desks.redo(desk.id).differences == DENIED
    other.close()


def test_a_knob_turned_again_takes_the_place_of_its_first_turn(store: Store, desk: Desk) -> None:
    store.desks.change(desk.id, DENIED)
    again = tuple(
        replace(old, where=" licence = CN-Japan ", value=value)
        for old, value in zip(DENIED, (0.6, 0.4), strict=True)
    )
    assert store.desks.change(desk.id, again).differences == again
    assert store.desks.undo(desk.id).differences == DENIED
    assert store.desks.remove(desk.id, DENIED).differences == ()


def test_a_change_that_makes_a_fault_changes_nothing(store: Store, desk: Desk) -> None:
    with pytest.raises(FaultyWorkbook):
        store.desks.change(desk.id, DENIED[:1])
    with pytest.raises(FaultyWorkbook):
        store.desks.change(
            desk.id, [Difference("offers", "offer=nobody", "price_usd_per_kg", "set", 1)]
        )
    with pytest.raises(UnknownScenario):
        store.desks.choose(desk.id, "<script>")
    assert store.desks.get(desk.id).differences == ()


def test_a_new_step_ends_what_could_be_redone(store: Store, desk: Desk) -> None:
    store.desks.change(desk.id, DENIED)
    store.desks.undo(desk.id)
    demand = Difference("demand", "", "demand_t_per_year", "scale", 1.1)
    assert not store.desks.change(desk.id, [demand]).can_redo
    assert store.desks.undo(desk.id).differences == ()


def test_scenarios_are_kept_by_name_and_number(store: Store, desk: Desk) -> None:
    store.desks.change(desk.id, DENIED)
    first = store.scenarios.save(desk.id, "../../x", "why")
    store.desks.reset(desk.id)
    second = store.scenarios.save(desk.id, "../../x")
    assert (first.number, second.number) == (1, 2)
    assert store.scenarios.list(desk.case_id) == (second,)
    assert store.desks.use(desk.id, first.id).differences == DENIED
    store.scenarios.delete(second.id)
    assert store.scenarios.list(desk.case_id) == (first,)


def test_drafts_outlive_the_page_and_become_a_version(
    store: Store, settings: Settings, desk: Desk
) -> None:
    demand = store.cases.sheets(desk.version_id)["demand"]
    place = demand.header.index("demand_t_per_year")
    row = (*demand.rows[0][:place], 77.0, *demand.rows[0][place + 1 :])
    edited = RawSheet(demand.header, (row, *demand.rows[1:]))
    store.desks.change(desk.id, DENIED)
    store.desks.save_draft(desk.id, "demand", edited)
    other = open_store(settings)
    assert other.desks.get(desk.id).drafts == ("demand",)
    assert other.desks.drafts(desk.id) == {"demand": edited}
    other.close()
    version = store.desks.commit(desk.id, "More demand")
    after = store.desks.get(desk.id)
    assert (after.version_id, after.differences, after.drafts) == (version.id, DENIED, ())
    assert store.cases.load(version.id)["demand"][0]["demand_t_per_year"] == 77
    back = store.desks.undo(desk.id)
    assert (back.version_id, back.differences) == (desk.version_id, DENIED)


def test_a_draft_that_changes_nothing_is_none(store: Store, desk: Desk) -> None:
    demand = store.cases.sheets(desk.version_id)["demand"]
    longer = RawSheet(demand.header, (*demand.rows, (None,) * len(demand.header)))
    store.desks.save_draft(desk.id, "demand", longer)
    assert store.desks.get(desk.id).drafts == ()
    assert store.desks.commit(desk.id).id == desk.version_id


def test_differences_that_a_new_version_cannot_take_are_taken_off(store: Store, desk: Desk) -> None:
    sheets = store.cases.sheets(desk.version_id)
    demand = sheets["demand"]
    store.desks.change(desk.id, [Difference("demand", "", "demand_t_per_year", "scale", 1.1)])
    store.desks.save_draft(desk.id, "demand", RawSheet(demand.header, ()))
    assert store.desks.commit(desk.id).number == 2
    assert store.desks.get(desk.id).differences == ()
