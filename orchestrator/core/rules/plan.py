"""Rule `rule.plan`: reads a planner's plan, says all that is wrong with it at once, or writes it as a workflow (P6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from orchestrator.core import plans
from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.core.rules.contract import Inputs, Rule
from orchestrator.core.tree import from_plain

_INPUT: dict[str, Json] = {
    "type": "object",
    "required": ["plan", "agents", "cards"],
    "properties": {
        "agents": {"type": "array", "items": {"type": "string"}},
        "cards": {"type": "object"},
        "most": {"type": "integer", "minimum": 1},
    },
}
_OUTPUT: dict[str, Json] = {
    "type": "object",
    "required": ["problems", "words"],
    "properties": {
        "problems": {"type": "array", "items": {"type": "string"}},
        "words": {"type": "string"},
        "definition": {},
        "input": {},
        "tasks": {"type": "array"},
    },
}
_STEP = re.compile(r"^steps\[(\d+)\]")


def plan(given: Inputs) -> Json:
    """Return `problems` and their `words`; without any also `tasks` in order, a `definition` and its `input`."""
    agents = cast("list[str]", given["agents"])
    wanted = given["plan"]
    tasks, problems = plans.read(wanted, agents, cast("int", given.get("most", 20)))
    output = wanted.get("output") if isinstance(wanted, dict) else None
    if not problems:
        made, start = plans.definition(tasks, cast("str | None", output))
        problems = misfits(made, start, tasks, cast("Mapping[str, Mapping[str, Json]]", given["cards"]), agents)
    if problems:
        return {"problems": list[Json](problems), "words": "; ".join(problems), "tasks": []}
    listed: Json = [{"id": task.id, "agent": task.agent, "needs": list(dict.fromkeys((*task.needs, *task.sources))),
                     "done_when": list(task.done_when), "fallback": list(task.fallback)} for task in tasks]  # fmt: skip
    return {"problems": [], "words": "", "tasks": listed, "definition": made, "input": start}


def misfits(
    made: Json, start: Json, tasks: Sequence[plans.Task], cards: Mapping[str, Mapping[str, Json]], agents: Sequence[str]
) -> list[str]:
    """Say where contracts of the tasks can't fit, in the words of any workflow's check."""
    from orchestrator.core.validate import read_workflow  # it knows every rule, this one too

    specs = {name: _spec(name, cards.get(name, {})) for name in agents}
    source = {**cast("dict[str, Json]", made), "input": _schema(start)}
    found = read_workflow(from_plain(source), specs)
    return [_said(one, tasks) for one in found] if isinstance(found, tuple) else []


def _spec(name: str, card: Mapping[str, Json]) -> AgentSpec:
    schemas = {side: cast("dict[str, Json]", card.get(side) or {}) for side in ("input", "output")}
    return AgentSpec(name=name, role="", runtime="", input_schema=schemas["input"], output_schema=schemas["output"])


def _schema(value: Json) -> Json:
    """Describe the plan's own values exactly, so that they are checked like anything a step hands over."""
    if isinstance(value, dict):
        inner: Json = {name: _schema(one) for name, one in value.items()}
        return {"type": "object", "required": list(value), "properties": inner, "additionalProperties": False}
    return {"const": value}


def _said(problem: Problem, tasks: Sequence[plans.Task]) -> str:
    found = _STEP.match(problem.path)
    where = f"task '{tasks[int(found[1])].id}': " if found else ""
    return f"{where}{problem.message}" + (f" ({problem.hint})" if problem.hint else "")


PLAN = Rule(name="rule.plan", role="Checks a plan and writes it as a workflow.", run=plan, input_schema=_INPUT,
            output_schema=_OUTPUT)  # fmt: skip
