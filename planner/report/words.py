"""Figures as people say them: money in MUSD, shares in percent."""

from __future__ import annotations


def musd(kusd: float) -> str:
    """``MUSD 41.2``: three figures or more, so that no small case reads as nothing."""
    value = kusd / 1000
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"MUSD {value:,.{digits}f}"


def signed_musd(kusd: float) -> str:
    """``+149``, ``-4.3``, ``+0.05``: a change of MUSD within a sentence, to about three figures."""
    value = kusd / 1000
    return f"{value:+,.{0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2}f}"


def percent(share: float) -> str:
    """``0.8 %``, ``71 %``, ``99.8 %``; a share just below the whole is never rounded up to it."""
    if 0.1 <= share < 0.99:
        return f"{share * 100:.0f} %"
    words = f"{share * 100:.1f} %" if share < 0.9995 or share >= 1 else "99.9 %"
    return words.replace(".0 %", " %")


def worst_tail(cvar_level: float) -> str:
    """``worst 5 %``: the part of probability that CVaR averages over."""
    return f"worst {percent(1 - cvar_level)}"


def small_percent(share: float) -> str:
    """Like ``percent``, but a small share keeps two figures instead of reading as nothing."""
    return percent(share) if share == 0 or share >= 0.0005 else f"{share * 100:.1g} %"


def title_of(slug: str) -> str:
    """``price_of_rules`` -> ``Price of rules``."""
    return slug.replace("_", " ").strip().capitalize()


def tonnes(amount: float) -> str:
    """``2,500``, ``4.2``, ``0.031``: whole tonnes where there are many, two figures else."""
    return f"{amount:,.0f}" if abs(amount) >= 10 else f"{amount:.2g}"


def line_words(line: object) -> str:
    """A cost line as people say it: ``take-or-pay``, ``cap penalties``."""
    return str(line).replace("_", "-" if line == "take_or_pay" else " ")
