"""Getting a case onto the desk: an upload, a shipped example, or what was open before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

import planner
from planner.case import SHEETS, write_template
from planner.errors import CaseError, FaultyWorkbook
from planner.report.document import Columns, Table
from planner.store import CaseVersion, Desk
from planner.ui import show, state
from planner.ui.text import ago, plain

_INPUTS = Path(planner.__file__).resolve().parents[1] / "inputs"
_EXAMPLES = (
    ("tutorial", "Tutorial", "One works that buys dysprosium: solved in a blink, explained in docs/tutorial.md."),
    ("rare_earths", "Shipped case", "A maker of motors, electronics and defence parts: four rounds of decisions, over a hundred outcomes, half a minute."),
    ("licence_world", "Licence world", "Every capability of the workbook switched on."),
)  # fmt: skip


def examples() -> list[tuple[Path, str, str]]:
    """The workbooks that come with the planner: file, title, what it is."""
    found = [(_INPUTS / f"{name}.xlsx", title, words) for name, title, words in _EXAMPLES]
    return [example for example in found if example[0].is_file()]


def open_version(version: CaseVersion) -> Desk:
    """Put a version on a new desk."""
    state.leave()
    st.session_state.pop("plan", None)
    desk = state.store().desks.open(version.id)
    state.put(desk)
    return desk


def upload_box(case_id: str | None = None) -> None:
    """Take a workbook in; a readable one with faults is opened too, so that they can be mended."""
    given = st.file_uploader(
        "Workbook (.xlsx)",
        type=["xlsx"],
        key=f"upload-{case_id or 'new'}-{st.session_state.get('uploads', 0)}",
        help="One Excel file is one case. It stays on this machine. The template below has every sheet explained.",
    )
    if given is None:
        return
    try:
        version = state.store().cases.upload(given.name, given.getvalue(), case_id)
    except FaultyWorkbook as error:
        st.error("This file cannot be read as a workbook. Nothing was kept.")
        show.table(fault_table(error.faults), "Faults of the file")
        return
    except CaseError as error:
        st.error(f"{plain(str(error))} Nothing was kept.")
        return
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    open_version(version)
    st.rerun()


def start() -> None:
    """The first visit: one obvious step."""
    st.markdown(
        "## Plan what to buy, stock, license and build, before somebody refuses you a licence"
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### Open an example")
        for file, title, words in examples():
            row = st.columns([1, 2.6], vertical_alignment="center")
            if row[0].button(title, key=f"open-{file.stem}", type="primary", width="stretch"):
                open_version(state.store().cases.upload(file.name, file.read_bytes()))
                st.rerun()
            row[1].markdown(plain(words))
    with right:
        st.markdown("#### Or bring your own workbook")
        upload_box()
        st.download_button(
            "Empty workbook, every sheet explained", template, "template.xlsx", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip
    _recent()


def template() -> bytes:
    """The empty workbook."""
    with tempfile.TemporaryDirectory() as folder:
        return write_template(Path(folder) / "template.xlsx").read_bytes()


def _recent() -> None:
    desks = state.store().desks.recent(6)
    if not desks:
        return
    st.markdown("#### Go on where you were")
    for desk in desks:
        version = state.store().cases.version(desk.version_id)
        row = st.columns([1, 5], vertical_alignment="center")
        if row[0].button("Go on", key=f"desk-{desk.id}", width="stretch"):
            state.put(desk)
            st.rerun()
        row[1].markdown(
            f"{plain(version.case_name)}, version {version.number} · "
            f"{plain(state.scenario(desk.case_id, desk.scenario, desk.differences))} · "
            f"{ago(desk.used)}"
        )


def fault_table(faults: tuple[planner.Fault, ...]) -> Table:
    """Faults as people mend them: where, what, what to do."""
    columns: Columns = (
        ("Sheet", "text"), ("Cell", "text"), ("Found", "text"), ("Expected", "text"), ("What to do", "text"),
    )  # fmt: skip
    rows = tuple((f.sheet, f.cell or "", f.found, f.expected, f.remedy) for f in faults)
    return Table(columns, rows)


def fault_sheets(faults: tuple[planner.Fault, ...]) -> list[str]:
    """Sheets that have faults and can be opened, in the order of the contract."""
    named = {fault.sheet for fault in faults}
    return [sheet for sheet in SHEETS if sheet in named]


def another(desk: Desk) -> None:
    """Leave this case for another, or bring its next workbook."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("#### A newer workbook of this case")
        st.markdown("It becomes the next version; scenarios and plans of the older ones stay.")
        upload_box(desk.case_id)
    with right:
        st.markdown("#### Another case")
        if st.button("Close this case", help="Everything on the desk is kept; the library has it."):
            state.leave()
            st.rerun()
        st.download_button(
            "This version as a workbook", lambda: state.store().cases.content(desk.version_id),
            "case.xlsx", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
