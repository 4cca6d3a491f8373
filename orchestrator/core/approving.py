"""A risky call of a tool as a person sees it before it is made, and what the agent is told of their decision (H6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from orchestrator.core import codec
from orchestrator.core.agents import Tool
from orchestrator.core.events import Fact, GateOpened, TimerSet
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json

FIXED = ("agent", "tool")
"""What is shown beside the arguments."""
POLICY = ("role", "group", "not_starter", "deadline_seconds")
"""What a tool says about its approvals."""
DEADLINE = "deadline"
"""Name of the timer."""
WHOLE = "arguments"
"""The name under which arguments are shown that can't stand by their own names."""


def item(request: Mapping[str, Json], agent: str) -> dict[str, Json]:
    """Return what the step is about, of an agent's request."""
    taken = {name: request.get(name) for name in ("tool", "arguments", "schema", "digest")}
    policy = {name: request[name] for name in POLICY if name in request}
    return {"agent": agent, **taken, **policy}


def policy(tool: Tool) -> dict[str, Json]:
    """Return who may approve calls of a tool and until when, as far as it says; the names are those of GateOpened."""
    usual = Tool()
    return {name: getattr(tool, name) for name in POLICY if getattr(tool, name) != getattr(usual, name)}


def opened(path: StepPath, about: Json, digest: str) -> list[Fact]:
    """Open the gate, and wind up its deadline; `digest` is that of what it shows."""
    policy: dict[str, Any] = {name: _of(about)[name] for name in POLICY if name in _of(about)}
    seconds = policy.get("deadline_seconds")
    gate = GateOpened(path=path, title=title(about), shown=shown(about), digest=digest, edit=edit(about),
                      edit_schema=edit_schema(about), deadline_then="reject" if seconds else "", **policy)  # fmt: skip
    return [gate, TimerSet(path=path, timer=DEADLINE, delay_seconds=seconds)] if seconds else [gate]


def is_call(about: Json) -> bool:
    """Tell whether a gate is about a call of a tool."""
    return isinstance(about, dict) and "tool" in about


def title(about: Json) -> str:
    """Return the headline of the gate, with the sign of risk."""
    return f"⚠ tool: {_of(about).get('tool')}"[:120]


def shown(about: Json) -> dict[str, Json]:
    """Return who wants to call what, with what: each argument by its own name where it has one."""
    fixed = {name: _of(about).get(name) for name in FIXED}
    return {**fixed, **(_arguments(about) if _is_flat(about) else {WHOLE: _of(about).get("arguments")})}


def edit(about: Json) -> tuple[str, ...]:
    """Return the arguments a person may change: those that a schema describes each by itself."""
    return tuple(_arguments(about)) if _is_flat(about) else ()


def edit_schema(about: Json) -> dict[str, Json]:
    """Return the JSON Schema of the changes."""
    names = edit(about)
    properties = {name: _properties(about)[name] for name in names}
    return {"type": "object", "properties": properties, "required": list(names)} if names else {}


def decided(about: Json, held: Mapping[str, Json], verdict: str, by: str, comment: str) -> Json:
    """Return what the agent is told: the verdict, bound to what it asked for, with the arguments as they are now.

    `verdict` is `approved` or `rejected`; `held` is what the gate shows after all changes.
    """
    arguments: Json = {name: held[name] for name in held if name not in FIXED}
    if not _is_flat(about):
        arguments = held.get(WHOLE)
    return {"verdict": verdict, "tool": _of(about).get("tool"), "digest": _of(about).get("digest"),
            "arguments": arguments, "by": by, "comment": comment}  # fmt: skip


def _of(about: Json) -> dict[str, Json]:
    return about if isinstance(about, dict) else {}


def _arguments(about: Json) -> dict[str, Json]:
    found = _of(about).get("arguments")
    return found if isinstance(found, dict) else {}


def _properties(about: Json) -> dict[str, Json]:
    found = cast("dict[str, Json]", _of(about).get("schema") or {}).get("properties")
    return found if isinstance(found, dict) else {}


def _is_flat(about: Json) -> bool:
    """Tell whether each argument has a schema of its own and none is called like what stands beside it.

    A schema that refers to another place means nothing when it is taken out of its own.
    """
    names = {*_arguments(about)}
    is_plain = names <= {*_properties(about)} and not names & {*FIXED, WHOLE}
    return bool(names) and is_plain and '"$ref"' not in codec.dumps(_properties(about))
