"""A rule pack on disk: a folder with a page of words and one table a sheet.

``about.md`` tells what the law says, what rows cannot say and what is unsure; its heading is the
title. ``rules.csv``, ``licences.csv``, ``licence_odds.csv``, ``tracks.csv`` and ``caps.csv`` hold
rows in the columns of the workbook. All packs share ``sources.csv`` and ``country_groups.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.case.cells import did_you_mean
from planner.case.notations import names
from planner.errors import CaseError

#: Where the packs of this project are kept.
PACKS = Path(__file__).parents[3] / "inputs" / "rules"
#: What a pack may hold, in the order in which a reader asks.
PACK_SHEETS = ("rules", "licences", "licence_odds", "tracks", "caps")

#: A row as written in a pack: column -> text, blank cells left out.
PackRow = Mapping[str, str]


@dataclass(frozen=True)
class RulePack:
    """One law or policy as rows.

    ``sheets`` holds the rows of ``PACK_SHEETS`` that the pack has, and of ``sources`` those that
    its rows name; ``groups`` are the countries of each group that its caps may speak of.
    """

    name: str
    title: str
    about: str
    sheets: Mapping[str, tuple[PackRow, ...]]
    groups: Mapping[str, frozenset[str]]


def read_packs(folder: Path = PACKS) -> tuple[RulePack, ...]:
    """All packs of a folder, by name; raises CaseError where there are none."""
    found = sorted(page.parent.name for page in folder.glob("*/about.md"))
    if not found:
        raise CaseError(
            f"There are no rule packs in {folder}: a pack is a folder with an about.md."
        )
    return tuple(read_pack(name, folder) for name in found)


def read_pack(name: str, folder: Path = PACKS) -> RulePack:
    """The pack of that name; raises CaseError, which names the packs there are."""
    known = sorted(page.parent.name for page in folder.glob("*/about.md"))
    if name not in known:
        near = did_you_mean(name, known)
        hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(known) or 'none'}."
        raise CaseError(f"There is no rule pack '{name}' in {folder}. {hint}")
    about = (folder / name / "about.md").read_text(encoding="utf-8")
    sheets = {sheet: _table(folder / name / f"{sheet}.csv") for sheet in PACK_SHEETS}
    sheets = {sheet: rows for sheet, rows in sheets.items() if rows}
    cited = {each for rows in sheets.values() for row in rows for each in names(row["source"])}
    sheets["sources"] = tuple(
        row for row in _table(folder / "sources.csv") if row["source"] in cited
    )
    groups: dict[str, set[str]] = {}
    for row in _table(folder / "country_groups.csv"):
        groups.setdefault(row["group"], set()).add(row["country"])
    return RulePack(
        name,
        about.partition("\n")[0].removeprefix("# "),
        about,
        sheets,
        {group: frozenset(countries) for group, countries in groups.items()},
    )


def _table(path: Path) -> tuple[PackRow, ...]:
    """The rows of a CSV file; a pack without the file has none of the sheet."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            {column: text for column, text in row.items() if text} for row in csv.DictReader(lines)
        )
