"""Library: cases, scenarios and plans that are kept; search, notes, plans brought as files."""

from planner.ui import library, state

desk = state.desk()
if desk is not None:
    state.strip(desk)
library.page()
