"""Regimes, licences and their odds, tracks and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.case.case import Row
from planner.case.checks.view import View
from planner.errors import Fault

#: Tolerance of probabilities that must sum to something.
TOLERANCE = 1e-6
MAX_TRACKS = 2


def transition_sums(view: View) -> Iterator[Fault]:
    """Transitions of a regime that do not sum to 1."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("transitions"):
        rows[row["from_regime"]].append(row)
    for regime, leaving in rows.items():
        total = sum(row["probability"] for row in leaving)
        if abs(total - 1) > TOLERANCE:
            yield view.fault(
                "probability-sum", "transitions", leaving[0], "probability",
                f"probabilities from '{regime}' that sum to 1",
                "Correct them, or add the regime that is missing.", f"a sum of {total:.9g}",
            )  # fmt: skip


def regime_today(view: View) -> Iterator[Fault]:
    """A first regime that is absent, unknown, or from which nothing leads on."""
    if not view.rows("transitions"):
        return
    today = view.settings["regime_today"]
    row = next((row for row in view.sheets["settings"] if row["key"] == "regime_today"), None)
    if today is None:
        yield view.fault(
            "missing-value", "settings", row, "value", "the regime of the first epoch",
            "Add the key regime_today: 'transitions' needs it.", "no regime_today",
        )  # fmt: skip
        return
    if today not in view.regimes:
        yield view.fault(
            "unknown-name", "settings", row, "value", "a regime that 'transitions' names",
            "Known are: " + ", ".join(sorted(view.regimes)) + ".", f"'{today}'",
        )  # fmt: skip
        return
    onward: dict[str, set[str]] = defaultdict(set)
    for each in view.rows("transitions"):
        if each["probability"] > 0:
            onward[each["from_regime"]].add(each["to_regime"])
    reached, stuck = {today}, set[str]()
    for _ in range(2, view.last_epoch + 1):
        stuck |= {regime for regime in reached if not onward[regime]}
        reached = {after for regime in reached for after in onward[regime]}
    for regime in sorted(stuck):
        into = next((r for r in view.rows("transitions") if r["to_regime"] == regime), None)
        yield view.fault(
            "missing-row", "transitions", into, "to_regime", f"rows that leave '{regime}' as well",
            f"Add how '{regime}' goes on, if only to itself with probability 1.", f"'{regime}', which nothing leaves",
        )  # fmt: skip


def odds_sums(view: View) -> Iterator[Fault]:
    """Odds that do not sum to 1."""
    for row in view.rows("licence_odds"):
        total = row["on_time"] + row["late"] + row["denied"]
        if abs(total - 1) > TOLERANCE:
            yield view.fault(
                "probability-sum", "licence_odds", row, "on_time", "on_time + late + denied = 1",
                "Correct the three.", f"a sum of {total:.9g}",
            )  # fmt: skip


def odds_complete(view: View) -> Iterator[Fault]:
    """With transitions: licences without odds in some regime."""
    if not view.rows("transitions"):
        return
    given = {(row["licence"], row["regime"]) for row in view.rows("licence_odds")}
    for row in view.rows("licences"):
        absent = sorted(regime for regime in view.regimes if (row["licence"], regime) not in given)
        if absent:
            yield view.fault(
                "missing-row", "licences", row, "licence", "a row of 'licence_odds' for every regime",
                f"Add its odds in: {', '.join(absent)}.",
            )  # fmt: skip


def teams(view: View) -> Iterator[Fault]:
    """Team limits that differ between the team's rows, or belong to no team."""
    first: dict[str, Row] = {}
    for row in view.rows("licences"):
        if row["team"] is None:
            if row["max_applications"] is not None:
                yield view.fault(
                    "missing-value", "licences", row, "team", "a team, to which max_applications belongs",
                    "Name the team or clear max_applications.",
                )  # fmt: skip
            continue
        leader = first.setdefault(row["team"], row)
        if row["max_applications"] != leader["max_applications"]:
            yield view.fault(
                "team-differs", "licences", row, "max_applications",
                f"{leader['max_applications']}, as in row {leader.number}",
                f"The limit of team '{row['team']}' must be equal in all its rows.",
            )  # fmt: skip


