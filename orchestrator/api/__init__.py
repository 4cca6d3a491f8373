"""The door for machines: HTTP under /api/v1, one file a noun. What is allowed and what happens is in `services`."""
