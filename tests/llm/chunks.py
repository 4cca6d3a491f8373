"""Answers in the form of OpenAI's chat completions: whole, or as the pieces of a stream."""

from __future__ import annotations

import json
from typing import Any

from tests.llm.answers import Answer, Asked

OUTPUT_TOOL = "final_result"
"""Name of the tool by which structured output is given."""


def plain(asked: Asked, answer: Answer) -> dict[str, Any]:
    """Return a whole answer."""
    calls, text = calls_of(asked, answer), text_of(asked, answer)
    message = {"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": finish(asked, answer)}
    return {**_head(asked, "chat.completion"), "choices": [choice], "usage": usage(answer)}


def pieces(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """Return an answer in pieces, without its end."""
    deltas: list[dict[str, Any]] = [{"content": one} for one in _cut(text_of(asked, answer), answer.piece)]
    for index, call in enumerate(calls_of(asked, answer)):
        name = call["function"]["name"]
        head = {"index": index, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}
        deltas.append({"tool_calls": [head]})
        parts = _cut(call["function"]["arguments"], answer.piece)
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": part}}]} for part in parts]
    return [_chunk(asked, {"role": "assistant", **delta}, None) for delta in deltas]


def ending(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """Return the end of a stream: why it ends, and what was used if that was asked for."""
    last = [_chunk(asked, {}, finish(asked, answer))]
    if (asked.body.get("stream_options") or {}).get("include_usage"):
        last.append({**_head(asked, "chat.completion.chunk"), "choices": [], "usage": usage(answer)})
    return last


def text_of(asked: Asked, answer: Answer) -> str:
    """Return the text of an answer: a structured one only where it is asked for as text."""
    if OUTPUT_TOOL in asked.tools:
        return answer.text
    if answer.raw is not None:
        return answer.raw
    return answer.text if answer.value is None else json.dumps(answer.value, ensure_ascii=False)


def calls_of(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """Return the calls of tools of an answer, the output tool's among them."""
    made = [(name, json.dumps(given, ensure_ascii=False)) for name, given in answer.calls]
    if OUTPUT_TOOL in asked.tools and (answer.value is not None or answer.raw is not None):
        made.append((OUTPUT_TOOL, answer.raw if answer.raw is not None else json.dumps(answer.value)))
    number = len(asked.messages)
    return [
        {"id": f"call-{number}-{index}", "type": "function", "function": {"name": name, "arguments": given}}
        for index, (name, given) in enumerate(made)
    ]


def finish(asked: Asked, answer: Answer) -> str:
    """Return why an answer ends."""
    return answer.finish or ("tool_calls" if calls_of(asked, answer) else "stop")


def usage(answer: Answer) -> dict[str, Any]:
    """Return what an answer has used."""
    return {
        "prompt_tokens": answer.tokens_in,
        "completion_tokens": answer.tokens_out,
        "total_tokens": answer.tokens_in + answer.tokens_out,
        "prompt_tokens_details": {"cached_tokens": answer.tokens_cached},
    }


def _head(asked: Asked, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": asked.body.get("model", "")}


def _chunk(asked: Asked, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {**_head(asked, "chat.completion.chunk"), "choices": [choice], "usage": None}


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
