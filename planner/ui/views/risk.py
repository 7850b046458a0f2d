"""Risk: what it may cost, what may happen, which licences and stress tests matter."""

from planner.ui import reading, risking, state

desk = state.desk()
if desk is not None:
    state.strip(desk)
entry = reading.require_plan(desk)
risking.page(entry)
