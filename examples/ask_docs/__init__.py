"""A request with several questions about a folder's texts: split, routed to who can answer, and put together (P3)."""