def track_limits(view: View) -> Iterator[Fault]:
    """More than two tracks."""
    for row in view.rows("tracks")[MAX_TRACKS:]:
        yield view.fault(
            "too-many-tracks", "tracks", row, "track", f"at most {MAX_TRACKS} tracks",
            "Keep the two that matter most.",
        )  # fmt: skip


def de_minimis_values(view: View) -> Iterator[Fault]:
    """Materials without the value by which the de minimis rule measures inputs and outputs."""
    recipes: dict[str, list[Row]] = defaultdict(list)
    for row in view.rows("recipes"):
        recipes[row["process"]].append(row)
    missing: dict[str, str] = {}
    for track in view.rows("tracks"):
        if track["de_minimis_share"] == 0:
            continue
        for recipe in recipes.values():
            inputs = [r for r in recipe if _is_input(r) and _can_be_on(view, r["material"], track)]
            outputs = [r for r in recipe if not _is_input(r)]
            for row in (*inputs, *outputs) if inputs else ():
                missing.setdefault(row["material"], track["track"])
    for name, track in missing.items():
        material = view.by_name("materials").get(name)
        if material is not None and material["value_usd_per_kg"] is None:
            yield view.fault(
                "missing-value", "materials", material, "value_usd_per_kg", "a value in USD/kg",
                f"Fill in its value: the de minimis rule of track '{track}' needs it.",
            )  # fmt: skip


def _is_input(row: Row) -> bool:
    return row["t_per_t"] is None or row["t_per_t"] < 0


def _can_be_on(view: View, name: str, track: Row) -> bool:
    material = view.by_name("materials").get(name)
    stage_fits = material is not None and (
        not track["stages"] or material["stage"] in track["stages"]
    )
    return stage_fits and (
        not track["elements"] or bool(set(track["elements"]) & set(view.shares.get(name, {})))
    )


def rule_terms(view: View) -> Iterator[Fault]:
    """Rules that lack what their reach needs."""
    for row in view.rows("rules"):
        content = row["reach"] == "content"
        needed = "track" if content else "exporter"
        if not row[needed]:
            yield view.fault(
                "missing-value", "rules", row, needed, f"a {'track' if content else 'country'}",
                f"A rule of reach `{row['reach']}` needs {needed}.",
            )  # fmt: skip
        if content and row["covers"] != "goods":
            yield view.fault(
                "reach-not-goods", "rules", row, "reach", f"`export` where covers is `{row['covers']}`",
                "Only goods have content: correct reach or covers.",
            )  # fmt: skip


def idle_licences(view: View) -> Iterator[Fault]:
    """Warnings: licences that nothing asks for, and figures without effect."""
    asked = {
        text.removeprefix("licence:") for row in view.rows("rules") for text in row["requirement"]
    }
    for row in view.rows("licences"):
        if row["licence"] not in asked:
            yield view.fault(
                "no-effect", "licences", row, "licence", "a rule that asks for the licence",
                "No rule asks for it: it is never needed.",
            )  # fmt: skip
    for row in view.rows("licence_odds"):
        if row["late"] > 0 and row["late_months"] == 0:
            yield view.fault(
                "no-effect", "licence_odds", row, "late_months", "months above 0 where late is above 0",
                "A licence that is 0 months late is on time.",
            )  # fmt: skip
    for row in view.rows("rules"):
        if row["reach"] == "export" and row["track"] is not None:
            yield view.fault(
                "no-effect", "rules", row, "track", "blank with reach `export`",
                "Tracks matter to rules of reach `content`.",
            )  # fmt: skip
    if (view.rows("transitions") or view.rows("tree")) and view.last_epoch == 1:
        sheet = "transitions" if view.rows("transitions") else "tree"
        yield view.fault(
            "no-effect", sheet, None, None, "periods in at least two epochs",
            "With a single epoch nothing can become known.", "one epoch only",
        )  # fmt: skip
    for row in view.rows("shocks"):
        if all(row[f] == 1 for f in ("price_factor", "capacity_factor", "demand_factor")):
            yield view.fault("no-effect", "shocks", row, "member", "a factor other than 1", "The row changes nothing.")  # fmt: skip
