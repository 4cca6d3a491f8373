"""What an agent asks for while it runs: another agent (`Call`), a person's answer (`Ask`), or that a person approves
what it is about to do (`Approve`). Each is a step below its own (P12, A1, H6).

The attempt that asks ends as suspended and frees its slot. When all it asked for is there, another attempt begins from
the beginning and is given every answer so far, by the number of the request: `call/1`, `ask/2`, `approve/1`. Answers
and outputs are for the agent that asked; what a person approved holds for the call itself, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count, takewhile
from typing import TypeAlias, cast

from orchestrator.core import approving, askers, ids
from orchestrator.core.agents import AgentSpec
from orchestrator.core.events import StepOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState

CALL, ASK, APPROVE = "Call", "Ask", "Approve"
"""Names of the steps; no id in a file begins with a capital letter."""
NAMES = {"call": CALL, "ask": ASK, "approve": APPROVE}
MEMO = "asking"
"""Where an agent's step remembers which of them have not ended."""
Request = Mapping[str, Json]
Child: TypeAlias = "Callable[[StepPath], StepState | None]"


def refused(requests: Sequence[Request], spec: AgentSpec | None) -> str:
    """Say why an agent may not ask for something; empty when it may."""
    allowed = spec.may_call if spec else ()
    for one in requests:
        if one.get("kind") not in NAMES or not _number(one):
            return f"it asked for something this version of Signalbox does not know: {one.get('kind')}"
        if one["kind"] == "call" and one.get("agent") not in allowed:
            whose = spec.name if spec else "it"
            return f"{whose} may not call {one.get('agent')}; name it in the agent's `calls` if it should"
    return ""


def opened(path: StepPath, requests: Sequence[Request], agent: str, child: Child) -> list[StepOpened]:
    """Return the steps that answer what an agent asked for; `child` finds those that are there."""
    return [StepOpened(path=_path(path, one, agent, child), item=_item(one, agent)) for one in requests]


def _item(request: Request, agent: str) -> Json:
    if request["kind"] == "approve":
        return approving.item(request, agent)
    if request["kind"] == "ask":
        return {"question": str(request.get("question")), "options": request.get("options") or [], "agent": agent}
    name = str(request["agent"])
    definition: Json = {"workflow": f"{name}-call", "steps": [{"id": "work", "agent": name}]}
    return {"definition": definition, "input": request.get("input"), "agent": agent}


def _path(path: StepPath, request: Request, agent: str, child: Child) -> StepPath:
    name, number = NAMES[str(request["kind"])], _number(request)
    if name == APPROVE:
        return ids.child(path, name, number)
    there = takewhile(lambda one: one is not None, (child(ids.child(path, name, at)) for at in count(1)))
    who = [askers.asker(one.item) for one in there if one is not None]
    return ids.child(path, name, askers.place(agent, number, who))


def _number(request: Request) -> int:
    number = str(request.get("key", "")).rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def asking(state: StepState) -> list[str]:
    """Return what a step waits for, as the last parts of paths."""
    return cast("list[str]", state.memo.get(MEMO, []))


def answers(outputs: Mapping[str, Json], items: Mapping[str, Json], agent: str) -> dict[str, Json]:
    """Return an agent's answers by the number of the request, of the outputs and items of the steps below by path."""
    found: dict[str, Json] = {}
    numbers = {name: askers.numbers(agent, _askers(name, items)) for name in (CALL, ASK)}
    for path, output in outputs.items():
        last = ids.segments(StepPath(path))[-1]
        number = numbers.get(last.name, {}).get(last.generation)
        if last.name == CALL and number:
            found[f"call/{number}"] = output
        elif last.name == ASK and number:
            found[f"ask/{number}"] = output.get("answer") if isinstance(output, dict) else output
        elif last.name == APPROVE:
            found[f"approve/{last.generation}"] = output
    return found


def _askers(name: str, items: Mapping[str, Json]) -> dict[int, str]:
    last = {path: ids.segments(StepPath(path))[-1] for path in items}
    return {one.generation: askers.asker(items[path]) for path, one in last.items() if one.name == name}
