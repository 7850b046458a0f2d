"""Every check across rows, in one table: what is a fault, what only a warning."""

from __future__ import annotations

from planner.case.checks import (
    licences,
    plans,
    plants,
    policy,
    references,
    sourcing,
    timeline,
    tree,
)
from planner.case.checks.view import Check, View

_ATTRIBUTES = ("sites", "materials", "composition")

CHECKS: tuple[Check, ...] = (
    Check(references.duplicates),
    Check(references.reserved_names),
    Check(references.unknown_names),
    Check(references.misspelt_countries),
    Check(timeline.period_dates, whole=("periods",)),
    Check(timeline.epochs, whole=("periods",)),
    Check(timeline.windows),
    Check(sourcing.site_kinds),
    Check(sourcing.composition_sums),
    Check(sourcing.offer_terms),
    Check(sourcing.qualification),
    Check(sourcing.lane_ends),
    Check(sourcing.shortage_price),
    Check(sourcing.duty_value),
    Check(plants.recipes_complete, whole=("recipes", "blends")),
    Check(plants.element_yields, whole=("recipes", "composition")),
    Check(plants.stock_limits),
    Check(plants.past_sales_years, whole=("periods",)),
    Check(plants.substitute_materials),
    Check(plants.project_targets),
    Check(licences.transition_sums, whole=("transitions",)),
    Check(licences.regime_today, whole=("transitions", "periods", "settings")),
    Check(licences.odds_sums),
    Check(licences.odds_complete, whole=("licence_odds", "transitions")),
    Check(licences.teams),
    Check(licences.track_limits),
    Check(licences.de_minimis_values, whole=("recipes", "composition")),
    Check(licences.rule_terms),
    Check(tree.one_tree),
    Check(tree.tree_shape, whole=("tree", "periods")),
    Check(tree.tree_probabilities, whole=("tree",)),
    Check(tree.root_outcomes),
    Check(tree.branch_counts, whole=("periods",)),
    Check(tree.node_values, whole=_ATTRIBUTES),
    Check(policy.cap_scope),
    Check(policy.cap_limits),
    Check(policy.limit_values),
    Check(policy.stress_windows, whole=("periods", "lanes")),
    Check(plans.commitment_amounts),
    Check(plans.commitment_periods, whole=("periods",)),
    Check(plans.scenarios, whole=_ATTRIBUTES),
    Check(references.idle_names, warning=True),
    Check(timeline.long_epochs, whole=("periods",), warning=True),
    Check(sourcing.free_options, warning=True),
    Check(sourcing.idle_terms, warning=True),
    Check(sourcing.unreachable_demand, whole=("lanes", "offers", "recipes"), warning=True),
    Check(plants.idle_plants, whole=("projects", "returns", "demand"), warning=True),
    Check(plants.double_collection, warning=True),
    Check(licences.idle_licences, whole=("rules",), warning=True),
    Check(
        policy.starving_caps, whole=("periods", "composition", "materials", "offers"), warning=True
    ),
    Check(policy.idle_caps, whole=("composition", "materials"), warning=True),
)

__all__ = ["CHECKS", "View"]
