"""What conditions of a workflow compare with: texts and numbers, so that made-up answers reach its branches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from orchestrator.core.definition import Node, Workflow
from orchestrator.core.drill.places import every
from orchestrator.core.drill.samples import Hints

_ASKS = re.compile(r"\.(\w+)\s*[!=]=\s*'([^']*)'")
_COMPARES = re.compile(r"\.(\w+)\s*(?:[<>]=?|[!=]=)\s*(-?\d+(?:\.\d+)?)")
_PASSED_BY = ("status", "degraded")
"""What the engine says of steps, and no agent."""


def hints(workflows: tuple[Workflow, ...]) -> Hints:
    """Return, by name of a field, the numbers and texts that conditions compare it with, and a text they do not."""
    found: dict[str, dict[str | float, None]] = {}
    for workflow in workflows:
        for text in (text for _, node in every(workflow.root) for text in _texts(node)):
            for name, number in _COMPARES.findall(text):
                found.setdefault(name, {})[float(number)] = None
            for name, value in _ASKS.findall(text):
                found.setdefault(name, {})[value] = None
    return {name: _with_another(name, values) for name, values in found.items() if name not in _PASSED_BY}


def _with_another(name: str, values: Iterable[str | float]) -> tuple[str | float, ...]:
    kept = [one for one in values if one != ""]
    return (*kept, f"another {name}") if any(isinstance(one, str) for one in values) else tuple(kept)


def _texts(node: Node) -> Iterator[str]:
    """Yield every text of a node that may be an expression; nodes inside are looked at by themselves."""
    for one in fields(node):
        yield from _in(getattr(node, one.name, None))


def _in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _in(getattr(inner, "check", inner) if not isinstance(inner, Node) else None)
