"""Why this offer, project, licence or lane and not that one, and the price that would change it."""

from planner.analysis.why.why import why

__all__ = ["why"]
