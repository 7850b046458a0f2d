"""The page docs/benchmarks.md: every record in a table, ratios from one run, misses counted."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from benchmarks.build_row import ALL_WAYS
from benchmarks.catalogue import EXTENSIVE_FORM, PLANNER
from benchmarks.record import Record
from benchmarks.sizes_row import OURS, VARIANTS
from benchmarks.task import Figures
from benchmarks.wanted import Goal, goals, mean_of_ratios, missed

_INTRO = """# Benchmarks

Written by `make bench-full` from `benchmarks/results/full.jsonl`; do not edit. Seconds are CPU
seconds of the process with all its threads; memory is what the work adds to the resident set. A
ratio compares two runs of the same case, one after the other; means of ratios are geometric. Cases
are drawn by seed (`benchmarks/generator.py`), the seeds fixed before anything was measured; half of
them have three epochs or more with integers in the subtrees. What failed is counted, not dropped.

PyPSA is left out: it has no words for licences, contracts decided before the news, qualification or
integers in the nodes of a tree, and no drawn case is without them. It states its models through
linopy, whose figures stand for it. mpi-sppy's extensive form takes the two-stage cases only.
"""

_BUILD_INTRO = """## Pyomo to HiGHS

From one instance to a HiGHS that holds it. What bounds our way is memory more than arithmetic: to
hand over finished arrays touches each figure once or twice, to make them from the nodes' figures
some five times, and most of either time is the system's, mapping fresh memory. What is compiled per
structure takes Pyomo 0.1 s (S) to 0.4 s (M), whatever the number of worlds. linopy is handed
finished coefficients here; a user's expressions would cost it more.
"""


def page(record: Record) -> str:
    """All that a results file says, as Markdown."""
    parts = [
        _INTRO,
        _measured_with(list(record.by_key.values())),
        _wanted(goals(record)),
        _build(record.of("build")),
        _agree(record.of("agree")),
        _sizes(record.of("sizes")),
        _certify(record.of("certify")),
        _worlds(record.of("certify")),
        _change(record.of("change")),
        _simple("The shipped case, cold: workbook to verified plan", record.of("shipped")),
        _simple("A workbook of many rows, read and checked", record.of("read")),
        _simple("A plan written to Excel", record.of("export")),
        _failures(list(record.by_key.values())),
    ]
    return "\n".join(part for part in parts if part)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _spread(values: Sequence[float]) -> str:
    """Median (least to most)."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2] if ordered else math.nan
    if len(ordered) < 2:
        return _number(middle)
    return f"{_number(middle)} ({_number(ordered[0])} to {_number(ordered[-1])})"


def _measured_with(entries: Sequence[Figures]) -> str:
    if not entries:
        return "Nothing is measured yet.\n"
    commits = sorted({str(e["commit"]) for e in entries})
    machines = sorted({f"{e['cpu']}, {e['cores']} cores" for e in entries})
    versions = sorted({", ".join(f"{k} {v}" for k, v in e["versions"].items()) for e in entries})
    loads = [float(e["load"]) for e in entries]
    seeds = sorted({int(e["seed"]) for e in entries if e["size"] != "shipped"})
    return (
        f"Machine: {'; '.join(machines)}. Versions: {'; '.join(versions)}. Commits:"
        f" {', '.join(commits)}. Seeds: {', '.join(map(str, seeds))}. Runs: {len(entries)}, failed:"
        f" {sum('error' in e for e in entries)}. Load of the machine when a run ended:"
        f" {min(loads):.1f} to {max(loads):.1f}.\n"
    )


def _wanted(found: Sequence[Goal]) -> str:
    rows = [
        [
            goal.name,
            goal.asked,
            _number(goal.value),
            "**missed**" if goal.verdict == "missed" else goal.verdict,
            f"{goal.runs} of {goal.wanted}",
        ]
        for goal in found
    ]
    header = ("goal", "wanted", "measured", "", "runs that count")
    return (
        "## Wanted\n\nA goal is met when it holds over all its runs and none of them failed.\n\n"
        + _table(header, rows)
    )


