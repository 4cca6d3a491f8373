"""Checks of one workflow: crews that are too large, and branches that gain nothing from being side by side (A5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestrator.core.definition import Workflow
from orchestrator.core.doctor.finding import Facts, Finding

MOST_AGENTS = 7
LEAST_GAIN = 1.2
"""Time of the branches one after another by time side by side; below it nothing is gained."""
LEAST_RUNS = 3
LEAST_SECONDS = 0.5
"""Of all branches together: below it nobody would notice."""


def crowd(workflow: Workflow, facts: Facts) -> Iterator[Finding]:
    """Find crews nobody can keep in mind."""
    if len(workflow.agents) > MOST_AGENTS:
        yield Finding(
            check="crowd", noun="workflow", name=workflow.name, what=f"{len(workflow.agents)} agents work in it",
            why=f"with more than {MOST_AGENTS} in one workflow, most of what goes wrong goes wrong between them",
            remedy="move a part that belongs together into a workflow of its own, and run it as a step",
        )  # fmt: skip


def gain(workflow: Workflow, facts: Facts) -> Iterator[Finding]:
    """Find steps whose branches took as long side by side as they would have one after another."""
    for one in facts.spans:
        if one.workflow != workflow.name or one.runs < LEAST_RUNS or one.apart < LEAST_SECONDS:
            continue
        if one.apart / max(one.together, 1e-6) < LEAST_GAIN:
            side, added = one.together / one.runs, one.apart / one.runs
            yield Finding(
                check="no-gain", noun="workflow", name=workflow.name, where=one.step,
                what=f"side by side its branches took {side:.1f} s, added up {added:.1f} s",
                why="branches cost a merge and slots, and are worth it only where they save time or see more",
                remedy="let one agent do it, split the work more evenly, or give workers more slots",
            )  # fmt: skip


CHECKS: tuple[Callable[[Workflow, Facts], Iterator[Finding]], ...] = (crowd, gain)
