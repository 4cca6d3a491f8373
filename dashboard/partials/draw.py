"""Draws one fragment from its template: the only way fragments come about."""

from __future__ import annotations

from django.template.loader import render_to_string

from dashboard.live.frames import Fragment


def draw(name: str, template: str, /, **context: object) -> Fragment:
    """Return the fragment that fills the element of this id."""
    return Fragment(id=name, html=render_to_string(template, context).strip())
