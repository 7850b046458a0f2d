"""The pages' logic: what each shows and does, without a browser and without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.case import RawSheet
from planner.store import QueueFull
from planner.ui import pages, state
from tests.ui.memory_store import MemoryStore

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "inputs" / "tutorial.xlsx").read_bytes()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    store = MemoryStore()
    monkeypatch.setattr(state, "store", lambda: store)
    return store


@pytest.fixture
def app(kept: MemoryStore) -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def go(app: AppTest, page: str) -> AppTest:
    app.switch_page(str(pages.view(page).relative_to(ROOT))).run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = ("markdown", "html", "error", "info", "success")
    found: list[Any] = [element for kind in kinds for element in app.get(kind)]
    return " ".join(str(element.value) for element in found)


def box(app: AppTest, label: str) -> Any:
    """The number box whose label begins so."""
    return next(found for found in app.number_input if found.label.startswith(label))


def tab(app: AppTest, of: str, name: str) -> AppTest:
    """Open one of the tabs that are drawn when they are opened."""
    app.session_state[of] = name
    app.run()
    assert not app.exception, app.exception
    return app


def opened(app: AppTest) -> AppTest:
    app.button("open-tutorial").click().run()
    assert not app.exception
    return app


def test_the_first_visit_offers_examples_and_an_upload(app: AppTest) -> None:
    assert not app.exception
    assert app.button("open-tutorial").label == "Tutorial"


def test_pages_without_a_case_say_what_to_do(app: AppTest) -> None:
    for page in ("scenario", "solve"):
        assert "No case is open" in words(go(app, page))
    assert "No plan yet" in words(go(app, "plan"))
    assert "Two plans are needed" in words(go(app, "compare"))
    assert "No cases yet" in words(go(app, "library"))


def test_one_click_opens_the_tutorial(app: AppTest, kept: MemoryStore) -> None:
    opened(app)
    (desk,) = kept.desks.known.values()
    assert app.query_params["desk"] in (desk.id, [desk.id])
    assert "Sites and lanes" in words(app)


def test_an_address_brings_the_desk_back(kept: MemoryStore) -> None:
    desk = kept.desks.open(kept.cases.upload("tutorial.xlsx", TUTORIAL).id)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["desk"] = desk.id
    assert "Tutorial" in words(app.run())


def test_an_unknown_address_is_the_first_visit(kept: MemoryStore) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["desk"] = "../../etc/passwd"
    app.run()
    assert not app.exception
    assert app.button("open-tutorial").label == "Tutorial"


def test_odds_move_together_and_the_answer_follows(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    app.button("answer").click().run()
    assert not app.exception
    before = kept.plans.list(kept=None)[0].summary["expected_cost_kusd"]
    box(app, "Denied").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    assert not app.exception, app.exception
    (desk,) = kept.desks.known.values()
    odds = {d.column: float(d.value) for d in desk.differences}
    assert odds["denied"] == 0.8
    assert odds == pytest.approx({"on_time": 0.2, "denied": 0.8})
    after = kept.plans.get(desk.answer or "").summary["expected_cost_kusd"]
    assert after > before
    assert "with 2 changes" in words(app)


def test_a_change_that_is_not_answered_marks_the_figures(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    app.button("answer").click().run()
    app.toggle("answer-at-once").set_value(False).run()
    box(app, "Denied").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    assert "OUT OF DATE" in words(app)
    next(b for b in app.button if b.label == "Undo").click().run()
    assert "OUT OF DATE" not in words(app)


def test_impossible_odds_change_nothing(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    box(app, "Denied").set_value(80)
    box(app, "Late").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    assert "more than 100" in words(app)
    (desk,) = kept.desks.known.values()
    assert not desk.differences


@pytest.mark.parametrize("page", ["plan", "risk"])
def test_a_plan_is_shown_with_its_scenario_and_gap(
    app: AppTest, kept: MemoryStore, page: str
) -> None:
    go(opened(app), "solve")
    app.button("solve").click().run()
    assert not app.exception, app.exception
    said = words(go(app, page))
    assert "the workbook as it stands" in said
    assert "proven least cost" in said


def test_two_plans_are_compared(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    app.button("answer").click().run()
    box(app, "Denied").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    go(app, "compare")
    first, second = (entry.id for entry in kept.plans.list(kept=None))
    app.multiselect("compare-plans").set_value([second, first]).run()
    assert not app.exception, app.exception
    assert "denied" in words(app)


def test_names_of_workbooks_are_never_markup(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    (desk,) = kept.desks.known
    box(app, "Denied").set_value(60)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    evil = "<script>alert(1)</script> ../../x ![p](http://example.org/p.png)"
    kept.scenarios.save(desk, evil, notes=evil)
    kept.plans.describe(kept.plans.list(kept=None)[0].id, 1, name=evil, notes=evil)
    for page in ("scenario", "plan", "library"):
        said = words(go(app, page))
        assert "<script>alert" not in said.replace("\\<", "")
        assert "![p](http" not in "".join(str(m.value) for m in app.markdown)


def test_the_library_describes_and_searches(app: AppTest, kept: MemoryStore) -> None:
    kept.cases.upload("tutorial.xlsx", TUTORIAL)
    go(app, "library")
    assert "Tutorial" in words(app)
    app.text_input("library-search").set_value("nothing of that name").run()
    assert "Nothing found" in words(app)


def test_a_decision_is_forced_by_a_row_of_the_workbook(app: AppTest, kept: MemoryStore) -> None:
    tab(go(opened(app), "scenario"), "knob-tabs", "Suppliers")
    app.selectbox("commit-name-offer").set_value("Kuantan contract")
    box(app, "Amount").set_value(10)
    next(b for b in app.button if b.label == "Add to the workbook").click().run()
    assert not app.exception, app.exception
    (desk,) = kept.desks.known.values()
    version = kept.cases.version(desk.version_id)
    assert version.number == 2 and version.is_sound
    (row,) = kept.cases.load(desk.version_id)["commitments"]
    assert (row["what"], row["name"], row["amount"]) == ("offer", "Kuantan contract", 10)


def test_a_supplier_is_forbidden(app: AppTest, kept: MemoryStore) -> None:
    tab(go(opened(app), "scenario"), "knob-tabs", "Suppliers")
    app.selectbox("forbid-site").set_value("Kuantan")
    next(b for b in app.button if b.label == "Forbid this supplier").click().run()
    assert not app.exception, app.exception
    (desk,) = kept.desks.known.values()
    takes = kept.plans.load(desk.answer or "").tables["takes"]
    assert not takes["offer"].str.startswith("Kuantan").any()


def test_transitions_that_do_not_sum_to_one_change_nothing(app: AppTest, kept: MemoryStore) -> None:
    tab(go(opened(app), "scenario"), "knob-tabs", "Regimes")
    box(app, "to truce").set_value(50)
    next(b for b in app.button if b.label == "Apply the transitions").click().run()
    assert "they must make 100" in words(app)
    (desk,) = kept.desks.known.values()
    assert not desk.differences


def test_a_full_queue_is_said_in_words(
    app: AppTest, kept: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise QueueFull("50 solves wait already; try again when some have ended.")

    go(opened(app), "solve")
    monkeypatch.setattr(kept.jobs, "submit", full)
    app.button("solve").click().run()
    assert "50 solves wait already" in words(app)


def test_what_is_found_is_opened(app: AppTest, kept: MemoryStore) -> None:
    version = kept.cases.upload("tutorial.xlsx", TUTORIAL)
    go(app, "library")
    app.text_input("library-search").set_value("tutorial").run()
    app.button("open-found").click().run()
    assert not app.exception, app.exception
    (desk,) = kept.desks.known.values()
    assert desk.version_id == version.id


def test_changes_that_were_kept_are_called_by_their_name(app: AppTest, kept: MemoryStore) -> None:
    go(opened(app), "scenario")
    app.button("answer").click().run()
    box(app, "Denied").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    (desk,) = kept.desks.known
    kept.scenarios.save(desk, "the <b>board's</b> case")
    said = words(go(app, "plan"))
    assert "scenario: the &lt;b&gt;board&#x27;s&lt;/b&gt; case" in said
    assert "with 2 changes" not in said


def test_a_knob_on_cells_that_the_scenario_sets_is_refused_in_words(
    app: AppTest, kept: MemoryStore
) -> None:
    first = kept.cases.upload("tutorial.xlsx", TUTORIAL)
    regime = kept.cases.load(first.id)["licence_odds"][0]["regime"]
    header = ("scenario", "sheet", "where", "column", "change", "value")
    rows = tuple(
        ("all denied", "licence_odds", f"regime={regime}", column, "set", value)
        for column, value in (("on_time", 0.0), ("late", 0.0), ("denied", 1.0))
    )
    version = kept.cases.edit(first.id, {"scenarios": RawSheet(header, rows)})
    desk = kept.desks.open(version.id, "all denied")
    app.query_params["desk"] = desk.id
    go(app, "scenario")
    box(app, "Denied").set_value(80)
    next(b for b in app.button if b.label == "Apply the odds").click().run()
    assert "sets the same cells under other conditions" in words(app)
    assert not kept.desks.get(desk.id).differences


def test_an_analysis_is_asked_for_and_shown_where_it_was_asked(
    app: AppTest, kept: MemoryStore
) -> None:
    go(opened(app), "scenario")
    app.button("answer").click().run()
    tab(go(app, "risk"), "risk-tabs", "Licences")
    app.button("study-licences").click().run()
    assert not app.exception, app.exception
    (found,) = kept.jobs.found.values()
    assert found.title in words(app).replace("\\", "")
    assert app.button("study-licences").label == "Work it out again"
