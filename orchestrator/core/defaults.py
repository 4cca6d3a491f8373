"""Fills in what a contract gives as `default`, so that a value left out means the same from every door."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.outcomes import Json


def filled(schema: Mapping[str, Json], value: Json) -> Json:
    """Return a value with the defaults of its object's properties, and of theirs, where nothing was given."""
    properties = schema.get("properties")
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return value
    made = dict(value)
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            continue
        if name in made or "default" in inner:
            made[name] = filled(inner, made.get(name, inner.get("default")))
    return made
