"""Compare: any plans of the library and the desk, only what differs."""

from planner.ui import comparing, state

desk = state.desk()
if desk is not None:
    state.strip(desk)
comparing.page(desk)
