"""Case: what the workbook says, its faults by cell, every sheet to look at and to change."""

import streamlit as st

from planner.ui import opening, sheets, state

desk = state.desk()
if desk is None:
    opening.start()
    st.stop()

version = state.version(desk)
state.strip(desk)
sheets.faults(version)

chosen = st.segmented_control(
    "Look at", sheets.LOOKS, key="case-look", default=sheets.first_look(version), required=True,
    label_visibility="collapsed",
)  # fmt: skip
if chosen == sheets.GLANCE:
    sheets.glance(desk, version)
elif chosen == sheets.SHEETS:
    sheets.edit(desk, version)
elif chosen == sheets.VERSIONS:
    sheets.versions(desk, version)
else:
    opening.another(desk)
