"""Scenario: turn the knobs on the left, read the answer on the right."""

import streamlit as st

from planner.ui import state, turning

desk = state.require_desk()
state.strip(desk)
turning.require_sound(desk)

knobs, answer = st.columns([5, 6], gap="medium")
with knobs:
    turning.knobs(desk)
    turning.changes(desk)
with answer:
    turning.answer(desk)
