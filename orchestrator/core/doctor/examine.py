"""Runs every check there is: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.doctor import crews, sprawl
from orchestrator.core.doctor.finding import Facts, Finding
from orchestrator.core.doctor.overlap import overlaps


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return everything worth mending: agents by name, then workflows by name."""
    return (*sorted(_of_agents(facts), key=lambda one: (one.name, one.check)), *_of_workflows(facts))


def _of_agents(facts: Facts) -> Iterator[Finding]:
    for spec in facts.agents.values():
        for check in sprawl.CHECKS:
            yield from check(spec, facts)
    yield from overlaps(facts)


def _of_workflows(facts: Facts) -> Iterator[Finding]:
    for name in sorted(facts.workflows):
        for check in crews.CHECKS:
            yield from check(facts.workflows[name], facts)
