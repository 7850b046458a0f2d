"""DER-closed: the shipments listed as closed are closed, for the reason given, and none is left out.

Which classes of goods can stand at a site is the network's matter and is not rebuilt. Complete is meant so: a
way (lane, material, class) that is listed once is listed wherever it is closed; and where the goods of an
offer could go straight to a market that wants them but for a rule, some class of them is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.analysis.verify.audit import Audit, at_place
from planner.analysis.verify.licences import tracks_of
from planner.analysis.verify.rules import Tracks

#: (from site, to site, material).
_Ends = tuple[str, str, str]
#: (node, period).
_Place = tuple[str, str]


def check_closed(audit: Audit) -> None:
    """Every listed row, then what is missing."""
    listed: dict[_Ends, dict[_Place, set[Tracks]]] = defaultdict(lambda: defaultdict(set))
    for row in audit.book["closed"]:
        ends, place = (row.from_site, row.to_site, row.material), (row.node, row.period)
        tracks = tracks_of(row.tracks)
        listed[ends][place].add(tracks)
        reasons = _reasons(audit, ends, tracks, place)
        if not reasons:
            _broken(audit, ends, place, "no rule closes it")
        elif not any(row.reason.startswith(reason) for reason in reasons):
            _broken(audit, ends, place, f"the plan says '{row.reason}', rebuilt {reasons[0]}")
        else:
            audit.ledger.held("DER-closed")
    classes = {ends: set[Tracks]().union(*rows.values()) for ends, rows in listed.items()}
    for ends, known in classes.items():
        for tracks in known:
            _complete(audit, ends, tracks, listed[ends])
    for ends, tracks in _straight(audit):
        # Goods may be used as if on more tracks, so any class that holds theirs will do.
        if not any(tracks <= other for other in classes.get(ends, ())):
            _complete(audit, ends, tracks, {})


def _reasons(audit: Audit, ends: _Ends, tracks: Tracks, place: _Place) -> list[str]:
    """How the reason may begin; none where the way is open."""
    barriers = _barriers(audit, ends, tracks, place)
    if audit.stress.lane_lost(ends[0], ends[1], *place):
        barriers.append(f"lost in the stress test {audit.tree.nodes[place[0]].test}")
    return barriers


def _barriers(audit: Audit, ends: _Ends, tracks: Tracks, place: _Place) -> list[str]:
    need = audit.rules.shipment(*ends, tracks, *place)
    if need.denied_by:
        return [f"rule {need.denied_by}: "]
    return [
        f"licence {licence}: "
        for licence in sorted(need.licences)
        if not audit.licences.usable(licence, *place, even_if_not_applied=True)
    ]


def _places(audit: Audit, ends: _Ends) -> Iterator[_Place]:
    """Where the lane is open and its goods arrive before the horizon."""
    for node, period in audit.tree.places():
        lane = audit.reading.lane(*ends, node)
        if lane is None:
            continue
        row = lane[0]
        is_open = audit.timeline.within(period, row["first_period"], row["last_period"])
        if is_open and audit.timeline.falls(period, row["lead_months"]) is not None:
            yield node, period


def _complete(audit: Audit, ends: _Ends, tracks: Tracks, rows: dict[_Place, set[Tracks]]) -> None:
    for place in _places(audit, ends):
        if tracks not in rows.get(place, ()) and _reasons(audit, ends, tracks, place):
            _broken(audit, ends, place, "is closed and not listed")


def _straight(audit: Audit) -> Iterator[tuple[_Ends, Tracks]]:
    """Lanes from an offer to a market that wants its goods, with the class that they are on at least."""
    wanted = {(row["site"], row["material"]) for row in audit.reading.case["demand"]}
    for offer in audit.reading.case["offers"]:
        for lane in audit.reading.case["lanes"]:
            ends = (offer["site"], lane["to_site"], offer["material"])
            carries = lane["material"] in ("*", offer["material"])
            if lane["from_site"] == offer["site"] and carries and ends[1:] in wanted:
                yield ends, audit.origin.bought(offer)


def _broken(audit: Audit, ends: _Ends, place: _Place, text: str) -> None:
    where = f"{ends[2]} {ends[0]} -> {ends[1]}, {at_place(*place)}"
    audit.ledger.broken("DER-closed", where, text)
