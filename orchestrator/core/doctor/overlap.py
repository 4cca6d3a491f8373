"""Finds agents that can the same: they share a capability, a role and a contract, and stand in no workflow together.

Those that do are alternatives on purpose: they vote, debate, or stand in for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from orchestrator.core.agents import AgentSpec
from orchestrator.core.doctor.finding import Facts, Finding
from orchestrator.core.outcomes import Json
from orchestrator.core.similarity import similarity

ALIKE = 0.7
"""From which likeness on, as `core.similarity` measures it, two agents are held to be the same."""
MOST_PAIRS = 3_000
"""Pairs that are compared, so that a page need not wait for thousands of agents."""


def overlaps(facts: Facts) -> Iterator[Finding]:
    """Find pairs, each once, under the name that comes first."""
    chosen = {capability for workflow in facts.workflows.values() for capability in workflow.capabilities}
    together = [frozenset(workflow.agents) for workflow in facts.workflows.values()]
    for one, other in _pairs(facts):
        is_chosen = bool(chosen & {*one.capabilities} & {*other.capabilities})
        if is_chosen or any({one.name, other.name} <= crew for crew in together):
            continue
        alike = similarity(_outline(one), _outline(other))
        if alike >= ALIKE:
            shared = ", ".join(sorted({*one.capabilities} & {*other.capabilities}))
            yield Finding(
                check="overlap", noun="agent", name=one.name, where="capabilities",
                what=f"can {shared} as {other.name} can, and is {alike:.0%} like it",
                why="whoever chooses between them chooses by chance, and both have to be kept in order",
                remedy=f"make one of them, or say in their roles what each is for ({other.name}: {other.role})",
            )  # fmt: skip


def _pairs(facts: Facts) -> Iterator[tuple[AgentSpec, AgentSpec]]:
    seen: set[tuple[str, str]] = set()
    by_capability: dict[str, list[AgentSpec]] = {}
    for spec in sorted(facts.agents.values(), key=lambda spec: spec.name):
        for capability in spec.capabilities:
            by_capability.setdefault(capability, []).append(spec)
    for crew in by_capability.values():
        for one, other in combinations(crew, 2):
            if len(seen) >= MOST_PAIRS:
                return
            if (one.name, other.name) not in seen:
                seen.add((one.name, other.name))
                yield one, other


def _outline(spec: AgentSpec) -> Json:
    """Return what two agents are compared by."""
    return {
        "capabilities": [*spec.capabilities], "role": spec.role, "instructions": spec.instructions,
        "input": spec.input_schema, "output": spec.output_schema,
    }  # fmt: skip
