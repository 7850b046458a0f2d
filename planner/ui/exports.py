"""Plans and comparisons as files, made when they are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import planner.report.plan_workbook  # noqa: F401 - registers how a plan becomes .xlsx
from planner.report.export import SUFFIXES

_NAMES = {".xlsx": "Workbook", ".html": "Web page", ".pdf": "PDF", ".pptx": "Slides"}


def buttons(stem: str, write: Callable[[Path], object]) -> None:
    """One button a format; ``stem`` is ours (a fingerprint), never a name of the workbook."""
    row = st.container(horizontal=True)
    for suffix in SUFFIXES:
        row.download_button(
            _NAMES[suffix],
            lambda suffix=suffix: _bytes(write, suffix),
            f"{stem}{suffix}",
            on_click="ignore",
            key=f"export-{stem}{suffix}",
            icon=":material/download:",
        )


def _bytes(write: Callable[[Path], object], suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export{suffix}"
        write(path)
        return path.read_bytes()
