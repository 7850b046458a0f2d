"""The mathematics: the formulation in Pyomo, and the input that it owns."""

#: Tells this package from a foreign one of the same name.
FORMULATION_OF = "rare-earth-planner"
