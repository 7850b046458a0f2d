"""Plan: what to do now, what it costs, where it comes from, when it is built."""

from planner.ui import reading, state

desk = state.desk()
if desk is not None:
    state.strip(desk)
entry = reading.require_plan(desk)
reading.head(entry)
reading.body(entry)
