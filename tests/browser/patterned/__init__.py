"""Runs of every pattern that has a view, made by deterministic agents, for browsers to look at."""
