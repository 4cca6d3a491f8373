"""The triage of tickets: an agent pulls cards from a column, and people may take one over (P13)."""
