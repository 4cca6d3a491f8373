"""Fragments, one file a noun: the same functions draw a page, answer htmx and feed the sockets."""
