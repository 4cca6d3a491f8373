"""Drills: dry runs of a workflow in the in-memory engine, in which one thing goes wrong on purpose (R10)."""
