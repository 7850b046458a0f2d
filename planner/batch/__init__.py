"""Many runs: workbooks x scenarios, or one workbook over a grid of values.

Each run is a pure question (bytes in, plan out) that any worker can answer; all files are written
here, by one process, each whole or not at all.
"""

from planner.batch.batch import Crew, State, Summary, run_all
from planner.batch.crew import Processes
from planner.batch.runs import Options, Run, batch_runs, find_workbooks
from planner.batch.sweep import sweep_runs
from planner.batch.vary import Vary, parse_vary

__all__ = [
    "Crew",
    "Options",
    "Processes",
    "Run",
    "State",
    "Summary",
    "Vary",
    "batch_runs",
    "find_workbooks",
    "parse_vary",
    "run_all",
    "sweep_runs",
]