def _build(entries: Sequence[Figures]) -> str:
    if not entries:
        return ""
    parts = [_BUILD_INTRO]
    for size in sorted({e["size"] for e in entries}):
        of_size = [e for e in entries if e["size"] == size]
        raw = {e["seed"]: e["cpu_s"] for e in of_size if e["way"] == "raw" and "error" not in e}
        rows: list[list[str]] = []
        for way in ALL_WAYS:
            asked = [e for e in of_size if e["way"] == way]
            done = [e for e in asked if "error" not in e]
            ratios = [e["cpu_s"] / raw[e["seed"]] for e in done if e["seed"] in raw]
            memory = [e["added_mb"] / (e["nonzeros"] / 1e6) for e in done]
            if asked:
                rows.append(
                    [way, ALL_WAYS[way].meaning, _spread([e["cpu_s"] for e in done]),
                     _number(mean_of_ratios(ratios)), _spread(memory), f"{len(done)} of {len(asked)}"]
                )  # fmt: skip
        shape = [e for e in of_size if e["way"] == "raw" and "error" not in e]
        sizes = ", ".join(
            f"{_spread([e[what] / 1000 for e in shape])} k {what}"
            for what in ("columns", "rows", "nonzeros")
        )
        header = ("way", "what", "CPU s", "times raw", "MB per million non-zeros", "runs")
        parts += [f"Size {size}: {sizes}.\n", _table(header, rows)]
    return "\n".join(parts)


def _agree(entries: Sequence[Figures]) -> str:
    if not entries:
        return ""
    agreed = sum(bool(e.get("agrees")) for e in entries)
    return (
        f"Every way's model, solved to the end at the tiny size, has the optimum of our arrays"
        f" (1e-6 relative): {agreed} of {len(entries)} runs.\n"
    )


def _sizes(entries: Sequence[Figures]) -> str:
    """Each variant beside ours on the same seed."""
    if not entries:
        return ""
    ours = {e["seed"]: e for e in entries if e["way"] == OURS and "error" not in e}
    rows: list[list[str]] = []
    for way in VARIANTS:
        asked = [e for e in entries if e["way"] == way]
        done = [e for e in asked if "error" not in e and e["seed"] in ours]
        pairs = [(e, ours[e["seed"]]) for e in done]
        whats = ("columns", "rows", "nonzeros", "presolved_columns", "presolved_rows", "cpu_s")
        shares = [_number(mean_of_ratios(e[w] / o[w] for e, o in pairs)) for w in whats]
        lost = [100 * (1 - e["relaxation"] / o["relaxation"]) for e, o in pairs]
        rows.append([way, *shares, _spread(lost), f"{len(done)} of {len(asked)}"])
    header = ("", "columns", "rows", "non-zeros", "columns after presolve", "rows after presolve",
              "CPU s of the relaxation", "bound lower by %", "runs")  # fmt: skip
    return (
        "## Tighter and smaller before solving, size S\n\nEach as a multiple of the planner's own"
        " (geometric mean); what the variants are stands in `benchmarks/sizes_row.py`.\n\n"
        + _table(header, rows)
    )


def _group(entry: Figures) -> tuple[str, float, int]:
    return entry["size"], entry["options"]["gap"], entry["options"].get("worlds", 0)


def _certify(entries: Sequence[Figures]) -> str:
    pairs: dict[tuple[str, float, int], dict[int, dict[str, Figures]]] = defaultdict(dict)
    for entry in entries:
        pairs[_group(entry)].setdefault(entry["seed"], {})[entry["way"]] = entry
    parts: list[str] = []
    for (size, gap, _), by_seed in sorted(pairs.items()):
        both = {s: ways for s, ways in by_seed.items() if len(ways) == 2}
        if not both:
            continue
        rows: list[list[str]] = []
        ratios: list[float] = []
        for seed, ways in both.items():
            ours, peer = ways[PLANNER], ways[EXTENSIVE_FORM]
            cells, ratio = _pair(ours, peer, gap)
            rows.append([str(seed), *cells])
            if ratio is not None:
                ratios.append(ratio)
        header = (
            "seed",
            "columns",
            "planner CPU s",
            "gap",
            "HiGHS CPU s",
            "its gap",
            "times as fast",
        )
        slower = sum(ratio < 1 for ratio in ratios)
        parts += [
            f"## Certified to {gap:.1%}, size {size}: the planner beside HiGHS on the extensive form\n",
            _table(header, rows),
            f"Geometric mean {_number(mean_of_ratios(ratios))} times as fast (a peer that was cut"
            f" counts with its time so far), worst {_number(min(ratios, default=math.nan))}, slower"
            f" on {slower} of {len(both)}; gap not reached by the planner on"
            f" {sum(missed(w[PLANNER], gap) for w in both.values())}, by the peer on"
            f" {sum(missed(w[EXTENSIVE_FORM], gap) for w in both.values())}.\n",
        ]
    return "\n".join(parts)


