"""What `import planner` offers, from a workbook to a verified file and back."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import openpyxl
import pytest

import planner
from planner.solve.highs import Progress

ANSWERS = Path(__file__).parent / "known_answers"


@pytest.fixture
def denial() -> planner.Case:
    return planner.read_case(ANSWERS / "hand_licence_denial.xlsx")


def test_every_name_offered_is_there() -> None:
    for name in planner.__all__:
        assert getattr(planner, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'solver'"):
        _ = planner.solver  # type: ignore[attr-defined]


def test_a_solved_plan_is_verified(denial: planner.Case) -> None:
    plan = planner.solve(denial)
    assert plan.summary["status"] == "optimal"
    assert plan.summary["objective_kusd"] == pytest.approx(2420, abs=1e-6)
    assert plan.summary["verified"] is True
    assert plan.summary["worst_violation"] <= 1e-6
    checks = plan.tables["verification"]
    assert checks["rows"].sum() > 20
    assert checks["worst"].max() == plan.summary["worst_violation"]


def test_options_stand_in_for_settings_and_stay_with_the_plan(
    denial: planner.Case, tmp_path: Path
) -> None:
    plan = planner.solve(denial, gap=0.25, time_limit=77, risk_weight=0.5)
    back = planner.read_plan(plan.to_excel(tmp_path / "plan.xlsx"))
    for case in (plan.case, back.case):
        found = [case.settings[key] for key in ("mip_gap", "time_limit_s", "risk_weight")]
        assert found == [0.25, 77, 0.5]
    assert back.summary["gap_asked"] == 0.25
    assert back.summary == dict(plan.summary)
    assert planner.verify_file(tmp_path / "plan.xlsx").holds


def test_the_method_is_forced_and_said_and_a_plan_without_it_opens(
    denial: planner.Case, tmp_path: Path
) -> None:
    plan = planner.solve(denial, method="lshaped")
    assert plan.summary["method"].startswith("L-shaped over 2 subtrees")
    assert plan.summary["objective_kusd"] == pytest.approx(2420, abs=1e-6)
    assert planner.solve(denial).summary["method"] == "extensive form"
    path = plan.to_excel(tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    meta = book["plan_meta"]
    meta.delete_rows([cell.value for cell in meta["A"]].index("method") + 1)
    book.save(path)
    earlier = planner.read_plan(path)  # as version 0.1 wrote it
    assert earlier.summary == {k: v for k, v in plan.summary.items() if k != "method"}
    assert planner.verify_file(path).holds


def test_an_option_out_of_range_is_refused(denial: planner.Case) -> None:
    with pytest.raises(planner.FaultyWorkbook):
        planner.solve(denial, risk_weight=2)


def test_progress_is_told_and_the_model_is_written(denial: planner.Case, tmp_path: Path) -> None:
    told: list[Progress] = []
    planner.solve(denial, progress=told.append, write_mps=tmp_path / "model.mps")
    assert told
    assert "ROWS" in (tmp_path / "model.mps").read_text()


def test_a_stop_asked_for_before_the_start_ends_the_search(denial: planner.Case) -> None:
    stop = threading.Event()
    stop.set()
    try:
        plan = planner.solve(denial, stop=stop)
    except planner.Interrupted:
        return
    assert plan.summary["termination"] in ("interrupted", "gap")
    assert plan.summary["verified"] is True


@pytest.fixture
def file(denial: planner.Case, tmp_path: Path) -> Path:
    return planner.solve(denial).to_excel(tmp_path / "plan.xlsx")


def _change(path: Path, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    assert book[sheet][cell].value != value
    book[sheet][cell].value = value
    book.save(path)


def test_a_file_holds_and_its_inputs_are_the_workbooks(file: Path) -> None:
    verdict = planner.verify_file(file, ANSWERS / "hand_licence_denial.xlsx")
    assert verdict.holds and verdict.faults == ()


def test_a_take_changed_by_hand_does_not_hold(file: Path) -> None:
    _change(file, "plan_takes", "E2", 1.0)
    verdict = planner.verify_file(file)
    assert not verdict.holds
    assert any(fault.startswith("BAL") for fault in verdict.faults)


def test_an_input_changed_by_hand_does_not_hold(file: Path) -> None:
    _change(file, "settings", "B2", "another name")
    verdict = planner.verify_file(file)
    assert not verdict.holds
    assert "not those that the plan was solved with" in verdict.faults[0]


def test_another_workbook_does_not_hold(file: Path) -> None:
    verdict = planner.verify_file(file, ANSWERS / "hand_licence_late.xlsx")
    assert not verdict.holds and len(verdict.faults) > 1


def _import_with(first: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[1]
    code = f"import sys; sys.path[:0] = [{str(first)!r}, {str(root)!r}]; import planner"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_foreign_package_called_models_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("")
    told = _import_with(tmp_path)
    assert told.returncode != 0
    assert "The package `models` of another project" in told.stderr
    assert _import_with(tmp_path / "elsewhere").returncode == 0
