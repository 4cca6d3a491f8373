"""The public face for people who write agents in Python: `@agents.agent` and `agents.Context`.

How a function is run, and what it may do meanwhile, is decided elsewhere; nothing here starts anything.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar, cast

from orchestrator.core import expressions
from orchestrator.core.agents import AgentSpec, Example, Lane, Tool, acting
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.parse_tools import read_agent_limits, read_budgets
from orchestrator.core.problems import listed
from orchestrator.core.tree import Tree, from_plain
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.contracts import Schema, UnknownType, input_schema, output_schema
from orchestrator.runtimes.port import EffectRefused
from orchestrator.runtimes.tools.card import NotDone, Rejected, ToolFailed, Unfit

__all__ = [
    "BrokenAgent", "Context", "EffectRefused", "Example", "NotDone", "Rejected", "Tool", "ToolFailed", "Unfit", "agent",
    "load", "registered",
]  # fmt: skip

_Found = TypeVar("_Found")
_Function = TypeVar("_Function", bound=Callable[..., object])
_NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_registered: dict[tuple[str, str], AgentSpec] = {}
"""By module and name: two libraries may each have a `critic`; loading both for one installation is refused there."""


class BrokenAgent(TypeError):
    """An agent that cannot be defined as written; the message names it and says what to change."""


def agent(
    *,
    role: str,
    capabilities: Iterable[str] = (),
    inline: bool = False,
    timeout: str | float = "60s",
    name: str | None = None,
    owner: str = "",
    calls: Iterable[str] = (),
    cache: str | float = 0,
    tools: Iterable[Tool] = (),
    actions: int | None = None,
    examples: Iterable[Example] = (),
    probe: str = "",
    budget: Mapping[str, Mapping[str, float]] | None = None,
    limits: Mapping[str, str | float] | None = None,
) -> Callable[[_Function], _Function]:
    """Make a function an agent: its contracts come from its type hints, its name from its own.

    A parameter hinted `agents.Context` (or named `ctx`) is no input. `inline=True` is for fast, trusted code: it runs
    in the worker's own process, where it cannot be killed. `calls` names the agents that `ctx.call` may call.
    `cache="1h"` lets an answer to the same input be given again for so long.
    `tools` is what `ctx.use` may use, `actions` how many calls of them one step may make (A7).
    `examples` are what it can be tried on, each with what is expected; `probe` names the one that says it is well.
    `budget` and `limits` are as in the file of an agent: `{"day": {"usd": 5}}`, `{"concurrency": 4, "memory": 512}`.
    """

    def register(function: _Function) -> _Function:
        target = f"{function.__module__}:{function.__qualname__}"
        known_as = name or function.__name__.strip("_").replace("_", "-").lower()
        spec = AgentSpec(
            name=known_as,
            role=role.strip(),
            runtime="callable",
            settings={"target": target, "inline": inline},
            capabilities=tuple(capabilities),
            timeout_seconds=_seconds(timeout, known_as),
            lane=Lane.QUICK if inline else Lane.SLOW,
            owner=owner,
            calls=tuple(calls),
            cache_seconds=_seconds(cache, known_as) if cache else 0.0,
            tools=tuple(_tool(one, known_as) for one in tools),
            actions=actions,
            examples=tuple(examples),
            probe=probe,
            budget=_read(read_budgets, cast("Json", budget), "budget", known_as),
            limits=_read(read_agent_limits, cast("Json", limits), "limits", known_as),
            input_schema=_contract(input_schema, function, known_as),
            output_schema=_contract(output_schema, function, known_as),
        )
        _check(spec, target)
        _check_examples(spec)
        _registered[function.__module__, known_as] = spec
        return function

    return register


def load(module: str) -> tuple[AgentSpec, ...]:
    """Import a module such as `examples.repo_review.agents` and return the agents it defines."""
    name = importlib.import_module(module).__name__
    return tuple(spec for spec in registered() if str(spec.settings["target"]).startswith(f"{name}:"))


def registered() -> tuple[AgentSpec, ...]:
    """Return the agents defined so far in this process, by name."""
    return tuple(_registered[key] for key in sorted(_registered, key=lambda key: (key[1], key[0])))


def _read(read: Callable[[Tree | None, Reader], _Found], given: Json, field: str, agent: str) -> _Found:
    """Read what is written as in a file, with the words of a file where it is wrong."""
    reader = Reader()
    found = read(from_plain(given, field) if given else None, reader)
    if reader.problems:
        raise BrokenAgent(f"agent {agent}: {listed(tuple(reader.problems))}")
    return found


def _tool(tool: Tool, agent: str) -> Tool:
    """Give a tool the name it goes by; a server's tools keep their own."""
    named = replace(tool, name=tool.name or tool.agent or re.split("[:.]", tool.python)[-1])
    wrong, hint = named.trouble
    if wrong:
        raise BrokenAgent(f"agent {agent}: {wrong}; {hint}")
    return named


def _contract(make: Callable[[Callable[..., object]], Schema], function: Callable[..., object], name: str) -> Schema:
    try:
        return make(function)
    except UnknownType as error:
        raise BrokenAgent(f"agent {name}: {error}") from error


def _check(spec: AgentSpec, target: str) -> None:
    if not _NAME.match(spec.name):
        raise BrokenAgent(f"agent {spec.name!r}: a name is lower-case words with hyphens, such as word-counter")
    if not spec.role:
        raise BrokenAgent(f"agent {spec.name}: say in one sentence what it does, as role=")
    if spec.cache_seconds and acting(spec.tools):
        names = ", ".join(acting(spec.tools))
        raise BrokenAgent(f"agent {spec.name}: what {names} do would not be done where an answer is given again; "
                          "mark tools that only look as repeatable, or leave cache= out")  # fmt: skip
    if "<" in target:
        raise BrokenAgent(f"agent {spec.name}: define it at the top of a module, so that a worker can import it")
    other = _registered.get((target.partition(":")[0], spec.name))
    if other is not None and other.settings.get("target") != target:
        raise BrokenAgent(f"agent {spec.name}: {other.settings.get('target')} has this name already; give one name=")


def _check_examples(spec: AgentSpec) -> None:
    names = [one.name for one in spec.examples]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BrokenAgent(f"agent {spec.name}: there are two examples '{twice}'; give one of them another name")
    if spec.probe and spec.probe not in names:
        known = ", ".join(names) or "none"
        raise BrokenAgent(f"agent {spec.name}: probe={spec.probe!r} names no example of it; there are: {known}")
    for one in spec.examples:
        for text in one.expect:
            try:
                expressions.compile(text)
            except expressions.ExpressionFault as fault:
                raise BrokenAgent(f"agent {spec.name}, example '{one.name}': {fault}") from fault


def _seconds(timeout: str | float, name: str) -> float:
    if isinstance(timeout, int | float) and timeout > 0:
        return float(timeout)
    found = _DURATION.match(str(timeout))
    if found is None or float(found[1]) <= 0:
        raise BrokenAgent(f"agent {name}: {timeout!r} is not a time; write '60s', '5m' or '1h'")
    return float(found[1]) * _SECONDS[found[2]]
