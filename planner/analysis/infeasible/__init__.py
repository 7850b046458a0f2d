"""Why no plan exists, and the least change that makes one possible."""

from planner.analysis.infeasible.reason import Reason, explain_infeasible, find_reason

__all__ = ["Reason", "explain_infeasible", "find_reason"]
