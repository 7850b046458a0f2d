"""A plan carried on: what has happened becomes the start of a new case, the rest is planned anew."""

from planner.analysis.replan.expected import expected_actuals, first_period_after
from planner.analysis.replan.release import release
from planner.analysis.replan.roll import Rolled, roll

__all__ = ["Rolled", "expected_actuals", "first_period_after", "release", "roll"]
