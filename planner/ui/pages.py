"""The pages of the desk, in the order in which a plan is made."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from planner.ui.show import dress

TITLE = "Sourcing planner"
#: An emoji is drawn by the browser; an icon of a font would be fetched from elsewhere.
ICON = "🧲"

_VIEWS = Path(__file__).parent / "views"
_PAGES = (
    ("case", "Case", ":material/table_chart:"),
    ("scenario", "Scenario", ":material/tune:"),
    ("solve", "Solve", ":material/play_circle:"),
    ("plan", "Plan", ":material/assignment:"),
    ("risk", "Risk", ":material/warning:"),
    ("compare", "Compare", ":material/compare_arrows:"),
    ("library", "Library", ":material/inventory_2:"),
)


def view(name: str) -> Path:
    """The file of a page, which `st.switch_page` takes."""
    return _VIEWS / f"{name}.py"


def pages() -> list[st.Page]:  # type: ignore[valid-type]
    """All pages; Case is the first that is opened. Dresses the page on the way."""
    dress()
    return [
        st.Page(view(name), title=title, icon=icon, url_path=name, default=name == "case")
        for name, title, icon in _PAGES
    ]
