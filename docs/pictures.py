"""``python -m docs.pictures [FOLDER]``: the pictures of the exports in docs/img, from the shipped case.

Solves three scenarios into FOLDER, unless their plans are there, exports a plan and their comparison as
PDF and draws the pages. Calls poppler's pdftoppm (`make system`).
"""

from __future__ import annotations

import argparse
import subprocess
from datetime import date
from pathlib import Path

import planner
from planner.analysis.compare import compare
from planner.report.export import export_comparison, export_plan
from planner.solve.plan import Plan

_ROOT = Path(__file__).parents[1]
_CASE, _IMAGES = _ROOT / "inputs" / "rare_earths.xlsx", _ROOT / "docs" / "img"
#: The scenarios of the comparison, the first as shipped.
_SCENARIOS = (None, "denial likely", "licences certain")
#: Pictures: which file, which of its pages.
_PAGES = {
    "plan_page": ("plan.pdf", 1),
    "plan_grounds": ("plan.pdf", 4),
    "comparison": ("comparison.pdf", 1),
    "comparison_bridge": ("comparison.pdf", 3),
}
_DOTS_PER_INCH = 100


def main() -> None:
    """Solve, export, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=_ROOT / "out" / "pictures")
    folder: Path = parser.parse_args().folder
    plans = [_plan(folder, scenario) for scenario in _SCENARIOS]
    today = date.today()
    export_plan(plans[0], folder / "plan.pdf", today)
    export_comparison(compare(plans), folder / "comparison.pdf", today)
    for name, (file, page) in _PAGES.items():
        subprocess.run(  # noqa: S603 - our own files
            ["pdftoppm", "-png", "-singlefile", "-r", str(_DOTS_PER_INCH), "-f", str(page),  # noqa: S607
             str(folder / file), str(_IMAGES / name)],
            check=True,
        )  # fmt: skip


def _plan(folder: Path, scenario: str | None) -> Plan:
    path = folder / f"{(scenario or 'as shipped').replace(' ', '_')}.xlsx"
    if not path.exists():
        planner.solve(planner.read_case(_CASE, scenario)).to_excel(path)
    return planner.read_plan(path)


if __name__ == "__main__":
    main()
