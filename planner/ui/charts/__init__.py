"""Pictures of cases and plans: each a pure function that gives a chart, its table and its words."""
