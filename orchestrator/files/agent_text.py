"""Writes an agent as a file, for one that was never written as one, or long ago: reading it gives the same contract."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from orchestrator.core.agents import AgentSpec, Example, Tool
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_agent import SHORT

PLAIN = ("role", "capabilities", "owner", "calls", "instructions", "tools", "actions", "budget", "examples", "probe")
"""Fields that are called in a file as they are in a contract."""
OF_TOOL = ("name", "python", "agent", "mcp", "key_env", "only", "risky", "repeatable", "most")
WHO = ("role", "group", "not_starter")
"""Fields of a tool that say who approves its calls."""


def written(spec: AgentSpec) -> str:
    """Return the file."""
    return yaml.safe_dump(_file(spec), sort_keys=False, allow_unicode=True, width=100)


def _file(spec: AgentSpec) -> dict[str, Json]:
    settings, short = dict(spec.settings), next((one for one, name in SHORT.items() if name == spec.runtime), "")
    runtime: dict[str, Json] = {"runtime": spec.runtime}
    if short and short in settings:
        runtime = {short: settings.pop(short)}
    plain = {name: _plain(getattr(spec, name)) for name in PLAIN}
    made: dict[str, Json] = {
        "agent": spec.name, "role": plain.pop("role"), **runtime, "settings": settings, **plain,
        "limits": _limits(spec.limits), "cache": _span(spec.cache_seconds), "timeout": _span(spec.timeout_seconds),
        "input": spec.input_schema, "output": spec.output_schema,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value or value is False}


def _plain(value: object) -> Json:
    match value:
        case Tool():
            return _tool(value)
        case Example():
            return {name: _plain(getattr(value, name)) for name in value.__slots__ if getattr(value, name)}
        case tuple() | list():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case float() if value.is_integer():
            return int(value)
        case bool() | int() | float() | str():
            return value
        case _:
            return None


def _tool(tool: Tool) -> dict[str, Json]:
    found = {name: _plain(getattr(tool, name)) for name in OF_TOOL if getattr(tool, name)}
    usual = Tool()
    who = {name: _plain(getattr(tool, name)) for name in WHO if getattr(tool, name) != getattr(usual, name)}
    more: dict[str, Json] = {
        "approvers": who,
        "cache": _span(tool.cache_seconds),
        "deadline": _span(tool.deadline_seconds or 0.0),
    }
    return {**found, **{name: value for name, value in more.items() if value}}


def _limits(limits: Mapping[str, float]) -> dict[str, Json]:
    found: dict[str, Json] = {name: int(limits[name]) for name in ("concurrency", "calls") if name in limits}
    return {**found, "per": _span(limits["seconds"])} if "seconds" in limits else found


def _span(seconds: float) -> str:
    return f"{seconds:g}s" if seconds else ""
