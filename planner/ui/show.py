"""How things are shown: figures with their tables, documents, tiles, empty states, one dress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from planner.report.document import Chart, Document, Look, Section, Table
from planner.report.html_file import table_html
from planner.report.vega import specification
from planner.ui.charts.figure import Figure
from planner.ui.text import plain

_DRESS = Path(__file__).parent / "assets" / "desk.css"
#: Rows up to which a table is shown whole: alone, beside a chart, behind another; the height of one
#: [px], as in the style sheet.
_WHOLE, _BESIDE, _FEW, _LINE_PX = 26, 13, 8, 27


def dress() -> None:
    """The desk's style sheet."""
    st.html(_DRESS)


def table(content: Table, label: str, *, lines: int = _WHOLE) -> None:
    """A table, all its rows; ``label`` names its region. One of more than ``lines`` rows scrolls, and
    says how many it has."""
    columns: list[tuple[str, Look]] = [
        (title, "text" if look == "plain" and _is_words(content, place) else look)
        for place, (title, look) in enumerate(content.columns)
    ]
    whole = Table(tuple(columns), content.rows, len(content.rows), content.strong)
    scrolls = len(content.rows) > lines
    height = f' style="max-height: {_LINE_PX * (lines + 1) + 3}px"' if scrolls else ""
    st.html(
        f'<div class="sheet" tabindex="0" role="region" aria-label="{escape(label, quote=True)}"{height}>'
        f"{table_html(whole)}</div>"
        + (
            f'<p class="remark">{len(content.rows)} rows: scroll for the rest</p>'
            if scrolls
            else ""
        )
    )


def _is_words(content: Table, place: int) -> bool:
    """Whether a column whose look is open holds words alone: they stand left, as all words do."""
    cells = [row[place] for row in content.rows if row[place] is not None]
    return bool(cells) and all(isinstance(cell, str) for cell in cells)


def figure(content: Figure, key: str, beside: Sequence[tuple[str, Table]] = ()) -> list[Any]:
    """A chart with its table beside it, and more tables below that with their titles; what was
    clicked in it, if it can be clicked."""
    st.markdown(f"#### {plain(content.title)}")
    left, right = st.columns(content.widths, gap="medium")
    with left:
        picked = _draw(content, key)
        if content.remark:
            st.html(f'<p class="remark">{escape(content.remark)}</p>')
    with right:
        table(content.table, content.title, lines=max(_BESIDE, content.height // _LINE_PX))
        for title, more in beside:
            st.markdown(f"#### {plain(title)}")
            table(more, title)
    return picked


def _draw(content: Figure, key: str) -> list[Any]:
    if content.option is not None:
        st.echarts_chart(
            content.option, height=content.height, theme=None, key=key, alt=content.alt
        )
        return []
    spec = json.loads(content.chart or "{}")
    if not content.picks:
        st.vega_lite_chart(spec=spec, width="stretch", theme=None, key=key, alt=content.alt)
        return []
    event: Any = st.vega_lite_chart(
        spec=spec, width="stretch", theme=None, key=key, alt=content.alt, on_select="rerun",
        selection_mode=content.picks,
    )  # fmt: skip
    return list(event["selection"].get(content.picks, []))


def document_chart(chart: Chart, key: str) -> None:
    """A chart of a document, as the exports draw it."""
    series = ", ".join(part.name for part in chart.series)
    st.vega_lite_chart(
        spec={**specification(chart), "autosize": {"type": "fit-x", "contains": "padding"}}, width="stretch", theme=None, key=key,
        alt=f"{chart.title}, {chart.unit}: {series}",
    )  # fmt: skip
    st.html(f'<p class="remark">{escape(chart.title)}</p>')


def section(content: Section, key: str) -> None:
    """A finding as its title, then words, charts and tables side by side."""
    st.markdown(f"#### {plain(content.title)}")
    for words in content.words:
        st.html(f'<p class="words">{escape(words)}</p>')
    if not content.charts:
        for number, rows in enumerate(content.tables):
            most = _WHOLE if number == 0 else min(_WHOLE, max(rows.paper_rows, _FEW))
            table(rows, f"{content.name} {number + 1}", lines=most)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        for number, chart in enumerate(content.charts):
            document_chart(chart, f"{key}-{number}")
    with right:
        for number, rows in enumerate(content.tables):
            table(rows, f"{content.name} {number + 1}")


def head(title: str, status: str, figures: Sequence[tuple[str, str]], *, sound: bool) -> None:
    """What a plan or comparison says first: the finding, whether to trust it, the figures that matter."""
    st.markdown(f"### {plain(title)}")
    st.html(f'<p class="standing {"good" if sound else "warn"}">{escape(status)}</p>')
    tiles(figures)


def tiles(
    figures: Sequence[tuple[str, str]], changes: Sequence[str] = (), *, close: bool = False
) -> None:
    """Large figures under their names; ``changes`` says how each moved, blank where it did not.
    ``close``: beside something else, where there is less room."""
    moved = changes or [""] * len(figures)
    items = "".join(
        f"<li><span>{escape(name)}</span><strong>{escape(value)}</strong>"
        + (f"<em>{escape(change)}</em>" if change else "")
        + "</li>"
        for (name, value), change in zip(figures, moved, strict=True)
    )
    st.html(f'<ul class="tiles{" close" if close else ""}">{items}</ul>')


def belongs(words: str, *, stale: bool = False) -> None:
    """Which scenario and gap the figures below belong to; ``stale`` ones are marked."""
    mark = '<b class="stale">OUT OF DATE: solve again to see your last change</b> ' if stale else ""
    st.html(f'<p class="belongs">{mark}{escape(words)}</p>')


def facts(content: Document) -> None:
    """What a document rests on, folded."""
    with st.expander("What this rests on: proof, inputs, units, grades of the data"):
        table(content.facts, "What this rests on")


def empty(title: str, what_to_do: str) -> None:
    """A page with nothing on it yet says what to do next."""
    st.html(f'<div class="empty"><h2>{escape(title)}</h2><p>{escape(what_to_do)}</p></div>')
