"""What is measured: the tasks of `make bench` and of `make bench-full`.

`make bench` is a look at every row with seeds for development; `make bench-full` is the record:
every row of "Wanted" over the seeds of ``generator.RECORD``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.build_row import ALL_WAYS, applies
from benchmarks.generator import RECORD
from benchmarks.sizes_row import VARIANTS
from benchmarks.task import Task

PLANNER, EXTENSIVE_FORM = "planner", "HiGHS extensive form"
#: Ways that take seconds at size M; the others take minutes.
_FAST = ("raw", "planner, cached", "planner, cold", "linopy")
#: The shipped case has no seeds: it is measured so often.
_REPEATS = (1, 2, 3)


def quick() -> list[Task]:
    """A look at every row, in less than five minutes on a quiet machine."""
    return [
        *_build("S", (1, 2), ALL_WAYS),
        *_build("M", (2,), _FAST),
        *_agree((2,)),
        *_sizes((2,)),
        *_certify("S", (1,), 0.01, time_limit=60),
        *_change("S", (1,)),
        *_shipped((1,)),
        *_excel((1,)),
    ]


def full(seeds: Sequence[int] = RECORD) -> list[Task]:
    """Every row of "Wanted" over the seeds, the short ones first."""
    return [
        *_excel(seeds),
        *_shipped(_REPEATS),
        *_agree(seeds),
        *_build("S", seeds, ALL_WAYS),
        *_sizes(seeds),
        *_change("S", seeds),
        *_change("shipped", _REPEATS),
        *_build("M", seeds, _FAST),
        *_certify("S", seeds, 0.001, time_limit=120),
        *_worlds(seeds[:3], 100),
        *_worlds(seeds, 1000),
        *_certify("M", seeds, 0.01, time_limit=600),
        *_change("M", seeds),
        *_build("M", seeds, [way for way in ALL_WAYS if way not in _FAST]),
        *_worlds(seeds[:3], 10_000),
    ]


def _build(size: str, seeds: Sequence[int], ways: Iterable[str]) -> Iterator[Task]:
    ways = list(ways)
    return (Task("build", way, size, seed) for seed in seeds for way in ways if applies(way, seed))


def _agree(seeds: Sequence[int]) -> Iterator[Task]:
    return (
        Task("agree", way, "T", seed) for seed in seeds for way in ALL_WAYS if applies(way, seed)
    )


def _sizes(seeds: Sequence[int]) -> Iterator[Task]:
    return (Task("sizes", way, "S", seed) for seed in seeds for way in VARIANTS)


def _certify(size: str, seeds: Sequence[int], gap: float, time_limit: float) -> Iterator[Task]:
    """Planner first: the peer's time limit follows from what the planner took."""
    options = {"gap": gap, "time_limit": time_limit}
    return (
        Task("certify", way, size, seed, options)
        for seed in seeds
        for way in (PLANNER, EXTENSIVE_FORM)
    )


def _worlds(seeds: Sequence[int], worlds: int) -> Iterator[Task]:
    options = {"gap": 0.01, "worlds": worlds, "time_limit": 600 if worlds < 10_000 else 3000}
    return (Task("certify", PLANNER, "S", seed, options) for seed in seeds)


def _change(size: str, seeds: Sequence[int]) -> Iterator[Task]:
    return (Task("change", PLANNER, size, seed, {"time_limit": 600}) for seed in seeds)


def _shipped(seeds: Sequence[int]) -> Iterator[Task]:
    return (Task("shipped", PLANNER, "shipped", seed, {"time_limit": 300}) for seed in seeds)


def _excel(seeds: Sequence[int]) -> Iterator[Task]:
    for seed in seeds:
        yield Task("read", PLANNER, "W", seed)
        yield Task("export", PLANNER, "S", seed, {"rows": 100_000, "time_limit": 120})
