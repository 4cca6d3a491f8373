"""What an agent may do in one step (A7): which tools it may use, and how often. Pure.

What is counted is every logical call that any attempt of the step has begun; one that is made again counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.outcomes import Json

ELSEWHERE = ("http", "remote")
"""Runtimes whose agents do things where no gate of ours stands: they ask before they act."""
ASKED = "action/"
"""Before the key under which the ledger counts what an agent elsewhere has another agent do."""


def unlisted(spec: AgentSpec, name: str) -> str:
    """Say that a tool is not on an agent's list."""
    listed = ", ".join(tool.name or tool.mcp for tool in spec.tools) or "none"
    return f"'{name}' is not among the tools of {spec.name}, which are {listed}"


def one_too_many(spec: AgentSpec, tool: Tool | None, name: str, done: Sequence[str]) -> str:
    """Say why one more call of a tool may not be made; empty when it may. `done` names the tool of each call so far."""
    if spec.actions is not None and len(done) >= spec.actions:
        return f"{name} would be one more than the {spec.actions} action{'s' * (spec.actions > 1)} of a step"
    if tool is not None and tool.most is not None and done.count(name) >= tool.most:
        return f"{name} would be called more than {'once' if tool.most == 1 else f'{tool.most} times'} in a step"
    return ""


def is_bound(spec: AgentSpec) -> bool:
    """Tell whether an agent's contract says anything about what it may do."""
    return bool(spec.tools) or spec.actions is not None


def refused_elsewhere(spec: AgentSpec, name: str, done: Sequence[str], *, is_agent: bool = False) -> str:
    """Say why an agent that works elsewhere may not do something; empty when it may.

    Whoever names its tools is held to them; agents it may call are listed by `calls` as well. What a person has to
    approve is never done elsewhere: nobody there could be shown what was approved.
    """
    tool = next((one for one in spec.tools if _is(one, name, is_agent)), None)
    if tool is None and spec.tools and not (is_agent and name in spec.calls):
        return unlisted(spec, name)
    if tool is not None and tool.risky:
        return f"{name} is risky, and an agent that works elsewhere can't have a call of it approved"
    return one_too_many(spec, tool, name, done)


def asked_agents(requests: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """Return the agents that are asked for, by the keys under which the ledger counts these calls."""
    calls = [one for one in requests if one.get("kind") == "call"]
    return {f"{ASKED}{one.get('key')}:{one.get('agent')}": str(one.get("agent")) for one in calls}


def asked_so_far(keys: Iterable[str]) -> list[str]:
    """Return the agents that an agent elsewhere has asked for, of the keys of the ledger."""
    return [key.partition(":")[2] for key in keys if key.startswith(ASKED)]


def _is(tool: Tool, name: str, is_agent: bool) -> bool:
    if is_agent:
        return tool.agent == name
    return name in (tool.only or (tool.name or name,)) if tool.mcp else tool.name == name
