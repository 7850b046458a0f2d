"""Ways from one instance to a HiGHS that holds it: the limit, ours, and Pyomo's own.

Each takes a ``Problem`` (the instance, and our arrays of it for those that are handed arrays) and
gives a ``highspy.Highs`` that is ready to run. ``prepare`` is done before the clock starts;
``steps`` are measured one by one and add up.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from pyomo.common.gc_manager import PauseGC

from models.build import build_model
from models.instance import Instance
from planner.solve.arrays import Arrays, load
from planner.solve.layout import lay_out
from planner.solve.templates import TemplateCache

#: Parts of Pyomo, imported by those that use them only.
_STANDARD_FORM = "pyomo.repn.plugins.standard_form"
_CONTRIB = "pyomo.contrib.solver.solvers.highs"
APPSI = "pyomo.contrib.appsi.solvers.highs"

#: One step of a way: takes what the step before gave.
Step = Callable[[Any], Any]


@dataclass(frozen=True)
class Problem:
    """What a way begins from; ``cousin`` has other numbers in the same structure."""

    instance: Instance
    cousin: Instance
    arrays: Arrays


@dataclass(frozen=True)
class Way:
    """A way to HiGHS: ``prepare`` and the ``imports`` are not measured, each of ``steps`` is."""

    meaning: str
    prepare: Step
    steps: tuple[tuple[str, Step], ...]
    imports: tuple[str, ...] = ()
    two_stage_only: bool = False


def _quiet() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    return highs


def _flat(problem: Problem) -> tuple[Any, ...]:
    """The arguments of passModel, every array of the type that HiGHS keeps."""
    a = problem.arrays
    rows, columns = a.matrix.shape
    return (
        columns,
        rows,
        a.matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        a.offset,
        a.cost,
        a.lower,
        a.upper,
        a.row_lower,
        a.row_upper,
        a.matrix.indptr.astype(np.int32),
        a.matrix.indices.astype(np.int32),
        a.matrix.data,
        a.integer.astype(np.int32),
    )


def _pass(arguments: tuple[Any, ...]) -> highspy.Highs:
    highs = _quiet()
    highs.passModel(*arguments)
    return highs


def _ours(cached: tuple[TemplateCache, Instance]) -> highspy.Highs:
    cache, instance = cached
    return load(lay_out(instance, cache.get(instance)).arrays, 1.0, {})


def _warmed(problem: Problem) -> tuple[TemplateCache, Instance]:
    """The cache has seen the same structure with other numbers."""
    cache = TemplateCache()
    lay_out(problem.cousin, cache.get(problem.cousin))
    return cache, problem.instance


def _stated(problem: Problem) -> Any:
    with PauseGC():
        return build_model(problem.instance)


def _compiled(model: Any) -> highspy.Highs:
    """The whole tree through Pyomo's standard form, one row per bound where a row has two."""
    standard_form: Any = importlib.import_module(_STANDARD_FORM)
    with PauseGC():
        form = standard_form.LinearStandardFormCompiler().write(model, mixed_form=True)
    right = np.asarray(form.rhs, dtype=float)
    kind = np.array([row.bound_type for row in form.rows])  # 1: <=, -1: >=, 0: equal
    columns = form.columns
    return _pass(
        (
            form.A.shape[1],
            form.A.shape[0],
            form.A.nnz,
            int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMinimize),
            float(form.c_offset[0]),
            form.c.toarray()[0],
            np.array([-np.inf if v.lb is None else v.lb for v in columns], dtype=float),
            np.array([np.inf if v.ub is None else v.ub for v in columns], dtype=float),
            np.where(kind == 1, -np.inf, right),
            np.where(kind == -1, np.inf, right),
            form.A.indptr.astype(np.int32),
            form.A.indices.astype(np.int32),
            form.A.data,
            np.array([not v.is_continuous() for v in columns], dtype=np.int32),
        )
    )


def _through_a_file(model: Any) -> highspy.Highs:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.lp"
        with PauseGC():
            model.write(str(path))
        highs = _quiet()
        highs.readModel(str(path))
    return highs


def _contrib(model: Any) -> highspy.Highs:
    solvers: Any = importlib.import_module(_CONTRIB)
    solver = solvers.Highs()
    with PauseGC():
        solver.set_instance(model)
    return solver._solver_model


def appsi(model: Any) -> highspy.Highs:
    """Pyomo's persistent interface of the older kind."""
    solvers: Any = importlib.import_module(APPSI)
    solver = solvers.Highs()
    with PauseGC():
        solver.set_instance(model)
    return solver._solver_model


def _same(problem: Problem) -> Problem:
    return problem


_STATE = ("state", _stated)

WAYS: dict[str, Way] = {
    "raw": Way("numpy arrays to passModel: the limit", _flat, (("pass", _pass),)),
    "planner, cached": Way("ours, this structure seen before", _warmed, (("lay out", _ours),)),
    "planner, cold": Way(
        "ours, nothing seen before",
        lambda problem: (TemplateCache(), problem.instance),
        (("compile and lay out", _ours),),
    ),
    "Pyomo standard form": Way(
        "whole tree, LinearStandardFormCompiler, passModel, gc off",
        _same,
        (_STATE, ("compile", _compiled)),
        (_STANDARD_FORM,),
    ),
    "Pyomo LP file": Way("whole tree, file, readModel", _same, (_STATE, ("file", _through_a_file))),
    "contrib.solver highs": Way(
        "whole tree, Highs.set_instance", _same, (_STATE, ("set", _contrib)), (_CONTRIB,)
    ),
    "appsi_highs": Way("whole tree, Highs.set_instance", _same, (_STATE, ("set", appsi)), (APPSI,)),
}
