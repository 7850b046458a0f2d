"""Amounts as the sentences of analyses say them."""

from __future__ import annotations

import math


def kusd(amount: float) -> str:
    """``kUSD 1,150.00``, ``kUSD 49,120``: cents of a thousand only where they can matter."""
    if not math.isfinite(amount):
        return "unbounded"
    return f"kUSD {amount:,.2f}" if abs(amount) < 10_000 else f"kUSD {amount:,.0f}"


def percent(share: float) -> str:
    """``0.8 %``, ``71 %``."""
    return f"{share * 100:.0f} %" if abs(share) >= 0.1 else f"{share * 100:.2g} %"
