"""A tool that is another agent: it is called as a run of its own, with what it takes as the tool's arguments (P12)."""

from __future__ import annotations

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.port import EffectRefused, Job
from orchestrator.runtimes.tools.card import Arguments, ToolCard
from orchestrator.runtimes.tools.gate import Gate


def card(tool: Tool, job: Job, gate: Gate) -> ToolCard:
    """Make a card of an agent; one that was never defined is refused when it is called."""
    known = job.agents.get(tool.agent)
    contract = known if isinstance(known, dict) else {}
    taken = contract.get("input")
    wanted: dict[str, Json] = taken if isinstance(taken, dict) and taken else {"type": "object"}

    def call(arguments: Arguments) -> Json:
        if not contract:
            raise EffectRefused(f"there is no agent '{tool.agent}'")
        return gate.ask_agent(gate.admit(tool, tool.name, wanted, arguments))

    return ToolCard(name=tool.name, description=str(contract.get("role", "")), schema=wanted, call=call)
