"""Plans side by side as people take them away."""
