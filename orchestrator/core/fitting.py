"""Whether what an agent is given and what it gives fits its contract; a failure names the fields that do not."""

from __future__ import annotations

from orchestrator.core import codec, schema
from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.problems import listed

DETAIL_CHARACTERS = 4000
CHARACTERS = 4
"""Of one token, in an estimate."""


def tail(text: str) -> str:
    """Keep the end of a long text: that is where tracebacks and tools say what went wrong."""
    return text if len(text) <= DETAIL_CHARACTERS else f"…{text[1 - DETAIL_CHARACTERS :]}"


def input_refused(spec: AgentSpec, given: dict[str, Json]) -> Failed | None:
    """Return why an agent is not given this; None when it fits its contract."""
    found = schema.problems(spec.input_schema, given)
    if not found:
        return _too_much(spec, given)
    reason = f"The input of {spec.name} does not fit its contract. {listed(found)}."
    return Failed(kind=Failure.INVALID_INPUT, reason=reason, detail=_beginning(given))


def _too_much(spec: AgentSpec, given: dict[str, Json]) -> Failed | None:
    """Refuse an input past the agent's context (C7): an input is never cut."""
    most = spec.limits.get("context")
    if most is None or (size := tokens(codec.dumps(given))) <= most:
        return None
    reason = (
        f"The input of {spec.name} is about {size:,} tokens, and limits.context lets it take {most:,.0f}. "
        "Give it less, or raise that."
    )
    return Failed(kind=Failure.OVER_LIMIT, reason=reason, detail=_beginning(given))


def tokens(text: str) -> int:
    """Estimate how many tokens a text is: one for four characters, rounded up.

    Source: OpenAI, "What are tokens and how to count them?", for English text.
    """
    return -(-len(text) // CHARACTERS)


def checked(spec: AgentSpec, outcome: Ok) -> Outcome:
    """Return an outcome whose output fits the contract, or the failure that says where it does not."""
    found = schema.problems(spec.output_schema, outcome.output)
    if not found:
        return outcome
    return Failed(
        kind=Failure.SCHEMA,
        reason=f"The output of {spec.name} does not fit its contract. {listed(found)}.",
        detail=_beginning(outcome.output),
        usage=outcome.usage,
        note=outcome.note,
    )


def _beginning(value: Json) -> str:
    text = codec.dumps(value)
    return text if len(text) <= DETAIL_CHARACTERS else f"{text[: DETAIL_CHARACTERS - 1]}…"
