"""A tool that is a Python function, by its target: what it takes comes from its type hints, its words from itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.arguments import shaped
from orchestrator.runtimes.calling import load
from orchestrator.runtimes.context import recordable
from orchestrator.runtimes.contracts import context_name, hints, input_schema
from orchestrator.runtimes.tools.card import Arguments, ToolCard
from orchestrator.runtimes.tools.gate import Gate
from orchestrator.runtimes.tools.waiting import finished

REQUEST = "request_id"
"""A parameter of this name is no argument: it is given the id of the logical call, for whoever the tool talks to."""


def card(tool: Tool, gate: Gate) -> ToolCard:
    """Make a card of a function; raises ImportError or UnknownType saying what is wrong with it."""
    function = load(tool.python)
    if context_name(function) is not None:
        raise ImportError(
            f"{tool.python} takes an agents.Context; a tool is a plain function, so give it what it needs"
        )
    wanted = _arguments(function)

    def call(arguments: Arguments) -> Json:
        passed = gate.admit(tool, tool.name, wanted, arguments)
        return gate.make(passed, lambda given, request_id: _called(function, given, request_id))

    words = inspect.getdoc(function) or tool.name.replace("_", " ").replace("-", " ")
    return ToolCard(name=tool.name, description=words, schema=wanted, call=call)


def _arguments(function: Callable[..., object]) -> dict[str, Json]:
    wanted = input_schema(function)
    properties, required = wanted["properties"], wanted["required"]
    if isinstance(properties, dict) and isinstance(required, list):
        properties.pop(REQUEST, None)
        wanted["required"] = [name for name in required if name != REQUEST]
    return wanted


def _called(function: Callable[..., object], arguments: Arguments, request_id: str) -> Json:
    known = hints(function)
    given: dict[str, object] = {name: shaped(value, known.get(name)) for name, value in arguments.items()}
    if REQUEST in inspect.signature(function).parameters:
        given[REQUEST] = request_id
    result = function(**given)
    return recordable(finished(result) if inspect.isawaitable(result) else result)
