"""Checks of one agent: what makes a crew hard to keep in order (A5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from orchestrator.core.agents import AgentSpec
from orchestrator.core.doctor.finding import Facts, Finding

LONGEST_ROLE = 160
"""Characters: what does not fit into a line is more than one job."""
LONGEST_INSTRUCTIONS = 8_000
"""Characters, about 2,000 tokens: they are paid for with every call, and what stands in the middle is overlooked."""
MOST_TOOLS = 10
"""More to choose from, and models choose the wrong one more often."""
SHORTEST_INSTRUCTIONS = 40
QUICKEST_SECONDS = 0.002
"""Handing a step over takes about as long."""
_SENTENCE = re.compile(r"[.!?]\s+[A-Z]")
_finding = partial(Finding, noun="agent")


def role(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find a role that is missing, long, or several."""
    why = "people and planners choose agents by their roles; an agent with two jobs is changed for two reasons"
    text = spec.role.strip()
    if not text:
        what, remedy = "says nowhere what it does", "say it in one sentence, as role"
        yield _finding(check="no-role", name=spec.name, where="role", what=what, why=why, remedy=remedy)
    elif len(text) > LONGEST_ROLE or len(_SENTENCE.findall(text)) > 0:
        what = (
            f"takes {len(text)} characters to say what it does" if len(text) > LONGEST_ROLE else "has more than one job"
        )
        remedy = "say it in one sentence, or make two agents of it"
        yield _finding(check="long-role", name=spec.name, where="role", what=what, why=why, remedy=remedy)


def instructions(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find instructions that are too long."""
    if len(spec.instructions) > LONGEST_INSTRUCTIONS:
        yield _finding(
            check="long-instructions", name=spec.name, where="instructions",
            what=f"its instructions have {len(spec.instructions):,} characters",
            why="they are paid for with every call, and models overlook what stands in the middle of much",
            remedy=f"bring them under {LONGEST_INSTRUCTIONS:,}: move knowledge into a tool, or make two agents of it",
        )  # fmt: skip


def owner(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find agents nobody answers for."""
    if not spec.owner:
        yield _finding(
            check="no-owner", name=spec.name, where="owner", what="nobody answers for it",
            why="when it fails, nobody knows whom to ask", remedy="name a person or a team, as owner",
        )  # fmt: skip


def tools(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find agents with too many tools to choose from."""
    count = sum(max(len(one.only), 1) for one in spec.tools)
    if count > MOST_TOOLS:
        yield _finding(
            check="many-tools", name=spec.name, where="tools", what=f"has {count} tools",
            why="the more there is to choose from, the more often a model chooses wrong",
            remedy=f"leave it at most {MOST_TOOLS}; give the others to an agent it can call",
        )  # fmt: skip


def trivial(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find agents whose work is less than the trouble of having them."""
    median = facts.medians.get(spec.name)
    what = ""
    if spec.runtime == "llm" and not spec.tools and len(spec.instructions.strip()) < SHORTEST_INSTRUCTIONS:
        what = "a model without tools that is told next to nothing"
    elif median is not None and median < QUICKEST_SECONDS:
        what = f"its work takes {median * 1000:.1f} ms, less than handing it over"
    if what:
        yield _finding(
            check="trivial", name=spec.name, what=what, why="every agent is something to own, test and watch",
            remedy="let an expression, or a neighbouring agent, do this work",
        )  # fmt: skip


def unused(spec: AgentSpec, facts: Facts) -> Iterator[Finding]:
    """Find agents that nothing calls."""
    called = {name for one in facts.agents.values() for name in (*one.calls, *(tool.agent for tool in one.tools))}
    named = {name for workflow in facts.workflows.values() for name in workflow.agents}
    wanted = {capability for workflow in facts.workflows.values() for capability in workflow.capabilities}
    if spec.name not in called | named | facts.worked and wanted.isdisjoint(spec.capabilities):
        yield _finding(
            check="unused", name=spec.name, what="no workflow, board or agent uses it",
            why="what is not used is not looked after, and planners may still choose it",
            remedy="use it, or delete its file",
        )  # fmt: skip


CHECKS: tuple[Callable[[AgentSpec, Facts], Iterator[Finding]], ...] = (
    role, instructions, owner, tools, trivial, unused,
)  # fmt: skip
