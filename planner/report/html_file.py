"""A document as one HTML file that needs no other: styles and charts stand inside, nothing runs."""

from __future__ import annotations

from html import escape
from pathlib import Path

from planner.case.whole import write_text_whole
from planner.report.document import Chart, Document, Look, Section, Table, shown
from planner.report.vega import svg

#: No script, no address outside the file: whatever a name in the workbook says, nothing loads.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_NUMBERS: tuple[Look, ...] = ("musd", "signed_musd", "price", "tonnes", "share", "index", "plain")

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
.number { text-align: right; white-space: nowrap; }
tr.strong td { font-weight: 700; border-top: 2px solid var(--navy); }
figure { margin: 8px 0; } figure svg { max-width: 100%; height: auto; }
figcaption, .more { color: var(--grey); font-size: 12px; }
.pair { display: flex; gap: 22px; align-items: flex-start; flex-wrap: wrap; }
.pair > figure, .pair > div { flex: 1 1 440px; min-width: 0; }
ul { margin: 6px 0; padding-left: 20px; } li { margin: 3px 0; }
.facts table { font-size: 12px; color: var(--grey); }
footer { margin-top: 20px; border-top: 1px solid #9aa5b1; padding-top: 6px; font-size: 11px; color: var(--grey); }
"""


def html(document: Document, style: str = STYLE) -> str:
    """The whole page. Every text is escaped; charts are SVG."""
    kind = "good" if document.sound else "warn"
    tiles = "".join(
        f"<li>{escape(label)}<strong>{escape(figure)}</strong></li>"
        for label, figure in document.tiles
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title><style>{style}</style></head><body><main>"
        f'<h1 data-carried="{escape(document.footer)}">{escape(document.title)}</h1><p class="status {kind}">{escape(document.status)}</p>'
        f'<ul class="tiles">{tiles}</ul>'
        f"{''.join(map(_section, document.sections))}"
        f'<section class="facts"><h2>What this rests on</h2>{table_html(document.facts)}</section></main>'
        f"<footer>{escape(document.footer)}</footer></body></html>\n"
    )


def write_html(document: Document, path: Path) -> None:
    """Write the page; raises PlanFileError if it cannot be written."""
    write_text_whole(path, html(document))


def _section(section: Section) -> str:
    """Words, then the charts with the first table beside them, then further tables."""
    words = "".join(f"<p>{escape(text)}</p>" for text in section.words)
    if len(section.words) > 1:
        words = f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in section.words)}</ul>"
    charts, tables = "".join(map(_figure, section.charts)), list(map(table_html, section.tables))
    shown = "".join(tables)
    if charts and tables:
        shown = f'<div class="pair">{charts}<div>{"".join(tables)}</div></div>'
    elif charts:
        shown = charts
    return f"<section><h2>{escape(section.title)}</h2>{words}{shown}</section>"


def _figure(chart: Chart) -> str:
    title = escape(chart.title)
    return f'<figure role="img" aria-label="{title}">{svg(chart)}<figcaption>{title}</figcaption></figure>'


def table_html(table: Table) -> str:
    """A table as an escaped HTML element, as long as a page shows it."""
    head = "".join(
        f"<th{_side(look)} scope='col'>{escape(title)}</th>" for title, look in table.columns
    )
    body = "".join(
        f"<tr{' class=strong' if place in table.strong else ''}>"
        + "".join(
            f"<td{_side(look)}>{escape(shown(cell, look))}</td>"
            for cell, (_, look) in zip(row, table.columns, strict=True)
        )
        + "</tr>"
        for place, row in enumerate(table.on_paper)
    )
    more = (
        f'<p class="more">and {table.left_out} more rows in the workbook</p>'
        if table.left_out
        else ""
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _side(look: Look) -> str:
    return ' class="number"' if look in _NUMBERS else ""
