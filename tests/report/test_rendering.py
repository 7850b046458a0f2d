"""The summary on paper, as an office program draws it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.report.plan_workbook import write_plan
from planner.solve.plan import Plan


@pytest.mark.slow
def test_the_summary_is_one_page(plan: Plan, tmp_path: Path, program: Callable[[str], str]) -> None:
    write_plan(plan, tmp_path / "plan.xlsx")
    subprocess.run(
        [program("soffice"), f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "plan.xlsx")],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    text = subprocess.run(
        [program("pdftotext"), "-layout", str(tmp_path / "plan.pdf"), "-"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    first, second = text.split("\f")[:2]
    for words in ("Serving 43 % of demand", "What to do now", "Biggest risks", "Cost by line",
                  "Where supply comes from", "Service by end use", "motors"):  # fmt: skip
        assert words in first
    assert "Serving" not in second and "input_fingerprint" in second
    assert "#" not in first.replace("#,##", ""), "a number too wide for its cell"
