"""What to check in a folder depends on what lies in it: a planner looks, and returns a graph of checks (P6)."""
