"""Amounts as the sentences of analyses say them."""

from __future__ import annotations

import math


def kusd(amount: float) -> str:
    """``kUSD 11.50``, ``kUSD 49,120``: hundredths only where they can matter."""
    if not math.isfinite(amount):
        return "unbounded"
    return f"kUSD {amount:,.2f}" if 0 < abs(amount) < 1_000 else f"kUSD {amount:,.0f}"


def percent(share: float) -> str:
    """``0.8 %``, ``71 %``."""
    return f"{share * 100:.0f} %" if abs(share) >= 0.1 else f"{share * 100:.2g} %"
