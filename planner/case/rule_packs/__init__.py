"""Rule packs: laws and policies as rows with their sources, ready to be added to a workbook."""

from planner.case.rule_packs.fit import Adaptation, Addition, fit
from planner.case.rule_packs.pack import PACKS, RulePack, read_pack, read_packs

__all__ = ["PACKS", "Adaptation", "Addition", "RulePack", "fit", "read_pack", "read_packs"]
