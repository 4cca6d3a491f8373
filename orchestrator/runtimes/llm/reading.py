"""Reads an answer of a model: is it the output, calls of tools, or neither? What is neither is the model's fault."""

from __future__ import annotations

from pydantic_ai.messages import ModelResponse, ToolCallPart

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Failure, Json
from orchestrator.runtimes.llm.request import OUTPUT_TOOL, WRAPPED, is_wrapped
from orchestrator.runtimes.llm.trouble import Trouble


def calls(response: ModelResponse) -> list[ToolCallPart]:
    """Return the calls of tools that are to be made: none when the answer stands beside them."""
    made = response.tool_calls
    return [] if any(one.tool_name == OUTPUT_TOOL for one in made) else made


def check(spec: AgentSpec, response: ModelResponse) -> None:
    """Raise Trouble for an answer that has no good end."""
    match response.finish_reason:
        case "length":
            reason = f"The answer of {spec.name} was cut off at its greatest length; raise `max_tokens`."
            raise Trouble(Failure.OVER_LIMIT, reason, response.text or "")
        case "content_filter":
            raise Trouble(Failure.CRASH, f"The provider's content filter withheld the answer of {spec.name}.")
        case "error":
            raise Trouble(Failure.UNAVAILABLE, f"The provider broke off the answer of {spec.name}.")


def output(spec: AgentSpec, response: ModelResponse) -> Json:
    """Return the output an answer gives; raises Trouble for what is no JSON."""
    if not spec.output_schema:
        return _text(spec, response)
    given = next((one.args for one in response.tool_calls if one.tool_name == OUTPUT_TOOL), None)
    value = given if isinstance(given, dict) else _json(spec, given or _text(spec, response))
    if is_wrapped(spec) and isinstance(value, dict) and set(value) == {WRAPPED}:
        return codec.plain(value[WRAPPED])
    return codec.plain(value)


def _text(spec: AgentSpec, response: ModelResponse) -> str:
    if not response.text:
        raise Trouble(Failure.MALFORMED, f"{spec.name} answered nothing.")
    return response.text


def _json(spec: AgentSpec, text: str) -> Json:
    try:
        return codec.loads(text)
    except codec.NotJson as error:
        raise Trouble(Failure.MALFORMED, f"What {spec.name} answered is not JSON: {error}.", text[:4000]) from error
