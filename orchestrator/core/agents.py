"""An agent as the engine knows it: a versioned contract and how its work is carried out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, TypeAlias, cast

from orchestrator.core import codec
from orchestrator.core.outcomes import Json

_TARGET = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_TOOL_NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
"""What every provider of models takes."""
Amounts: TypeAlias = "Mapping[str, float]"
"""How much of `usd`, `tokens`, `calls` and `minutes`; what is left out has no limit."""


class Lane(StrEnum):
    """Which slots an agent's attempts use."""

    QUICK = "quick"  # fast, trusted code in the worker's own process
    SLOW = "slow"  # child processes
    REMOTE = "remote"  # done elsewhere and reported later; takes no slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something an agent may use while it works; one of `python`, `agent` and `mcp` says what (A7, P12)."""

    name: str = ""
    """How the agent calls it; empty takes the function's or agent's own name, or all that a server has."""
    python: str = ""
    """`package.module:function`"""
    agent: str = ""
    """Another agent, called as a run of its own."""
    mcp: str = ""
    """Address of a server of tools."""
    key_env: str = ""
    """Name of the variable in the worker's environment that holds the server's token; empty for one that wants none."""
    only: tuple[str, ...] = ()
    """Which tools of a server; empty means all."""
    risky: bool = False
    """A person approves each call before it is made (H6)."""
    role: str = "operator"
    """Least role that may approve."""
    group: str = ""
    """Whose members may; empty means anybody with the role."""
    not_starter: bool = False
    """Whoever started the run may not."""
    deadline_seconds: float | None = None
    """How long they have; then the call counts as rejected. None means for ever."""
    repeatable: bool = False
    """Done twice it is the same as done once, so a call that was cut short may be made again (A6)."""
    most: int | None = None
    """Calls in one step; None leaves it to the agent's `actions`."""
    cache_seconds: float = 0.0
    """How long what it returned may be given to whoever calls it with the same arguments; 0 never (C3)."""

    @property
    def trouble(self) -> tuple[str, str]:
        """Return what is wrong with it and what to write instead; two empty texts when nothing is."""
        given = [kind for kind in ("python", "agent", "mcp") if getattr(self, kind)]
        if len(given) != 1:
            said = f"{' and '.join(given)} stand together" if given else "nothing says what it is"
            return f"a tool is one of python, agent, mcp, but {said}", "write one of them"
        if self.python and not _TARGET.match(self.python):
            return f"'{self.python}' names no function", "write package.module:function"
        if self.mcp and not self.mcp.startswith(("http://", "https://")):
            return f"'{self.mcp}' is no address of a server", "write http://… or https://…"
        if self.cache_seconds and self.agent:
            return "the answers of an agent are kept as its own contract says", "remove 'cache'"
        if self.cache_seconds and (self.risky or not self.repeatable):
            return "what it does would not be done where its result is given again", "mark it 'repeatable: true'"
        if self.name and not _TOOL_NAME.match(self.name):
            return f"'{self.name}' is no name for a tool", "up to 64 letters, digits, _ and -, such as look_up"
        return "", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A saved input with what is expected of the output (A4)."""

    name: str
    input: Mapping[str, Json]
    expect: tuple[str, ...] = ()
    """Conditions over `output` and `input`; none means that any output that fits the contract will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """One version of an agent, frozen."""

    name: str
    role: str
    """What it does, in one sentence."""
    runtime: str
    """A name of the runtime catalogue, such as `callable` or `command`."""
    version: int = 1
    settings: dict[str, Json] = field(default_factory=dict)
    """What the runtime needs: `{"target": "package.module:function", "inline": true}` or `{"command": ["ruff", …]}`."""
    input_schema: dict[str, Json] = field(default_factory=dict)
    """JSON Schema of what it takes; empty takes anything."""
    output_schema: dict[str, Json] = field(default_factory=dict)
    """JSON Schema of what it returns; empty returns anything."""
    capabilities: tuple[str, ...] = ()
    timeout_seconds: float = 60.0
    """Of one attempt, from its start, unless the step says otherwise."""
    lane: Lane = Lane.SLOW
    owner: str = ""
    calls: tuple[str, ...] = ()
    """Agents it may call while it runs, by name."""
    instructions: str = ""
    """What a model is told before its input."""
    tools: tuple[Tool, ...] = ()
    """Everything it may use; whatever else it calls is refused before it acts."""
    actions: int | None = None
    """Most calls of tools in one step (A7)."""
    budget: Mapping[str, Amounts] = field(default_factory=dict)
    """Most it may use up in one `call`, in one `step`, and in a `day` (UTC) over all runs (C1)."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """`concurrency`: attempts at work at once; `calls` in `seconds`: how many may begin in that time (C4).

    Of one attempt (C7): `context` in tokens, `trim` 1 to leave out the oldest of a conversation, `memory` and `output`
    in MB.
    """
    cache_seconds: float = 0.0
    """How long an answer to the same input may be given again; 0 never (C3)."""
    examples: tuple[Example, ...] = ()
    probe: str = ""
    """Name of the example that a health probe runs (R3)."""

    @property
    def may_call(self) -> tuple[str, ...]:
        """Return the agents it may call while it runs: those it names, and those among its tools."""
        return (*self.calls, *(tool.agent for tool in self.tools if tool.agent))

    @property
    def model(self) -> str:
        """Return what answers for it: a model, a function, a program; empty where that is not known.

        Two agents with the same one make the same mistakes, whatever they are told.
        """
        found = next((self.settings[name] for name in ("model", "target", "command") if self.settings.get(name)), None)
        if found is None:
            return ""
        words = [str(one) for one in found] if isinstance(found, list) else [str(found)]
        return " ".join((self.runtime, *words))


def acting(tools: Iterable[Tool]) -> list[str]:
    """Return the names of tools that do something, or may not do it unasked: their use can't be left out (C3)."""
    return [tool.name or tool.mcp for tool in tools if tool.risky or not tool.repeatable]


def spec_of(stored: Mapping[str, Any], version: int) -> AgentSpec:
    """Make a contract again from what was kept of it; fields it did not have yet are as if left out."""
    known = {one.name for one in fields(AgentSpec)}
    kept = {name: value for name, value in stored.items() if name in known}
    for name in ("capabilities", "calls"):
        kept[name] = tuple(kept.get(name, ()))
    kept["tools"] = tuple(Tool(**{**one, "only": tuple(one.get("only", ()))}) for one in kept.get("tools", ()))
    kept["examples"] = tuple(Example(**{**one, "expect": tuple(one.get("expect", ()))})
                             for one in kept.get("examples", ()))  # fmt: skip
    kept["lane"] = Lane(str(kept.get("lane", Lane.SLOW)))
    return AgentSpec(**{**kept, "version": version})


_LATER = ("calls", "instructions", "tools", "actions", "budget", "limits", "cache_seconds", "examples", "probe")
"""Fields that came after the first contracts were kept."""
_LATER_OF_TOOLS = ("cache_seconds",)


def content_of(spec: AgentSpec) -> dict[str, Json]:
    """Return what makes a contract another one: all but its version, and later fields only where they are used."""
    content = cast("dict[str, Json]", codec.plain(replace(spec, version=0)))
    for name in _LATER:
        if not getattr(spec, name):
            del content[name]
    for tool in cast("list[dict[str, Json]]", content.get("tools", [])):
        for name in _LATER_OF_TOOLS:
            if not tool[name]:
                del tool[name]
    return content
