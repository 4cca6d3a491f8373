"""The runtime of models, as the worker sees it: the conversation is had in a warm child process, which can be killed.

Settings: `{"model": "provider:name", "base_url": …, "key_env": …, …}`, see `settings.py`. The library that speaks to
providers is imported by the child with its first job. Its processes are not those of functions: they are larger.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json, Outcome
from orchestrator.core.problems import Problem
from orchestrator.runtimes.in_child import Children
from orchestrator.runtimes.leash import Leash
from orchestrator.runtimes.llm import settings as reading
from orchestrator.runtimes.port import Control, Job


class LlmRuntime:
    """Asks the model an agent names."""

    name = "llm"

    def __init__(self, leash: Leash, roots: Iterable[Path], paths: Iterable[Path] = ()) -> None:
        """Keep what the first child will need; none is started yet."""
        self._children = Children(leash, roots, paths)

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Take a slow slot: it is a process that waits."""
        return Lane.SLOW

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List what is wrong with the settings. Whether the key is there is seen by the worker, when it is needed."""
        return reading.problems(settings)

    def run(self, job: Job, control: Control) -> Outcome:
        """Have the conversation of one attempt."""
        return self._children.run(job, control)

    def close(self) -> None:
        """End all children."""
        self._children.close()
