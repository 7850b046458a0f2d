"""Estimates from samples, with intervals at 95 %.

Means: Student's t. CVaR: the percentile bootstrap (Efron), since the tail's distribution is no
normal one. Optimality gap: multiple replications (Mak, Morton and Wood 1999): the optimum over a
sample costs on average no more than the true optimum, a policy's mean cost no less; each side at 97.5 %,
so that both hold together at 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from planner.solve.run import conditional_value_at_risk

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Estimate:
    """``low`` and ``high`` hold the true figure at 95 %; NaN where one draw says nothing of it."""

    low: float
    mean: float
    high: float
    count: int

    def holds(self, value: float, slip: float = 0.0) -> bool:
        """Whether the interval holds a value, ``slip`` beyond its ends included."""
        return self.low - slip <= value <= self.high + slip


def mean_of(values: Floats) -> Estimate:
    """Mean of independent draws (n,)."""
    count, mean = len(values), float(values.mean())
    half = half_width(values, (1 + CONFIDENCE) / 2)
    return Estimate(mean - half, mean, mean + half, count)


def half_width(values: Floats, quantile: float) -> float:
    """t times the standard error; NaN for a single draw."""
    count = len(values)
    if count < 2:
        return float("nan")
    error = float(values.std(ddof=1)) / np.sqrt(count)
    return float(stats.t.ppf(quantile, count - 1)) * error


def tail_of(values: Floats, level: float, seed: int) -> Estimate:
    """CVaR: the mean of the worst 1 - level of the draws (n,)."""
    equal = np.full(len(values), 1 / len(values))
    found = conditional_value_at_risk(values, equal, level)
    rng = np.random.default_rng(seed)
    again = [
        conditional_value_at_risk(rng.choice(values, len(values)), equal, level)
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(low), found, float(high), len(values))


def tail_value(costs: Floats, weight: float, level: float, at_risk: float) -> Floats:
    """(1 - lambda) c + lambda (eta + max(c - eta, 0) / (1 - alpha)): draws whose mean is, for any eta,
    no less than the objective (Rockafellar and Uryasev 2000)."""
    beyond = np.maximum(costs - at_risk, 0.0) / (1 - level)
    return (1 - weight) * costs + weight * (at_risk + beyond)


@dataclass(frozen=True)
class Gap:
    """``lower``: of the true optimum, from optima of samples; ``upper``: of the policy's objective;
    ``high``: at 95 % the gap is not above this [kUSD]."""

    lower: float
    upper: float
    high: float


def gap_of(policy: Floats, optima: Floats) -> Gap:
    """From the policy's objective on worlds (n,) and proven optima of sampled trees (m,); one optimum
    is taken as exact."""
    quantile = (1 + CONFIDENCE) / 2
    below = half_width(optima, quantile) if len(optima) > 1 else 0.0
    lower, upper = float(optima.mean()), float(policy.mean())
    high = upper + half_width(policy, quantile) - (lower - below)
    return Gap(lower, upper, max(0.0, high))