def _pair(ours: Figures, peer: Figures, gap: float) -> tuple[list[str], float | None]:
    """Cells of one seed, and the ratio where there is one."""
    if "error" in ours:
        return ["-", "failed", "-", _number(peer.get("cpu_s")), "-", "-"], None
    ratio = None
    times = "-"
    limit = float(peer["options"]["time_limit"])
    took = float(peer.get("cpu_s", limit))
    if not missed(ours, gap):
        ratio = took / float(ours["cpu_s"])
        times = f"{'at least ' if missed(peer, gap) else ''}{_number(ratio)}"
    reached = "none" if "error" in peer or peer.get("gap") is None else f"{peer['gap']:.2%}"
    return [
        f"{ours['columns']:,}",
        _number(ours["cpu_s"]),
        f"{ours['gap']:.2%}",
        f"{_number(took)}{', cut' if missed(peer, gap) else ''}",
        reached,
        times,
    ], ratio


def _worlds(entries: Sequence[Figures]) -> str:
    groups: dict[int, list[Figures]] = defaultdict(list)
    for entry in entries:
        if entry["options"].get("worlds"):
            groups[entry["options"]["worlds"]].append(entry)
    if not groups:
        return ""
    rows: list[list[str]] = []
    for worlds, found in sorted(groups.items()):
        done = [e for e in found if "error" not in e]
        rows.append(
            [
                f"{worlds:,}",
                _spread([e["cpu_s"] for e in done]),
                _spread([1000 * e["cpu_s"] / worlds for e in done]),
                _spread([e["process_peak_mb"] for e in done]),
                _spread([100 * e["gap"] for e in done if e["gap"] is not None]),
                f"{sum(not missed(e, 0.01) for e in found)} of {len(found)}",
            ]
        )
    header = ("worlds", "CPU s", "CPU s per 1,000", "peak MB", "gap %", "certified to 1 %")
    return "## Many worlds of size S\n\n" + _table(header, rows)


def _change(entries: Sequence[Figures]) -> str:
    if not entries:
        return ""
    rows: list[list[str]] = []
    for size in sorted({e["size"] for e in entries}):
        found = [e for e in entries if e["size"] == size]
        done = [e for e in found if "error" not in e]
        answers = [answer for e in done for answer in e["answers"]]
        rows.append(
            [
                size,
                _spread([e["first"]["cpu_s"] for e in done]),
                _spread([a["cpu_s"] for a in answers]),
                _spread([a["wall_s"] for a in answers]),
                f"{sum(a['status'] == 'optimal' and a['verified'] for a in answers)} of {len(answers)}",
                f"{len(done)} of {len(found)}",
            ]
        )
    header = (
        "size",
        "first solve, CPU s",
        "changed, CPU s",
        "by the clock, s",
        "to the gap, verified",
        "runs",
    )
    return (
        "## Change one number and solve again\n\nFrom the change to the verified plan with all its"
        " tables, warm: a fee, a price, a capacity and a demand one after the other.\n\n"
        + _table(header, rows)
    )


def _simple(title: str, entries: Sequence[Figures]) -> str:
    if not entries:
        return ""
    done = [e for e in entries if "error" not in e]
    row = [
        _spread([e["cpu_s"] for e in done]),
        _spread([e["wall_s"] for e in done]),
        _spread([e["added_mb"] for e in done]),
        f"{len(done)} of {len(entries)}",
    ]
    header = ["CPU s", "by the clock, s", "MB added", "runs"]
    if done and "excel_rows" in done[0]:
        header.insert(0, "rows")
        row.insert(0, _spread([e["excel_rows"] for e in done]))
    return f"## {title}\n\n" + _table(header, [row])


def _failures(entries: Sequence[Figures]) -> str:
    failed = [e for e in entries if "error" in e]
    if not failed:
        return ""
    rows = [[e["row"], e["way"], e["size"], str(e["seed"]), str(e["error"])[:120]] for e in failed]
    return "## What failed\n\n" + _table(("row", "way", "size", "seed", "error"), rows)
