"""Agents that are carried out by processes elsewhere, which lease their work over the API: no worker of ours does."""

from __future__ import annotations

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Failed, Failure, Json, Outcome
from orchestrator.core.problems import Problem
from orchestrator.runtimes.port import Control, Job


class RemoteRuntime:
    """See the module."""

    name = "remote"

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Take no slot of ours."""
        return Lane.REMOTE

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List settings: there are none."""
        hint = "remove it: whoever leases the work knows how to do it"
        return tuple(Problem(path=name, message="there is no such setting", hint=hint) for name in settings)

    def run(self, job: Job, control: Control) -> Outcome:
        """Say that nobody here does it."""
        reason = f"{job.spec.name} is carried out elsewhere: start a worker that leases its work."
        return Failed(kind=Failure.UNAVAILABLE, reason=reason)

    def close(self) -> None:
        """Do nothing: it starts no process."""
