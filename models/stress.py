"""Stress tests: service that must hold although a member is lost without warning.

STR-1       in each period of the test's window: sum(delivered + substituted) >= stress_need
            over the counted demand rows of the test's end uses [t]

Stands in the blocks of the test's branch only (probability 0, so its cost weighs nothing). What
is lost there has capacity 0 as a figure; stock floors (STK-2, STK-3), caps (DIV), service floors
(DEM-2), new projects, qualifications and switches are left out by their own modules.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel

from models.demand import met
from models.instance import Instance
from models.place import NOTHING, Place, Term


def add_stress(b: ConcreteModel, data: Instance, place: Place) -> None:
    """Attach hard service in a stress branch; nothing elsewhere."""
    test = place.test
    if test is None:
        return
    window = [t for t in place.periods if place.states("stress_need", t)]

    @b.Constraint(window, doc="STR-1 [t]")
    def stress_service(b: ConcreteModel, t: int) -> Term:
        rows = [
            row
            for row in data.demands.values()
            if t in row.counted and t in row.window
            if not test.end_uses or row.end_use in test.end_uses
        ]
        served = sum((met(b, data, row, t) for row in rows), NOTHING)
        return place.figure("stress_need", t) - served <= 0
