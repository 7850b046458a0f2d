"""Writes docs/workbook.md from the schema and docs/formulation.md from the docstrings of models/,
so that neither page can drift from the code.

Run it by ``make docs``; a test fails while a page in the repository differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

from docs import formulation_page as formulation
from planner.case.schema import SETTINGS, SHEETS
from planner.case.schema.spec import NOTE, SOURCE, Column, Ref, SheetSpec, Type

PAGE = Path(__file__).with_name("workbook.md")

HEAD = """\
<!-- Generated from planner/case/schema by `make docs`; change it there. -->
# The workbook, sheet by sheet

One Excel file is one case. Row 1 of a sheet is its header, each further row one fact; columns and
rows come in any order. A **bold** column must be there and filled; every other may be absent or
blank, and then means what its line says. Every data sheet may also carry `source` (ids of the sheet
`sources`, separated by `;`) and `note` (free text, never read by the solver). `planner template` writes
a workbook with all of these sheets, explained and filled with an example; `planner check` reads one and
lists its faults by cell. What the rows mean together is told in [meaning.md](meaning.md).
"""
TABLE_HEAD = "| {} | written as | blank means | meaning | example |\n|---|---|---|---|---|\n"

#: How a cell of each type is written.
NOTATION: dict[Type, str] = {
    "text": "text",
    "name": "name",
    "names": "names, separated by `;`",
    "number": "number",
    "integer": "whole number",
    "bool": "TRUE or FALSE",
    "date": "date",
    "any": "any value",
    "requirement": "`denied`, `exempt` or `licence:NAME`",
    "origin": "tracks, separated by `;`, or `none`",
    "ramp": "percents, as `50;80;100`",
    "branches": "`all`, or numbers, as `3;3;2`",
    "outcomes": "`licence=outcome; ...`",
    "where": "`column=value; ...`",
}


def workbook_page(sheets: Iterable[SheetSpec], settings: Iterable[Column]) -> str:
    """The whole page: sheet by sheet a table of columns, and one of the keys of `settings`."""
    parts = [HEAD]
    for group, members in groupby(sheets, key=lambda spec: spec.group):
        parts.append(f"\n## {group}\n")
        for spec in members:
            parts.append(_section(spec))
            if spec.name == "settings":
                parts.append("\n" + _table("key", settings))
    return "".join(parts)


def _section(spec: SheetSpec) -> str:
    marks = " (always needed)" if spec.required else ""
    named = f" A row is named by {_listed(spec.keys)}." if spec.keys else ""
    refused = "" if spec.ready else " Not solved yet: a workbook that uses it is refused."
    own = (column for column in spec.columns if column not in (SOURCE, NOTE))
    return (
        f"\n### {spec.name}{marks}\n\n{_sentence(spec.meaning)}{named}{refused}\n\n"
        f"{_table('column', own)}"
    )


def _table(first: str, columns: Iterable[Column]) -> str:
    return TABLE_HEAD.format(first) + "".join(_row(column) for column in columns)


def _row(column: Column) -> str:
    name = f"**{column.name}**" if column.required else column.name
    blank = "a fault" if column.required else _written(column, column.default)
    meaning = column.meaning if column.ready else f"{column.meaning} (not solved yet: refused)"
    notation = "; ".join(_notation(column))
    cells = (name, notation, blank, meaning, _written(column, column.example))
    return f"| {' | '.join(map(_escaped, cells))} |\n"


def _notation(column: Column) -> Iterator[str]:
    """What may stand in the cell: type, unit, range, the words or names allowed."""
    if column.choices:
        yield " or ".join(f"`{word}`" for word in column.choices)
    else:
        yield NOTATION[column.type]
    if column.unit:
        yield column.unit
    if column.lower is not None:
        yield f"{'above' if column.above else 'at least'} {column.lower:g}"
    if column.upper is not None:
        yield f"{'below' if column.below else 'at most'} {column.upper:g}"
    if column.refers:
        yield f"from {_targets(column.refers)}"
    if column.refers_by:
        chooser, targets = column.refers_by
        yield f"by `{chooser}`: " + ", ".join(
            f"{word} from {_targets(refs)}" for word, refs in targets.items() if refs
        )
    if column.star:
        yield "`*` = each"


def _written(column: Column, value: object) -> str:
    """A typed value as it stands in a cell; nothing for a blank."""
    match value:
        case None | ():
            return ""
        case bool():
            return str(value).upper()
        case float() if column.type == "ramp":
            return f"{100 * value:g}"
        case float():
            return f"{value:g}"
        case date():
            return value.isoformat()
        case tuple():
            return ";".join(_written(column, part) for part in value)
        case _:
            return str(value)


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|")


def _targets(refs: Iterable[Ref]) -> str:
    return " or ".join(f"`{sheet}.{column}`" for sheet, column in refs)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


if __name__ == "__main__":
    PAGE.write_text(workbook_page(SHEETS.values(), SETTINGS), encoding="utf-8")
    formulation.PAGE.write_text(formulation.formulation_page(), encoding="utf-8")
