"""Prices of the coupling rows: raised where the row is missed, lowered where it has room.

The master weighs prices that were tried; it cannot name one outside them. So each row's price moves
by a factor of its own, which grows while the row asks for the same again and shrinks when it has
changed its mind (Riedmiller and Braun 1993, on a scale of ratios).
"""

from __future__ import annotations

import numpy as np

from planner.solve.arrays import Floats

#: The factor at first, and between which it stays.
FIRST, LEAST, MOST = 2.0, 1.01, 16.0
#: A row is missed, or has room, from this share of its size on.
NEAR = 1e-6
#: What is missed of a row not priced yet costs at first this share of the whole.
SEED = 1e-3
#: Factor by which a missed row's price goes up while a plan is made to hold it.
DEARER = 4.0


class Prices:
    """``asked`` (rows,) is the next to try; ``low`` and ``high`` (rows,) the sides of the rows."""

    def __init__(self, prices: Floats, low: Floats, high: Floats) -> None:
        self.asked = prices
        self._low, self._high = low, high
        self._factor = np.full(len(prices), FIRST)
        self._before = np.zeros(len(prices))
        self.highest = np.abs(prices)

    def beyond(self, held: Floats) -> Floats:
        """By how much the rows are missed, positive above, negative below."""
        return np.maximum(held - self._high, 0.0) - np.maximum(self._low - held, 0.0)

    def dearer(self, tried: Floats, held: Floats, cost: float) -> Floats:
        """``tried``, higher for the rows that it missed."""
        missed = self.beyond(held)
        seed = _seed(missed, np.full(len(missed), NEAR), cost)
        return np.where(missed == 0, tried, np.where(tried == 0, seed, tried * DEARER))

    def learn(self, tried: Floats, held: Floats, cost: float) -> None:
        """After ``tried`` led to ``held`` of the rows, at a cost of the whole [kUSD]."""
        if not len(tried):
            return
        near = NEAR * np.maximum(1e-6, np.maximum(_size(self._low), _size(self._high)))
        missed = self.beyond(held)
        ask = np.where(np.abs(missed) > near, 1.0, np.where(tried != 0, -1.0, 0.0))
        same = ask * self._before
        self._factor = np.where(same > 0, self._factor * 1.3, self._factor)
        self._factor = np.where(same < 0, np.sqrt(self._factor), self._factor)
        self._factor = np.clip(self._factor, LEAST, MOST)
        self._before = ask
        seed = _seed(missed, near, cost)
        asked = np.where(tried == 0, np.where(ask > 0, seed, 0.0), tried * self._factor**ask)
        self.asked = asked
        self.highest = np.maximum(self.highest, np.abs(asked))


def _seed(missed: Floats, near: Floats, cost: float) -> Floats:
    return SEED * abs(cost) * np.sign(missed) / np.maximum(np.abs(missed), near)


def _size(side: Floats) -> Floats:
    return np.where(np.isfinite(side), np.abs(side), 0.0)
