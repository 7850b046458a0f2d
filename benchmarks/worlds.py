"""Licence worlds: regimes, the outcome of every licence, and an explicit tree of any width.

Regimes, their probabilities and the odds of a licence are the planning priors of
``inputs/data/reference/licences.csv`` (rows lice036 to lice059). The tree is drawn, not
enumerated: 12 licences have half a million outcomes a year, and a benchmark asks for 3 to 10,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inputs.tables import Row

REGIMES = ("truce", "normalisation", "escalation")
#: Probability of the next regime: lice057 to lice059 from a truce, persistence is assumed.
_MOVES = {
    "truce": (0.45, 0.30, 0.25),
    "normalisation": (0.25, 0.70, 0.05),
    "escalation": (0.40, 0.00, 0.60),
}
#: On time by destination: lice036 to lice047 (truce, normalisation, escalation).
_ON_TIME = {
    "Germany": (0.75, 0.95, 0.25),
    "United States": (0.70, 0.90, 0.10),
    "Japan": (0.65, 0.90, 0.20),
    "India": (0.60, 0.85, 0.15),
    "any": (0.80, 0.97, 0.30),
}
#: Of what is not on time, the share that comes late; the rest is denied.
_LATE = (0.7, 0.7, 0.2)
#: Draws for each outcome asked for, before it is called impossible to find that many.
_PATIENCE = 400

OUTCOMES = ("on_time", "late", "denied")


@dataclass(frozen=True)
class Odds:
    """One licence: probabilities (regime, outcome) of ``REGIMES`` and ``OUTCOMES``."""

    licence: str
    chances: NDArray[np.float64]


def odds(licence: str, destination: str) -> Odds:
    """The odds of a licence for goods to a country."""
    rows = [
        (on_time, (1 - on_time) * late, (1 - on_time) * (1 - late))
        for on_time, late in zip(_ON_TIME.get(destination, _ON_TIME["any"]), _LATE, strict=True)
    ]
    return Odds(licence, np.array(rows, dtype=np.float64).round(6))


def odds_rows(every: Sequence[Odds]) -> list[Row]:
    """The sheet ``licence_odds``."""
    return [
        {
            "licence": one.licence,
            "regime": regime,
            **dict(zip(OUTCOMES, map(float, chances), strict=True)),
        }
        for one in every
        for regime, chances in zip(REGIMES, one.chances, strict=True)
    ]


def tree_rows(
    lottery: np.random.Generator, every: Sequence[Odds], worlds: int, epochs: int
) -> list[Row]:
    """The sheet ``tree``: ``worlds`` leaves in the last of ``epochs``, every sibling another outcome.

    Widths are as even as they can be: 100 leaves over three epochs are 10 nodes of 10 children.
    Fewer than three worlds cannot hold the three regimes. Raises ValueError where a node has not that many followers to be drawn.
    """
    rows: list[Row] = [
        {"node": "start", "parent": None, "epoch": 1, "regime": "truce", "probability": 1.0}
    ]
    level = [("start", "truce", 1.0)]
    for epoch in range(2, epochs + 1):
        # Three at least: each regime may follow the first truce.
        total = worlds if epoch == epochs else max(3, round(worlds ** ((epoch - 1) / (epochs - 1))))
        widths = np.diff(np.linspace(0, total, len(level) + 1).round().astype(int))
        below: list[tuple[str, str, float]] = []
        for (parent, regime, probability), width in zip(level, widths, strict=True):
            for following, codes, share in _followers(lottery, every, regime, int(width)):
                name = f"{epoch}.{len(below) + 1}"
                reached = round(probability * share, 15)  # Excel keeps no more
                below.append((name, following, reached))
                rows.append(
                    {
                        "node": name,
                        "parent": parent,
                        "epoch": epoch,
                        "regime": following,
                        "probability": reached,
                        "licences": _words(every, codes),
                    }
                )
        level = below
    return rows


def _words(every: Sequence[Odds], codes: NDArray[np.int64]) -> str | None:
    """``L1=denied; L2=late``: what did not come on time."""
    failed = [
        f"{one.licence}={OUTCOMES[code]}" for one, code in zip(every, codes, strict=True) if code
    ]
    return "; ".join(failed) or None


def _followers(
    lottery: np.random.Generator, every: Sequence[Odds], regime: str, width: int
) -> list[tuple[str, NDArray[np.int64], float]]:
    """(regime, outcome of each licence, probability): the first ``width`` different ones drawn.

    Every regime drawn is among them where there is room. Each has the share of draws that fell on it among draws that fell on any of them.
    """
    draws = max(64, 4 * width)
    while True:
        regimes = lottery.choice(len(REGIMES), draws, p=_MOVES[regime])
        # (draws, licences, outcomes): cumulated chances in the regime drawn
        cuts = np.stack([one.chances.cumsum(axis=1)[regimes] for one in every], axis=1)
        codes = (lottery.random((draws, len(every), 1)) > cuts[:, :, :2]).sum(axis=2)
        worlds = np.column_stack((regimes, codes))
        _, first, of, counts = np.unique(
            worlds, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
        if len(first) >= width:
            break
        if draws > _PATIENCE * width:
            raise ValueError(f"{len(every)} licences have no {width} outcomes that are ever drawn")
        draws *= 2
    kept = np.sort(first)
    # The first of each regime, then the first of all, as far as there is room.
    _, heralds = np.unique(worlds[kept, 0], return_index=True)
    kept = np.concatenate((kept[np.sort(heralds)], np.delete(kept, heralds)))[:width]
    shares = counts[of.ravel()[kept]] / counts[of.ravel()[kept]].sum()
    return [
        (REGIMES[worlds[at, 0]], worlds[at, 1:], float(share))
        for at, share in zip(kept, shares, strict=True)
    ]
