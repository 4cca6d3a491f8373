"""What conditions of a workflow ask for: the texts they compare with, so that made-up answers reach its branches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from orchestrator.core.definition import Node, Workflow
from orchestrator.core.drill.places import every
from orchestrator.core.drill.samples import Hints

_ASKS = re.compile(r"\.(\w+)\s*[!=]=\s*'([^']*)'")
_PASSED_BY = ("status", "degraded")
"""What the engine says of steps, and no agent."""


def hints(workflows: tuple[Workflow, ...]) -> Hints:
    """Return, by name of a field, the texts that conditions compare it with, and one they do not."""
    found: dict[str, dict[str, None]] = {}
    for workflow in workflows:
        for _, node in every(workflow.root):
            for text in _texts(node):
                for name, value in _ASKS.findall(text):
                    found.setdefault(name, {})[value] = None
    return {name: (*(one for one in values if one), f"another {name}") for name, values in found.items()
            if name not in _PASSED_BY}  # fmt: skip


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
