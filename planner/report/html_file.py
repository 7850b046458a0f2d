"""A document as one HTML file that needs no other: styles and charts stand inside, nothing runs.

The web page holds every row, long tables folded; on paper a table is as long as a page can bear.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from planner.case.whole import write_text_whole
from planner.report.document import Cell, Chart, Document, Look, Section, Table, shown
from planner.report.vega import svg

#: No script, no address outside the file: whatever a name in the workbook says, nothing loads.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_NUMBERS: tuple[Look, ...] = ("musd", "signed_musd", "price", "tonnes", "share", "index", "plain")

#: Letters of words that stand in one line.
_SHORT = 24

STYLE = """
:root { --navy: #1f3a5f; --grey: #4a5563; }
* { box-sizing: border-box; }
body { font: 15px/1.45 "Liberation Sans", Arial, Helvetica, sans-serif; color: #1b1f24;
       max-width: 1120px; margin: 0 auto; padding: 24px; }
h1 { font-size: 25px; line-height: 1.25; color: var(--navy); margin: 0 0 10px; }
h2 { font-size: 18px; line-height: 1.3; color: var(--navy); margin: 26px 0 8px;
     border-bottom: 2px solid var(--navy); padding-bottom: 3px; }
.status { padding: 6px 12px; border-left: 6px solid; margin: 0 0 14px; }
.good { background: #ddefe3; border-color: #2e7d4f; } .warn { background: #fff1cc; border-color: #b7791f; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 0; padding: 0; list-style: none; }
.tiles li { background: #e8edf3; padding: 8px 14px; flex: 1 1 150px; color: var(--grey); font-size: 12px; }
.tiles strong { display: block; font-size: 20px; color: var(--navy); }
table { border-collapse: collapse; width: 100%; font-size: 13px; margin: 8px 0; }
th { background: var(--navy); color: #fff; text-align: left; padding: 5px 8px; font-weight: 600; vertical-align: bottom; }
td { padding: 4px 8px; border-bottom: 1px solid #d5dbe2; vertical-align: top; overflow-wrap: anywhere; }
td.short { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
tr.strong td { font-weight: 700; border-top: 2px solid var(--navy); }
figure { margin: 8px 0; } figure svg { max-width: 100%; height: auto; }
figcaption, .more { color: var(--grey); font-size: 12px; }
.pair { display: flex; gap: 22px; align-items: flex-start; flex-wrap: wrap; }
.pair > figure, .pair > div { flex: 1 1 440px; min-width: 0; }
ul { margin: 6px 0; padding-left: 20px; } li { margin: 3px 0; }
.facts table { font-size: 12px; color: var(--grey); }
details { margin: 6px 0; } summary { color: var(--grey); font-size: 12px; cursor: pointer; }
footer { margin-top: 20px; border-top: 1px solid #9aa5b1; padding-top: 6px; font-size: 11px; color: var(--grey); }
"""


def html(document: Document, style: str = STYLE, *, paper: bool = False) -> str:
    """The whole page, or what of it is printed. Every text is escaped; charts are SVG."""
    sections = document.on_paper if paper else document.sections
    shown = "".join(_section(section, paper=paper) for section in sections)
    kind = "good" if document.sound else "warn"
    tiles = "".join(
        f"<li>{_text(label)}<strong>{_text(figure)}</strong></li>"
        for label, figure in document.tiles
    )
    tiles = f'<ul class="tiles">{tiles}</ul>' if tiles else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{style}</style></head><body><main>"
        f'<h1 data-carried="{escape(document.footer)}">{_text(document.title)}</h1><p class="status {kind}">{_text(document.status)}</p>'
        f"{tiles}{shown}"
        f'<section class="facts"><h2>What this rests on</h2>{table_html(document.facts)}</section></main>'
        f"<footer>{escape(document.footer)}</footer></body></html>\n"
    )


def write_html(document: Document, path: Path) -> None:
    """Write the page; raises PlanFileError if it cannot be written."""
    write_text_whole(path, html(document))


def _text(words: str) -> str:
    """Escaped; a number and its unit are not parted at the end of a line."""
    return escape(words).replace(" %", "\u00a0%").replace("MUSD ", "MUSD\u00a0")


def _section(section: Section, *, paper: bool) -> str:
    """Words, then the charts with the first table beside them, then further tables."""
    words = "".join(f"<p>{_text(text)}</p>" for text in section.words)
    if len(section.words) > 1:
        words = f"<ul>{''.join(f'<li>{_text(text)}</li>' for text in section.words)}</ul>"
    tables = "".join(table_html(table, paper=paper) for table in section.tables)
    charts = "".join(map(_figure, section.charts))
    beside = charts and any(table.paper_rows for table in section.tables)
    shown = f'<div class="pair">{charts}<div>{tables}</div></div>' if beside else charts + tables
    kind = ' class="drawn"' if charts and not beside and not words else ""
    return f"<section{kind}><h2>{_text(section.title)}</h2>{words}{shown}</section>"


def _figure(chart: Chart) -> str:
    title = escape(chart.title)
    return f'<figure role="img" aria-label="{title}">{svg(chart)}<figcaption>{title}</figcaption></figure>'


def table_html(table: Table, *, paper: bool = False) -> str:
    """A table as an escaped HTML element: the rows that a page shows; the others folded below them, or
    on paper counted."""
    first, rest = table.on_paper, table.rows[len(table.on_paper) :]
    shown = _rows_html(table, first, 0) if first or not rest else ""
    if not rest:
        return shown
    if paper:
        return f'{shown}<p class="more">and {len(rest)} more rows in the workbook</p>'
    words = f"{len(rest)} more rows" if first else f"The table behind it: {len(rest)} rows"
    return f"{shown}<details><summary>{words}</summary>{_rows_html(table, rest, len(first))}</details>"  # fmt: skip


def _rows_html(table: Table, rows: Sequence[Sequence[Cell]], start: int) -> str:
    """Rows from the place ``start`` on, below the table's header."""
    sides = [_side(table, column) for column in range(len(table.columns))]
    head = "".join(
        f"<th{side} scope='col'>{_text(title)}</th>"
        for side, (title, _) in zip(sides, table.columns, strict=True)
    )
    body = "".join(
        f"<tr{' class=strong' if place in table.strong else ''}>"
        + "".join(
            f"<td{side}>{_text(shown(cell, look))}</td>"
            for cell, side, (_, look) in zip(row, sides, table.columns, strict=True)
        )
        + "</tr>"
        for place, row in enumerate(rows, start=start)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _side(table: Table, column: int) -> str:
    """Numbers stand right; a column of short words is not broken into lines."""
    if table.columns[column][1] in _NUMBERS:
        return ' class="number"'
    longest = max((len(str(row[column] or "")) for row in table.rows), default=0)
    return ' class="short"' if longest <= _SHORT else ""
