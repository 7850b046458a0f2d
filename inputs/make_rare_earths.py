"""Make ``inputs/rare_earths.xlsx`` from the tables under ``inputs/data``.

Run from the project's folder: ``python -m inputs.make_rare_earths``.
"""

from __future__ import annotations

import logging
from pathlib import Path

from inputs import chemistry, market, trade, workbook
from inputs.tables import Row, assumptions, case_rows, cited, reference

WORKBOOK = Path(__file__).parent / "rare_earths.xlsx"
TITLE = "Rare earths for motors, electronics and defence"
_log = logging.getLogger(__name__)


def sources(sheets: workbook.Sheets) -> list[Row]:
    """Rows of sheet ``sources``: every id that a row cites; KeyError for an unknown one."""
    used = sorted(set().union(*(cited(rows) for rows in sheets.values())))
    rows: list[Row] = []
    for one in used:
        if one in assumptions():
            own = assumptions()[one]
            rows.append(
                {"source": one, "title": own["title"], "date": own["date"], "grade": own["grade"]}
            )
            continue
        row = reference()[one]
        fact = " | ".join(
            part for part in (row["parameter"], f"{row['value']} {row['unit']}".strip()) if part
        )
        rows.append(
            {
                "source": one,
                "title": f"{row['source_title']} [{fact}]",
                "url": row["source_url"] or None,
                "date": row["year"] or None,
                "grade": row["quality"],
                "note": row["note"] or None,
            }
        )
    return rows


def sheets() -> dict[str, list[Row]]:
    """All sheets of the case, in the order of the workbook."""
    made: dict[str, list[Row]] = {
        "settings": case_rows("settings"),
        "periods": case_rows("periods"),
        "materials": case_rows("materials"),
        "composition": chemistry.compositions(),
        "sites": case_rows("sites"),
        "offers": case_rows("offers"),
        "offer_paths": case_rows("offer_paths"),
        "price_breaks": case_rows("price_breaks"),
        "lanes": trade.lanes(),
        "demand": market.demand(),
        "processes": market.processes(),
        "recipes": chemistry.recipes(),
        "stocks": case_rows("stocks"),
        "pipeline": case_rows("pipeline"),
        "returns": case_rows("returns"),
        "past_sales": market.past_sales(),
        "substitutes": case_rows("substitutes"),
        "projects": case_rows("projects"),
        "budgets": case_rows("budgets"),
        "transitions": case_rows("transitions"),
        "licences": case_rows("licences"),
        "licence_odds": market.licence_odds(),
        "tracks": case_rows("tracks"),
        "rules": case_rows("rules"),
        "shocks": case_rows("shocks"),
        "stress_tests": case_rows("stress_tests"),
        "limits": case_rows("limits"),
        "caps": case_rows("caps"),
        "commitments": case_rows("commitments"),
        "scenarios": case_rows("scenarios"),
    }
    made["sources"] = sources(made)
    return made


def main() -> None:
    """Write the workbook."""
    workbook.write(WORKBOOK, TITLE, sheets())
    _log.info("wrote %s", WORKBOOK)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
