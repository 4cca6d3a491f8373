"""What a view is given. One file each: `context` lays out what a step did, from its rows and facts, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.definition import Node
from orchestrator.core.ids import StepPath, name_of, segments
from orchestrator.models import Step
from orchestrator.queries.scenes import Scene

MOST = 50
"""Rows a view shows; with more, the rest is counted."""

MOST_INSIDE = 200
"""Steps right below one that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A step in the scene it is looked at in: now, or after one of the run's events."""

    at: Scene
    node: Node
    step: Step

    @property
    def path(self) -> str:
        """Return the step's path."""
        return self.step.path

    @property
    def memo(self) -> Mapping[str, Any]:
        """Return what the step's kind remembers."""
        return self.step.memo if isinstance(self.step.memo, dict) else {}

    def inside(self) -> dict[str, Step]:
        """Return the steps right below it by their names, of each the latest generation."""
        found = sorted(
            self.at.children(self.path, MOST_INSIDE), key=lambda one: segments(StepPath(one.path))[-1].generation
        )
        return {name_of(StepPath(one.path)): one for one in found}
