"""CPU seconds and memory of a piece of work in this process.

Time is that of the process with all its threads, so a busy machine moves it less than the clock.
Memory is the highest resident set during the work less that before it; what the heap had free is
handed back first, or it would hide what the work takes.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Meter:
    """What a piece of work took."""

    cpu_s: float
    wall_s: float
    added_mb: float

    def figures(self, prefix: str = "") -> dict[str, float]:
        """As keys of a record."""
        return {
            f"{prefix}cpu_s": round(self.cpu_s, 4),
            f"{prefix}wall_s": round(self.wall_s, 4),
            f"{prefix}added_mb": round(self.added_mb, 1),
        }


def resident_mb(kind: str = "VmRSS") -> float:
    """Resident memory now (``VmRSS``) or at its highest (``VmHWM``) [MB]."""
    for line in _STATUS.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"{_STATUS} has no {kind}: memory is measured on Linux only")


def measured(work: Callable[[], _T]) -> tuple[_T, Meter]:
    """The work's result, and what it took."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5", encoding="ascii")  # the highest resident set begins anew
    before = resident_mb()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return result, Meter(cpu, wall, resident_mb("VmHWM") - before)
