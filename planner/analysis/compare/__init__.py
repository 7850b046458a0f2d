"""Plans side by side: what differs in what was asked, in what was decided, and in what it costs."""

from planner.analysis.compare.comparison import MOST_PLANS, Comparison, compare

__all__ = ["MOST_PLANS", "Comparison", "compare"]
