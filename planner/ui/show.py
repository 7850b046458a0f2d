"""How things are shown: figures with their tables, documents, tiles, empty states, one dress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from planner.report.document import Chart, Document, Section, Table
from planner.report.html_file import table_html
from planner.report.vega import specification
from planner.ui.charts.figure import Figure
from planner.ui.text import plain

_DRESS = Path(__file__).parent / "assets" / "desk.css"


def dress() -> None:
    """The desk's style sheet."""
    st.html(_DRESS)


def table(content: Table, label: str) -> None:
    """A table, all its rows; ``label`` names the region that scrolls."""
    whole = Table(content.columns, content.rows, len(content.rows), content.strong)
    st.html(
        f'<div class="sheet" tabindex="0" role="region" aria-label="{escape(label, quote=True)}">'
        f"{table_html(whole)}</div>"
    )


def figure(content: Figure, key: str) -> list[Any]:
    """A chart with its table beside it; what was clicked in it, if it can be clicked."""
    st.markdown(f"#### {plain(content.title)}")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        picked = _draw(content, key)
        if content.remark:
            st.html(f'<p class="remark">{escape(content.remark)}</p>')
    with right:
        table(content.table, content.title)
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
        st.markdown(plain(words))
    if not content.charts:
        for number, rows in enumerate(content.tables):
            table(rows, f"{content.name} {number + 1}")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        for number, chart in enumerate(content.charts):
            document_chart(chart, f"{key}-{number}")
    with right:
        for number, rows in enumerate(content.tables):
            table(rows, f"{content.name} {number + 1}")


def head(content: Document) -> None:
    """What a document says first: the finding, whether to trust it, the figures that matter."""
    st.markdown(f"### {plain(content.title)}")
    mark = "good" if content.sound else "warn"
    st.html(f'<p class="standing {mark}">{escape(content.status)}</p>')
    tiles(content.tiles)


def tiles(figures: Sequence[tuple[str, str]], changes: Sequence[str] = ()) -> None:
    """Large figures under their names; ``changes`` says how each moved, blank where it did not."""
    moved = changes or [""] * len(figures)
    items = "".join(
        f"<li><span>{escape(name)}</span><strong>{escape(value)}</strong>"
        + (f"<em>{escape(change)}</em>" if change else "")
        + "</li>"
        for (name, value), change in zip(figures, moved, strict=True)
    )
    st.html(f'<ul class="tiles">{items}</ul>')


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
