"""Tickets go the way their words say: answered from the documentation, or handed to a queue (P14)."""
