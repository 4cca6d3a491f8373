"""Three linters look at the same packages and vote on each: split, merged by majority, dissent kept (P2)."""
