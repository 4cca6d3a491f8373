"""What is likely to go wrong with agents and workflows as they are described: findings with remedies. Pure (A5, A8)."""
