"""All tools of one attempt, by their names. The only module that knows every sort of tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from orchestrator.core import codec
from orchestrator.core.actions import unlisted
from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.port import Control, EffectRefused, Job
from orchestrator.runtimes.tools import agent_tool, python_tool
from orchestrator.runtimes.tools.card import ToolCard
from orchestrator.runtimes.tools.gate import Gate


def cards(job: Job, control: Control) -> list[ToolCard]:
    """Return the tools a model may use in this attempt; what fails in one is told to the model, and recorded as told.

    Raises `Unreachable` when a server of tools can't be asked for its list.
    """
    return Toolbox(job, control, tells=True).cards()


class Toolbox:
    """What an agent may use in one attempt (A7). Servers of tools are asked for their lists once, when needed."""

    def __init__(
        self, job: Job, control: Control, number: Callable[[str], str] | None = None, *, tells: bool = False
    ) -> None:
        """Look at a job; `number` numbers what is asked of others by kind, from 1, beside what else asks."""
        self._job = job
        self._gate = Gate(job, control, number or _numbers(), tells=tells)
        # A server that lists a name which is taken must not get the calls that are meant for somebody else.
        self._tools = sorted(job.spec.tools, key=lambda one: bool(one.mcp))
        self._of: dict[Tool, list[ToolCard]] = {}

    def cards(self) -> list[ToolCard]:
        """Return all tools; where two have one name, the first."""
        found: dict[str, ToolCard] = {}
        for tool in self._tools:
            for card in self._made(tool):
                found.setdefault(card.name, card)
        return list(found.values())

    def use(self, name: str, arguments: Mapping[str, object]) -> Json:
        """Call a tool by its name; raises EffectRefused for one that is not on the list, before anything acts (A7)."""
        given = codec.plain(dict(arguments))
        for tool in self._tools:
            if tool.mcp and name not in (tool.only or (tool.name or name,)):
                continue
            for card in self._made(tool) if tool.mcp or tool.name == name else ():
                if card.name == name:
                    return card.call(given if isinstance(given, dict) else {})
        raise EffectRefused(unlisted(self._job.spec, name))

    def _made(self, tool: Tool) -> list[ToolCard]:
        if tool not in self._of:
            self._of[tool] = self._cards_of(tool)
        return self._of[tool]

    def _cards_of(self, tool: Tool) -> list[ToolCard]:
        if tool.python:
            return [python_tool.card(tool, self._gate)]
        if tool.agent:
            return [agent_tool.card(tool, self._job, self._gate)]
        # Only who uses a server pays for the library that knows how.
        from orchestrator.runtimes.tools import mcp_tool

        return mcp_tool.cards(tool, self._gate, self._job.timeout_seconds)


def _numbers() -> Callable[[str], str]:
    counted: Counter[str] = Counter()

    def number(kind: str) -> str:
        counted[kind] += 1
        return f"{kind}/{counted[kind]}"

    return number
