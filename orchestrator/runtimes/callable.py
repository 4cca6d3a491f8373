"""The runtime of Python functions: in a warm child process that can be killed, or inline for fast, trusted code.

Settings: `{"target": "package.module:function", "inline": false}`. Inline, the function runs in the slot's own thread,
which nobody can kill: its time is held from outside, by the lease, and a report that comes too late is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json, Outcome
from orchestrator.core.problems import Problem
from orchestrator.runtimes.calling import perform
from orchestrator.runtimes.in_child import Children
from orchestrator.runtimes.leash import Leash
from orchestrator.runtimes.port import Control, Job

_TARGET = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_KNOWN = ("target", "inline")


class CallableRuntime:
    """Calls the function an agent names."""

    name = "callable"

    def __init__(self, leash: Leash, roots: Iterable[Path], paths: Iterable[Path] = ()) -> None:
        """Keep what the first child will need; none is started yet."""
        self._children = Children(leash, roots, paths)

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Inline functions take a quick slot, all others a slow one."""
        return Lane.QUICK if settings.get("inline") is True else Lane.SLOW

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List what is wrong with the target; it is not imported here."""
        found = [
            Problem(path=name, message="there is no such setting", hint=f"known: {', '.join(_KNOWN)}")
            for name in settings
            if name not in _KNOWN
        ]
        if not _TARGET.match(str(settings.get("target", ""))):
            hint = 'write "package.module:function"'
            found.append(Problem(path="target", message="the function to call is missing or not a target", hint=hint))
        if not isinstance(settings.get("inline", False), bool):
            found.append(Problem(path="inline", message="expected true or false", hint="write true or leave it out"))
        return tuple(found)

    def run(self, job: Job, control: Control) -> Outcome:
        """Call the function once."""
        if job.spec.settings.get("inline") is True:
            return perform(self._children.allowed(job), control)
        return self._children.run(job, control)

    def warm(self) -> None:
        """Start the first child before a job needs it."""
        self._children.warm()

    def close(self) -> None:
        """End all children."""
        self._children.close()
