"""Rule `rule.outline`: reads an orchestrator's plan: parts of a request, tasks for each, and who is to do them (P3).

An orchestrator plans, routes, assembles and judges; anything else it says is refused, so that it does no work itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from orchestrator.core import plans
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.contract import Inputs, Rule
from orchestrator.core.rules.plan import misfits
from orchestrator.core.words import suggestion, type_of

FIELDS = ("parts", "tasks", "why")
_INPUT: dict[str, Json] = {
    "type": "object",
    "required": ["outline", "agents", "cards"],
    "properties": {"agents": {"type": "array", "items": {"type": "string"}}, "cards": {"type": "object"}},
}
_OUTPUT: dict[str, Json] = {
    "type": "object",
    "required": ["problems", "words", "parts"],
    "properties": {
        "problems": {"type": "array", "items": {"type": "string"}},
        "words": {"type": "string"},
        "parts": {"type": "array", "items": {"type": "string"}},
        "tasks": {"type": "array"},
        "definition": {},
        "input": {},
    },
}
Cards = Mapping[str, Mapping[str, Json]]


def outline(given: Inputs) -> Json:
    """Return `problems` and their `words`; without any also `parts`, `tasks` with their route, and the workflow."""
    said, agents, cards = given["outline"], cast("list[str]", given["agents"]), cast("Cards", given["cards"])
    problems = foreign(said, FIELDS, "plan")
    parts, written = _parts(said, problems), _tasks(said)
    routed = [_routed(task, agents, cards, problems) for task in written]
    tasks, wrong = plans.read({"tasks": [_plain(one) for one in routed]}, agents, cast("int", given.get("most", 20)))
    problems += wrong + _unowned(parts, routed)
    if not problems:
        made, start = plans.definition(tasks, None)
        every = ", ".join(f"'{task.id}': steps.{task.id}.output" for task in tasks)
        made = {**cast("dict[str, Json]", made), "output": f"{{{every}}}"}
        problems = misfits(made, start, tasks, cards, agents)
    if problems:
        return {"problems": list[Json](problems), "words": "; ".join(problems), "parts": list[Json](parts)}
    return {"problems": [], "words": "", "parts": list[Json](parts), "tasks": list[Json](routed), "definition": made,
            "input": start}  # fmt: skip


def foreign(said: Json, known: tuple[str, ...], what: str) -> list[str]:
    """Say what an orchestrator said beside what is its to say."""
    if not isinstance(said, dict):
        return [f"its {what} is {type_of(said)}, not an object with {', '.join(known)}"]
    words = f"is not an orchestrator's to say in its {what}; let a worker do it"
    return [f"'{name}' {words}" for name in said if name not in known]


def _parts(said: Json, problems: list[str]) -> list[str]:
    parts = said.get("parts") if isinstance(said, dict) else None
    if isinstance(parts, list) and parts and all(isinstance(one, str) and one for one in parts):
        return list(dict.fromkeys(cast("list[str]", parts)))
    problems.append("parts: name each part of the request, as a list of texts")
    return []


def _tasks(said: Json) -> list[Json]:
    tasks = said.get("tasks") if isinstance(said, dict) else None
    return tasks if isinstance(tasks, list) else []


def _routed(task: Json, agents: list[str], cards: Cards, problems: list[str]) -> Json:
    """Choose who does a task that only says what is needed: the first worker that can."""
    wanted = task.get("capability") if isinstance(task, dict) else None
    if not isinstance(task, dict) or wanted is None:
        return task
    can = {name: cast("list[Json]", cards.get(name, {}).get("capabilities") or []) for name in agents}
    able = [name for name in agents if wanted in can[name]]
    if not able:
        hint = suggestion(str(wanted), [str(one) for each in can.values() for one in each], "they can")
        problems.append(f"task '{task.get('id')}': no worker can '{wanted}'; {hint}")
        return task
    others = f"; so can {', '.join(able[1:])}" if able[1:] else ""
    return {**task, "agent": able[0], "route": f"{able[0]} can {wanted}{others}"}


def _plain(task: Json) -> Json:
    beside = ("part", "capability", "route")
    return {name: value for name, value in task.items() if name not in beside} if isinstance(task, dict) else task


def _unowned(parts: list[str], tasks: list[Json]) -> list[str]:
    named = {str(task["part"]) for task in tasks if isinstance(task, dict) and "part" in task}
    missing = [f"part '{part}' has no task; give it one" for part in parts if part not in named]
    strange = sorted(named - {*parts})
    return missing + [f"task of part '{one}': there is no such part; {suggestion(one, parts)}" for one in strange]


OUTLINE = Rule(name="rule.outline", role="Checks an orchestrator's plan and routes its tasks.", run=outline,
               input_schema=_INPUT, output_schema=_OUTPUT)  # fmt: skip
