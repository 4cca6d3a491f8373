"""Keeps open pages current: one hub a web process reads once, renders once per change and topic, and fans out."""
