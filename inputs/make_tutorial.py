"""Make ``inputs/tutorial.xlsx``, the case that ``docs/tutorial.md`` solves by hand.

Run from the project's folder: ``python -m inputs.make_tutorial``.
"""

from __future__ import annotations

import logging
from pathlib import Path

from inputs import workbook
from inputs.tables import Row, case_rows

WORKBOOK = Path(__file__).parent / "tutorial.xlsx"
TITLE = "Tutorial: dysprosium for one works"
SHEETS = (
    "settings", "periods", "materials", "composition", "sites", "offers", "lanes", "demand",
    "processes", "recipes", "stocks", "transitions", "licences", "licence_odds", "rules",
    "scenarios", "sources",
)  # fmt: skip

_log = logging.getLogger(__name__)


def sheets() -> dict[str, list[Row]]:
    """All sheets of the tutorial, in the order of the workbook."""
    return {name: case_rows(name, "tutorial") for name in SHEETS}


def main() -> None:
    """Write the workbook."""
    workbook.write(WORKBOOK, TITLE, sheets())
    _log.info("wrote %s", WORKBOOK)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
