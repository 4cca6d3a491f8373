"""Agents that are people (A2): a step of theirs is never queued. A form below it asks, and what it is answered counts.

Also what any agent's step becomes while a person has taken it over. The form is a gate with the id `Form`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core import ids
from orchestrator.core.agents import AgentSpec
from orchestrator.core.events import Fact, PersonAsked, StepOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.nodes.contract import WHOLE, Held, Kept
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import seconds_of
from orchestrator.core.state import StepState

RUNTIME = "human"
FORM = "Form"
"""Name of the step that asks; its generation is the number of the attempt it stands for."""
GIVEN = "given"
"""What the input of the step around a form is called inside it."""
ANSWER = "answer"
"""The only field of a form whose answer is no object with names."""
WHAT_TO_DO, FEEDBACK = "what to do", "what to change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a person is asked."""

    title: str
    shown: Mapping[str, Json]
    names: tuple[str, ...]
    """Fields to fill in."""
    schema: Mapping[str, Json]
    """What they have to fit."""
    role: str = "operator"
    group: str = ""
    deadline_seconds: float | None = None
    not_starter: bool = False


def is_person(spec: AgentSpec | None) -> bool:
    """Tell whether an agent is a person."""
    return spec is not None and spec.runtime == RUNTIME


def is_form(path: StepPath) -> bool:
    """Tell whether a step is the form of an agent's step."""
    return ids.name_of(path) == FORM


def asked(path: StepPath, agent: str, attempt: int, **more: Any) -> list[Fact]:
    """Have a person do what an attempt of an agent would do, as its contract says it."""
    told = {name: value for name, value in more.items() if name in ("why", "input", "refs")}
    opened = StepOpened(path=form_path(path, attempt), item={"agent": agent})
    return [PersonAsked(path=path, attempt=attempt, agent=agent, **told), opened]


def given(state: StepState) -> Held:
    """Return the input of a step, read only where somebody needs it."""
    if WHOLE in state.refs:
        return Kept(state.refs[WHOLE])
    values = state.input if isinstance(state.input, dict) else {}
    return {**values, **{name: Kept(ref) for name, ref in state.refs.items()}}


def form_path(path: StepPath, attempt: int) -> StepPath:
    """Return where the form of an attempt is."""
    return ids.child(path, FORM, attempt)


def form(spec: AgentSpec, given: Json, feedback: str) -> Form:
    """Ask for what an agent returns; `given` is its input, `feedback` why it is done again."""
    asked = spec.settings if is_person(spec) else {}
    names, schema = fields_of(spec.output_schema)
    told: dict[str, Json] = {WHAT_TO_DO: spec.instructions} if spec.instructions else {}
    if feedback:
        told[FEEDBACK] = feedback
    return Form(
        title=str(asked.get("title") or spec.role)[:200], shown={**told, **apart(given, names)}, names=names,
        schema=schema, role=str(asked.get("role") or "operator"), group=str(asked.get("group") or ""),
        deadline_seconds=seconds_of(asked.get("deadline")), not_starter=asked.get("not_starter") is True,
    )  # fmt: skip


def fields_of(output_schema: Mapping[str, Json]) -> tuple[tuple[str, ...], dict[str, Json]]:
    """Return the fields of a form and their schema: those of the object it gives, or one for whatever else it is."""
    names = names_of(output_schema)
    return (names, dict(output_schema)) if names else alone(output_schema)


def alone(output_schema: Mapping[str, Json], name: str = ANSWER) -> tuple[tuple[str, ...], dict[str, Json]]:
    """Return the one field of what stands as a whole, and its schema."""
    inner: Json = dict(output_schema)
    return (name,), {"type": "object", "properties": {name: inner}, "required": [name]}


def answer(spec: AgentSpec | None, held: Mapping[str, Json]) -> Json:
    """Return what a filled-in form comes to, as the agent would have returned it."""
    names = names_of(spec.output_schema if spec else {})
    return {name: held[name] for name in names if name in held} if names else held.get(ANSWER)


def names_of(output_schema: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the names in the object that a contract speaks of; nothing where it is no object, or has any names."""
    properties = output_schema.get("properties")
    return tuple(properties) if output_schema.get("type") == "object" and isinstance(properties, dict) else ()


def apart(given: Json, names: Sequence[str]) -> dict[str, Json]:
    """Return what is given by name; as one value where a name is also one of what is asked."""
    if isinstance(given, dict) and not set(given) & {*names, WHAT_TO_DO, FEEDBACK}:
        return dict(given)
    return {GIVEN if GIVEN not in names else "what is given": given}
