"""Make ``inputs/licence_world.xlsx``: the shipped case with the whole licence world switched on.

Two tracks, content, technology and maintenance rules, shocks, stress tests, limits, substitutes,
price breaks and a signed contract. Run from the project's folder: ``python -m
inputs.make_licence_world``.
"""

from __future__ import annotations

import logging
from pathlib import Path

from inputs import make_rare_earths, workbook
from inputs.tables import Row, case_rows, tables_from

WORKBOOK = Path(__file__).parent / "licence_world.xlsx"
TITLE = "Rare earths: the whole licence world"
#: Sheets that the shipped case does without.
MORE = (
    "price_breaks",
    "substitutes",
    "tracks",
    "shocks",
    "stress_tests",
    "limits",
    "commitments",
)
_log = logging.getLogger(__name__)


def sheets() -> dict[str, list[Row]]:
    """All sheets of the case: those of the shipped one, from its own tables where they differ."""
    with tables_from("licence_world", "case"):
        own = make_rare_earths.sheets()
        own.pop("sources")
        own |= {name: case_rows(name) for name in MORE}
        return {**own, "sources": make_rare_earths.sources(own)}


def main() -> None:
    """Write the workbook."""
    workbook.write(WORKBOOK, TITLE, sheets())
    _log.info("wrote %s", WORKBOOK)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
