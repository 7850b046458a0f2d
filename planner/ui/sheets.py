"""The page Case: a glance at the network, the sheets in an editor, the versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from planner.case import SHEETS as CONTRACT
from planner.case import Case, RawSheet
from planner.errors import PlannerError
from planner.report.document import Columns, Table
from planner.store import CaseVersion, Desk
from planner.ui import editor, show, state
from planner.ui.charts.network import network
from planner.ui.opening import fault_sheets, fault_table, open_version
from planner.ui.text import ago, plain

GLANCE, SHEETS, VERSIONS, ANOTHER = "At a glance", "Sheets", "Versions", "Another workbook"
LOOKS = (GLANCE, SHEETS, VERSIONS, ANOTHER)
_SHEET = "case-sheet"


def first_look(version: CaseVersion) -> str:
    """A faulty workbook opens at its sheets, a sound one at the map."""
    return GLANCE if version.is_sound else SHEETS


def faults(version: CaseVersion) -> None:
    """All faults, and a way to each sheet that has one."""
    if version.is_sound:
        return
    count = len(version.faults)
    st.error(
        f"{count} fault{'s' if count != 1 else ''}: this version can be looked at and mended, not solved. "
        "Mend the cells under Sheets, then press Check and keep."
    )
    show.table(fault_table(version.faults), "Faults by cell")
    row = st.container(horizontal=True)
    for sheet in fault_sheets(version.faults):
        row.button(f"Open {sheet}", key=f"fault-{sheet}", on_click=_go, args=(sheet,))


def _go(sheet: str) -> None:
    st.session_state["case-look"] = SHEETS
    st.session_state[_SHEET] = sheet


# ---- at a glance


def glance(desk: Desk, version: CaseVersion) -> None:
    """What is in the case: how much of everything, where it stands, what is remarked."""
    if not version.is_sound:
        show.empty(
            "Nothing to draw yet",
            "The map needs a workbook without faults. Mend them under Sheets.",
        )
        return
    show.tiles(state.drawn_case(_counts, desk))
    chain = ("The chain by stage", state.drawn_case(_chain, desk))
    show.figure(state.drawn_case(network, desk), key="network", beside=[chain])
    if version.warnings:
        with st.expander(f"{len(version.warnings)} remarks that stop nothing"):
            show.table(fault_table(version.warnings), "Remarks")
    st.html('<p class="remark">Next: turn the knobs on the page Scenario, or press Solve.</p>')
    row = st.columns([1, 1, 4])
    with row[0]:
        state.to_page("scenario", "Scenario")
    with row[1]:
        state.to_page("solve", "Solve")


def _counts(case: Case) -> tuple[tuple[str, str], ...]:
    periods = case["periods"]
    epochs = max((row["epoch"] for row in periods), default=1)
    said = [
        ("Periods, in epochs", f"{len(periods)} in {epochs}"),
        ("Sites", f"{len(case['sites'])}"),
        ("Offers", f"{len(case['offers'])}"),
        ("Lanes", f"{len(case['lanes'])}"),
        ("Processes, projects", f"{len(case['processes'])}, {len(case['projects'])}"),
        (
            "Licences, rules, caps",
            f"{len(case['licences'])}, {len(case['rules'])}, {len(case['caps'])}",
        ),
    ]
    if case["transitions"]:
        said.append(("Regime today", str(case.settings["regime_today"])))
    return tuple(said)


def _chain(case: Case) -> Table:
    """Materials, offers, processes and demand by stage; t a year of the first period."""
    stage = {row["material"]: row["stage"] for row in case["materials"]}
    found: dict[str, list[float]] = {}
    for row in case["materials"]:
        found.setdefault(row["stage"], [0, 0, 0, 0.0])[0] += 1
    for row in case["offers"]:
        found[stage[row["material"]]][1] += 1
    for row in case["recipes"]:
        if (row["t_per_t"] or 0) > 0:
            found[stage[row["material"]]][2] += 1
    first = case["periods"][0]["period"]
    wanted: dict[tuple[str, str], float] = {}
    for period in ("*", first):  # a row of the period stands in place of the one of all
        for row in case["demand"]:
            if row["period"] == period:
                wanted[row["site"], row["material"]] = row["demand_t_per_year"]
    for (_, material), t in wanted.items():
        found[stage[material]][3] += t
    columns: Columns = (
        ("Stage", "text"), ("Materials", "plain"), ("Offers", "plain"), ("Recipes that make it", "plain"),
        (f"Demand in {first}, t/year", "tonnes"),
    )  # fmt: skip
    rows = tuple((name, *cells) for name, cells in found.items())
    return Table(columns, rows)


# ---- sheets


def edit(desk: Desk, version: CaseVersion) -> None:
    """One sheet in the editor; what is typed is kept as it is typed, and becomes a version when it
    is checked."""
    have = state.store().cases.sheets(version.id)
    drafts = state.store().desks.drafts(desk.id)
    known = [*have, *(name for name in CONTRACT if name not in have)]
    if st.session_state.get(_SHEET) not in known:
        st.session_state[_SHEET] = next(iter(fault_sheets(version.faults)), known[0])
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    name = left.selectbox(
        "Sheet", known, key=_SHEET,
        format_func=lambda sheet: _sheet_title(sheet, have, drafts),
    )  # fmt: skip
    meaning = (
        CONTRACT[name].meaning
        if name in CONTRACT
        else "Not a sheet of the contract: it is kept and not read."
    )
    right.markdown(plain(meaning))
    raw = have.get(name) or editor.blank_sheet(name)
    edited = _grid(version, name, drafts.get(name, raw))
    if editor.alike(edited, raw):
        if name in drafts:
            state.store().desks.drop_draft(desk.id, name)
            st.rerun()
    elif name not in drafts or not editor.alike(edited, drafts[name]):
        state.store().desks.save_draft(desk.id, name, edited)
        drafts = state.store().desks.drafts(desk.id)
    _keep(desk, drafts)


def _sheet_title(name: str, have: Mapping[str, RawSheet], drafts: Mapping[str, RawSheet]) -> str:
    if name in drafts:
        return f"{name} (edited, not kept yet)"
    return (
        f"{name} ({len(have[name].rows)} rows)"
        if name in have
        else f"{name} (not in this workbook)"
    )


def _grid(version: CaseVersion, name: str, start: RawSheet) -> RawSheet:
    """The editor. Its base stays the same while it is on the page: feeding its own output back
    would drop every second edit. When it comes back to the page it starts from the draft."""
    key = f"grid-{version.id}-{name}-{st.session_state.get('grids', 0)}"
    base_key = f"base-{key}"
    if key not in st.session_state or base_key not in st.session_state:
        st.session_state[base_key] = start
    raw: RawSheet = st.session_state[base_key]
    base = editor.frame(raw, name)
    edited = st.data_editor(
        base, key=key, num_rows="dynamic", height=520, width="stretch", hide_index=False,
        column_config=_columns(name, base), alt=f"Sheet {name}", placeholder="",
    )  # fmt: skip
    return editor.written(pd.DataFrame(edited), base, raw)


def _columns(name: str, base: pd.DataFrame) -> dict[str, Any]:
    """Units in every header, meaning under it, lists where the contract has a closed one."""
    found: dict[str, Any] = {}
    spec = CONTRACT.get(name)
    for column in base.columns:
        known = spec.by_name.get(column) if spec else None
        if known is None:
            continue
        words = known.meaning + (f" [{known.unit}]" if known.unit else "")
        kind = base[column].dtype
        if known.choices and set(base[column].dropna()) <= set(known.choices):
            found[column] = st.column_config.SelectboxColumn(
                help=words, options=list(known.choices)
            )
        elif kind == "float64":
            found[column] = st.column_config.NumberColumn(help=words, format="localized")
        elif kind == "object":
            found[column] = st.column_config.TextColumn(help=words)
    return found


def _keep(desk: Desk, drafts: Mapping[str, RawSheet]) -> None:
    """What to do with edits: make them a version, or forget them."""
    if not drafts:
        st.html(
            '<p class="remark">Change any cell; paste from Excel works too. Edits are kept as you type.</p>'
        )
        return
    names = ", ".join(drafts)
    st.info(f"Edited and not in a version yet: {plain(names)}.")
    row = st.columns([1, 1, 3])
    if row[0].button("Check and keep", type="primary", width="stretch"):
        version = state.store().desks.commit(desk.id, note=f"edited {names}")
        st.session_state["grids"] = st.session_state.get("grids", 0) + 1
        st.toast(f"Version {version.number}: {'sound' if version.is_sound else 'with faults'}")
        st.rerun()
    if row[1].button("Forget the edits", width="stretch"):
        state.store().desks.drop_draft(desk.id)
        st.session_state["grids"] = st.session_state.get("grids", 0) + 1
        st.rerun()


# ---- versions


def versions(desk: Desk, version: CaseVersion) -> None:
    """All versions of the case, and a way back to each."""
    found = state.store().cases.versions(desk.case_id)
    columns: Columns = (
        ("Version", "plain"), ("Came by", "text"), ("Note", "text"), ("State", "text"), ("When", "text"),
    )  # fmt: skip
    rows = tuple(
        (
            v.number,
            v.origin,
            v.note,
            "sound" if v.is_sound else f"{len(v.faults)} faults",
            ago(v.created),
        )
        for v in found
    )
    show.table(Table(columns, rows), "Versions")
    others = [v for v in found if v.id != version.id]
    if not others:
        return
    picked = st.selectbox(
        "Go to version", others, format_func=lambda v: f"{v.number}: {v.note or v.file_name}"
    )
    if st.button("Open it"):
        try:
            state.put(state.store().desks.move(desk.id, picked.id))
        except PlannerError:
            open_version(picked)
        st.rerun()
