"""The plan's first decisions tried on worlds that it has not seen."""

from planner.analysis.replay.replay import replay

__all__ = ["replay"]
