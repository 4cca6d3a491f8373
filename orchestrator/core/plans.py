"""Plans: graphs of tasks that a planner returns, and their translation into a workflow of their own. Pure.

A plan is `{"tasks": [{"id", "agent", "input", "needs", "done_when", "fallback"}], "output"}`. A value of an input is
taken as it is, unless it is `{"from": "TASK.field"}`: then it comes from what an earlier task produced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from orchestrator.core.outcomes import Json
from orchestrator.core.words import suggestion, type_of

TASK_FIELDS = ("id", "agent", "input", "needs", "done_when", "fallback", "why")
_ID = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_FROM = re.compile(r"^([a-z][a-z0-9_]*)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)$")
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a plan."""

    id: str
    agent: str
    input: Mapping[str, Json]
    needs: tuple[str, ...] = ()
    done_when: tuple[str, ...] = ()
    """Conditions over `output`, checked before dependents start."""
    fallback: tuple[str, ...] = ()
    """Who does it instead when it fails or a condition does not hold."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the tasks its input comes from."""
        found = (_source(value) for value in self.input.values())
        return tuple(dict.fromkeys(one.split(".")[0] for one in found if one))


def read(plan: Json, agents: Sequence[str], most: int) -> tuple[list[Task], list[str]]:
    """Return the tasks of a plan in an order in which they can be done, and everything that is wrong with it."""
    written = plan.get("tasks") if isinstance(plan, dict) else None
    if not isinstance(written, list) or not written:
        return [], [f"a plan is an object with a list of tasks, this is {type_of(plan)}"[:200]]
    if len(written) > most:
        return [], [f"a plan has at most {most} tasks, this has {len(written)}; join some, or leave some out"]
    problems: list[str] = []
    tasks = [task for number, one in enumerate(written) if (task := _task(number, one, problems)) is not None]
    ids = [task.id for task in tasks]
    for task in tasks:
        problems += _wrong(task, ids, agents)
    ordered = _ordered(tasks)
    if ordered is None and not problems:
        problems.append(f"these tasks wait for each other: {' → '.join(_circle(tasks))}")
    output = plan.get("output") if isinstance(plan, dict) else None
    if output is not None and output not in ids:
        problems.append(f"output: there is no task '{output}'; {suggestion(str(output), ids)}")
    return ordered or [], problems[:MOST_PROBLEMS]


def definition(tasks: Sequence[Task], output: str | None) -> tuple[Json, Json]:
    """Return the workflow that does these tasks, and its input: what of the tasks' inputs stands in the plan."""
    steps = [_step(task) for task in tasks]
    last = output or tasks[-1].id
    made: Json = {"workflow": "plan", "role": "Does the tasks of a plan.", "steps": cast("Json", steps),
                  "output": f"steps.{last}.output"}  # fmt: skip
    given: Json = {task.id: {name: value for name, value in task.input.items() if not _source(value)} for task in tasks}
    return made, given


def _step(task: Task) -> dict[str, Json]:
    bound: dict[str, Json] = {}
    for name, value in task.input.items():
        source = _source(value)
        head, _, rest = source.partition(".")
        bound[name] = f"steps.{head}.output{'.' + rest if rest else ''}" if source else f"input.{task.id}.{name}"
    needs: Json = list[Json](dict.fromkeys((*task.needs, *task.sources)))
    step: dict[str, Json] = {"id": task.id, "needs": needs}
    if not task.done_when:
        return {
            **step,
            "agent": task.agent,
            "with": bound,
            **({"fallback": list[Json](task.fallback)} if task.fallback else {}),
        }
    checks: Json = [{"name": f"done_{number + 1}", "check": text} for number, text in enumerate(task.done_when)]
    agents: Json = [task.agent, *task.fallback]
    return {**step, "handoff": {"agents": agents, "with": bound, "check": checks}}


def _task(number: int, written: Json, problems: list[str]) -> Task | None:
    if not isinstance(written, dict):
        problems.append(f"task {number + 1} is {type_of(written)}, not an object with id, agent and input")
        return None
    name = written.get("id")
    if not isinstance(name, str) or not _ID.match(name):
        problems.append(f"task {number + 1}: its id must be lower-case letters, digits and _, but is {name!r:.60}")
        return None
    unknown = [field for field in written if field not in TASK_FIELDS]
    problems += [
        f"task '{name}': '{field}' is no field of a task; {suggestion(field, TASK_FIELDS)}" for field in unknown
    ]
    given = written.get("input", {})
    if not isinstance(given, dict):
        problems.append(f"task '{name}': its input must be an object, but is {type_of(given)}")
        given = {}
    texts = {field: _texts(name, field, written.get(field), problems) for field in ("needs", "done_when", "fallback")}
    return Task(id=name, agent=str(written.get("agent", "")), input=given, **texts)


def _texts(name: str, field: str, value: Json, problems: list[str]) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else [] if value is None else value
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return tuple(cast("list[str]", found))
    problems.append(f"task '{name}': {field} must be a list of texts")
    return ()


def _wrong(task: Task, ids: Sequence[str], agents: Sequence[str]) -> Iterator[str]:
    if list(ids).count(task.id) > 1:
        yield f"task '{task.id}' stands there twice; give each an id of its own"
    for agent in (task.agent, *task.fallback):
        if agent not in agents:
            yield f"task '{task.id}': agent '{agent}' may not be used here; {suggestion(agent, agents)}"
    for need in (*task.needs, *task.sources):
        if need not in ids:
            yield f"task '{task.id}' needs '{need}', and there is no such task; {suggestion(need, ids)}"


def _source(value: Json) -> str:
    """Return what a value of an input comes from, as `task.field`; empty when it stands there itself."""
    if isinstance(value, dict) and set(value) == {"from"} and isinstance(value["from"], str):
        return value["from"] if _FROM.match(value["from"]) else ""
    return ""


def _ordered(tasks: Sequence[Task]) -> list[Task] | None:
    """Return tasks after all they need, or None when some wait for each other."""
    left, done, ordered = list(tasks), set[str](), list[Task]()
    while left:
        ready = [task for task in left if {*task.needs, *task.sources} <= done]
        if not ready:
            return None
        ordered += ready
        done |= {task.id for task in ready}
        left = [task for task in left if task.id not in done]
    return ordered


def _circle(tasks: Sequence[Task]) -> list[str]:
    """Return tasks that wait for each other, the first one again at the end."""
    needs = {task.id: (*task.needs, *task.sources) for task in tasks}
    path = [next(name for name in needs if _reaches(name, name, needs))]
    while path[-1] not in path[:-1]:
        path.append(next(one for one in needs[path[-1]] if _reaches(one, path[0], needs) or one == path[0]))
    return path


def _reaches(start: str, goal: str, needs: Mapping[str, Sequence[str]]) -> bool:
    ahead, seen = list(needs.get(start, ())), set[str]()
    while ahead:
        one = ahead.pop()
        if one == goal:
            return True
        if one not in seen:
            seen.add(one)
            ahead.extend(needs.get(one, ()))
    return False
