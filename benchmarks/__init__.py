"""The figures of docs/benchmarks.md: seeded cases, peers on the same instance, one command."""
