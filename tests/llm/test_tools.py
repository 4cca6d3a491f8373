"""Agents that are models use tools, other agents and persons, and go on from the record afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Suspended
from tests.llm.answers import Answer
from tests.llm.conftest import Desk

STOCK = Tool(name="stock", python="tests.llm.shop:stock")
ORDER = Tool(name="order", python="tests.llm.shop:order")
TOTAL: dict[str, Json] = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


def results(desk: Desk) -> list[str]:
    """What the model was told of its calls, in the last request."""
    return [one["content"] for one in desk.server.asked[-1].messages if one["role"] == "tool"]


def test_tools_are_called_in_order_and_their_results_told(desk: Desk, tmp_path: Path) -> None:
    """A2, P12: Python functions as typed tools, beside structured output."""
    out = str(tmp_path / "orders")
    calls = (("stock", {"item": "nails"}), ("order", {"item": "a", "count": 1, "out": out}),
             ("order", {"item": "b", "count": 2, "out": out}))  # fmt: skip
    desk.server.script(Answer(calls=calls), Answer(value={"n": 3}))
    outcome = desk.run(tools=(STOCK, ORDER), output_schema=TOTAL)
    assert isinstance(outcome, Ok), outcome
    assert outcome.output == {"n": 3}
    assert Path(out).read_text() == "a 1\nb 2\n"
    assert results(desk) == ["5", '{"a":1}', '{"b":2}']
    offered = {one["function"]["name"]: one["function"] for one in desk.server.asked[0].body["tools"]}
    assert set(offered) == {"stock", "order", "final_result"}
    assert offered["stock"]["description"] == "Say how many of an item are there."
    assert offered["order"]["parameters"]["properties"]["count"] == {"type": "integer"}
    assert outcome.usage.tokens == desk.server.tokens == 60
    assert "→ order" in desk.control.text


def test_what_goes_wrong_in_a_tool_is_told_to_the_model(desk: Desk) -> None:
    calls: Any = (("stock", {"item": "ghost"}), ("stock", {"piece": 1}))
    desk.server.script(Answer(calls=calls), Answer(text="I could not find out."))
    outcome = desk.run(tools=(STOCK,))
    assert isinstance(outcome, Ok), outcome
    failed, unfit = results(desk)
    assert "there is no such item" in failed
    assert "do not fit stock" in unfit


def test_a_tool_outside_its_list_ends_the_step_before_it_acts(desk: Desk) -> None:
    """A7: refused, whatever the model says."""
    desk.server.script(Answer(calls=(("delete_all", {}),)))
    failed = desk.run(tools=(STOCK,))
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.REFUSED
    assert "delete_all" in failed.reason
    assert failed.usage.tokens == 30


def test_a_conversation_goes_on_from_the_record_after_a_failure(desk: Desk, tmp_path: Path) -> None:
    """A6, R4: no answer is paid twice, and no tool acts twice."""
    out = tmp_path / "orders"
    wants = Answer(calls=(("order", {"item": "a", "count": 1, "out": str(out)}),))
    desk.server.script(wants, Answer(status=500), Answer(text="Ordered."))
    failed = desk.run(tools=(ORDER,))
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.UNAVAILABLE
    again = desk.run(tools=(ORDER,), attempt=2)
    assert isinstance(again, Ok), again
    assert again.output == "Ordered."
    assert (failed.usage.tokens, again.usage.tokens) == (30, 30)
    assert out.read_text() == "a 1\n"
    assert len(desk.server.asked) == 3


def test_only_the_bad_answer_is_asked_for_anew(desk: Desk, tmp_path: Path) -> None:
    """S18: what was right before it stays."""
    out = tmp_path / "orders"
    wants = Answer(calls=(("order", {"item": "a", "count": 1, "out": str(out)}),))
    desk.server.script(wants, Answer(raw="{oops"), Answer(value={"n": 1}))
    failed = desk.run(tools=(ORDER,), output_schema=TOTAL)
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.MALFORMED
    again = desk.run(tools=(ORDER,), output_schema=TOTAL, attempt=2)
    assert isinstance(again, Ok), again
    assert out.read_text() == "a 1\n"
    assert len(desk.server.asked) == 3


def test_other_agents_are_called_as_tools_all_at_once_and_answered_in_a_later_attempt(desk: Desk) -> None:
    """P12: the slot is free meanwhile; the conversation costs nothing again."""
    pricing: Json = {"role": "Knows prices.", "input": {"type": "object", "properties": {"item": {"type": "string"}}}}
    asks = Answer(calls=(("pricing", {"item": "a"}), ("pricing", {"item": "b"})))
    desk.server.script(asks, Answer(text="9 in all."))
    known: Any = {"tools": (Tool(name="pricing", agent="pricing"),), "agents": {"pricing": pricing}}
    waits = desk.run(**known)
    assert isinstance(waits, Suspended), waits
    assert [(one["key"], one["kind"], one["input"]) for one in waits.requests] == [
        ("call/1", "call", {"item": "a"}), ("call/2", "call", {"item": "b"}),
    ]  # fmt: skip
    assert waits.usage.tokens == 30
    done = desk.run(**known, attempt=2, answers={"call/1": {"usd": 4}, "call/2": {"usd": 5}})
    assert isinstance(done, Ok), done
    assert done.output == "9 in all."
    assert done.usage.tokens == 30
    assert results(desk) == ['{"usd":4}', '{"usd":5}']
    assert len(desk.server.asked) == 2


def test_a_model_that_may_asks_a_person_and_goes_on_with_the_answer(desk: Desk) -> None:
    """A2: escalation from a model."""
    asks = Answer(calls=(("ask_person", {"question": "Which region?", "options": ["north", "south"]}),))
    desk.server.script(asks, Answer(text="North it is."))
    settings = {"escalate": True}
    waits = desk.run(settings=settings)
    assert isinstance(waits, Suspended)
    [request] = waits.requests
    assert request == {"key": "ask/1", "kind": "ask", "question": "Which region?", "options": ["north", "south"]}
    done = desk.run(settings=settings, attempt=2, answers={"ask/1": "north"})
    assert isinstance(done, Ok)
    assert results(desk) == ["north"]


def test_nobody_is_asked_unawares(desk: Desk) -> None:
    desk.run()
    assert "tools" not in desk.server.asked[0].body


def test_a_risky_call_waits_for_a_person(desk: Desk, tmp_path: Path) -> None:
    """H6: nothing is done before the approval, and then what was approved."""
    out = tmp_path / "orders"
    wants = Answer(calls=(("order", {"item": "a", "count": 100, "out": str(out)}),))
    desk.server.script(wants, Answer(text="Ordered."))
    tools = (Tool(name="order", python=ORDER.python, risky=True),)
    waits = desk.run(tools=tools)
    assert isinstance(waits, Suspended)
    [request] = waits.requests
    assert request["kind"] == "approve"
    assert not out.exists()
    approved = {"tool": "order", "digest": request["digest"], "verdict": "approved", "by": "sam", "comment": "",
                "arguments": {"item": "a", "count": 3, "out": str(out)}}  # fmt: skip
    done = desk.run(tools=tools, attempt=2, answers={str(request["key"]): approved})
    assert isinstance(done, Ok), done
    assert out.read_text() == "a 3\n"


def test_a_model_that_never_comes_to_an_answer_is_stuck(desk: Desk) -> None:
    desk.server.script(Answer(calls=(("stock", {"item": "a"}),)))
    failed = desk.run(tools=(STOCK,), settings={"turns": 3})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.STUCK
    assert len(desk.server.asked) == 3


def test_malformed_arguments_are_told_to_the_model(desk: Desk) -> None:
    def reply(asked: Any) -> Answer:
        return Answer(text="Never mind.") if len(asked.messages) > 2 else Answer(body=broken)

    tool = {"index": 0, "id": "c", "type": "function", "function": {"name": "stock", "arguments": '{"item": '}}
    message = {"role": "assistant", "content": None, "tool_calls": [tool]}
    broken = json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "tiny",
                         "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]})  # fmt: skip
    desk.server.reply = reply
    outcome = desk.run(tools=(STOCK,), settings={"stream": False})
    assert isinstance(outcome, Ok), outcome
    assert "not JSON" in results(desk)[0]
