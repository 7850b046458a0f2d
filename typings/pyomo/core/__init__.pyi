# Pyomo ships no types. What pyright infers from its source is wrong (an indexed component is
# taken for one that has no items), so every name of Pyomo is Any.
