"""Solve: ask for a proven plan, watch it come, stop it; it goes on without the page."""

import streamlit as st

from planner.ui import solving, state, turning

desk = state.require_desk()
state.strip(desk)
turning.require_sound(desk)

ask, now = st.columns([1, 4], gap="medium")
with ask:
    solving.ask(desk)
with now:
    solving.current(desk)
solving.history(desk)
