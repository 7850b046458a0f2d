"""Lanes: who may ship what to whom, what it costs and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping

from inputs.tables import Row, cite, number, texts

FREIGHT = "logi045"
DAYS_PER_MONTH = 365.25 / 12


def _sites() -> dict[str, Mapping[str, str]]:
    return {row["site"]: row for row in texts("sites")}


def _transit(from_region: str, to_region: str) -> tuple[float, str]:
    """Months door to door and their sources; the row naming most of the two regions wins."""
    best = max(
        (
            row
            for row in texts("transit")
            if row["from_region"] in (from_region, "*") and row["to_region"] in (to_region, "*")
        ),
        key=lambda row: (row["from_region"] != "*") + (row["to_region"] != "*"),
    )
    return round(float(best["days"]) / DAYS_PER_MONTH, 2), best["source"]


def _duty(sender: Mapping[str, str], receiver: Mapping[str, str], stage: str) -> tuple[float, str]:
    """Duty share and its sources; none inside a country or a customs union."""
    if sender["country"] == receiver["country"] or sender["region"] == receiver["region"] == "EU":
        return 0.0, ""
    places = (receiver["country"], receiver["region"])
    rows = [
        row
        for row in texts("duties")
        if row["destination"] in places
        and row["stage"] == stage
        and row["exporter"] in (sender["country"], "*")
    ]
    if not rows:
        return 0.0, "assu_no_duty"
    best = max(rows, key=lambda row: row["exporter"] != "*")
    return float(best["duty_share"]), best["source"]


def lanes() -> list[Row]:
    """Rows of sheet ``lanes``: the routes spelled out by pair of sites and material."""
    sites = _sites()
    stages = {row["material"]: row["stage"] for row in texts("materials")}
    rows: list[Row] = []
    for route in texts("routes"):
        for sender in route["from_sites"].split(";"):
            for receiver in route["to_sites"].split(";"):
                months, transit_source = _transit(
                    sites[sender]["region"], sites[receiver]["region"]
                )
                for material in route["materials"].split(";"):
                    duty, duty_source = _duty(sites[sender], sites[receiver], stages[material])
                    rows.append(
                        {
                            "from_site": sender,
                            "to_site": receiver,
                            "material": material,
                            "freight_usd_per_kg": number(FREIGHT),
                            "duty_share": duty,
                            "lead_months": months,
                            "source": cite(FREIGHT, "assu_freight", transit_source, duty_source),
                        }
                    )
    return rows
