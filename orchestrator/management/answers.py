"""What is filled in at a gate when nobody looks: the shipped examples are run to their end by commands and tests."""

from __future__ import annotations

from orchestrator.core import schema
from orchestrator.core.outcomes import Json
from orchestrator.models import Gate

TEXT = "as you think best"


def edits_for(gate: Gate) -> dict[str, Json]:
    """Return what has to be filled in before a gate can be approved; nothing where it can be as it stands."""
    shown: dict[str, Json] = dict(gate.shown or {})
    wanted: dict[str, Json] = dict(gate.edit_schema or {})
    names: list[str] = list(gate.edit or [])
    if not schema.problems(wanted, {name: shown.get(name) for name in names}):
        return {}
    properties = wanted.get("properties")
    described = properties if isinstance(properties, dict) else {}
    return {name: _filled(described[name], shown.get(name)) for name in names if name in described}


def _filled(described: Json, shown: Json) -> Json:
    """Return a value a schema takes: what is shown, else the first of its options, else a text or a number."""
    wanted = described if isinstance(described, dict) else {}
    if not schema.problems(wanted, shown):
        return shown
    options = wanted.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    kinds: tuple[Json, ...] = (wanted.get("default"), TEXT, True, wanted.get("minimum", 0), [], {})
    return next((value for value in kinds if not schema.problems(wanted, value)), TEXT)
