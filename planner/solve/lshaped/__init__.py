"""Many worlds: the tree cut at its first branching, one small problem for each subtree."""
