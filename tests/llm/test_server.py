"""The stand-in for a provider speaks the wire protocol it stands in for."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any

import pytest

from tests.llm.answers import Answer
from tests.llm.server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as made:
        yield made


def ask(server: ModelServer, **body: Any) -> str:
    data = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}], **body}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/chat/completions", data), timeout=5) as reply:
        return str(reply.read().decode())


def test_a_plain_answer_has_its_text_and_what_it_used(server: ModelServer) -> None:
    server.script(Answer(text="It rains.", tokens_in=7, tokens_out=3))
    told = json.loads(ask(server))
    assert told["choices"][0]["message"]["content"] == "It rains."
    assert told["usage"]["total_tokens"] == server.tokens == 10


def test_a_stream_comes_in_pieces_and_ends_with_its_usage(server: ModelServer) -> None:
    server.script(Answer(text="It rains.", piece=3))
    lines = [
        line[6:] for line in ask(server, stream=True, stream_options={"include_usage": True}).split("\n\n") if line
    ]
    assert lines[-1] == "[DONE]"
    said = [json.loads(line) for line in lines[:-1]]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in said if one["choices"]) == "It rains."
    assert said[-1]["usage"]["completion_tokens"] == 10


def test_answers_are_given_one_after_another_and_the_last_again(server: ModelServer) -> None:
    server.script(Answer(status=429, headers={"Retry-After": "7"}), Answer(text="Done."))
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server)
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (429, "7")
    refused.value.close()
    assert "Done." in ask(server)
    assert "Done." in ask(server)
    assert [one.body["model"] for one in server.asked] == ["m", "m", "m"]


def test_a_stream_can_be_cut(server: ModelServer) -> None:
    server.script(Answer(text="It rains.", cut_after=1))
    with pytest.raises(IncompleteRead):
        ask(server, stream=True)
    assert server.asked[0].pieces == 1
    assert not server.asked[0].whole


def test_structured_answers_come_the_way_they_are_asked_for(server: ModelServer) -> None:
    server.script(Answer(value={"n": 1}))
    by_text = json.loads(ask(server, response_format={"type": "json_schema"}))
    assert json.loads(by_text["choices"][0]["message"]["content"]) == {"n": 1}
    tool = {"type": "function", "function": {"name": "final_result", "parameters": {}}}
    by_tool = json.loads(ask(server, tools=[tool]))["choices"][0]
    assert by_tool["finish_reason"] == "tool_calls"
    assert json.loads(by_tool["message"]["tool_calls"][0]["function"]["arguments"]) == {"n": 1}
