"""A summary that gets better round by round, until it tells enough of a text or stops getting better (P7)."""
