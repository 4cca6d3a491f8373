"""A conversation past the context of its agent is refused with its size, or trimmed where that is said (C7)."""

from __future__ import annotations

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Failed, Failure, Ok
from tests.llm.answers import Answer
from tests.llm.conftest import Desk

STOCK = Tool(name="stock", python="tests.llm.shop:stock")
TALK = [Answer(calls=(("stock", {"item": f"nails {number} {'x' * 400}"}),)) for number in range(4)]


def test_a_conversation_that_grew_too_long_is_refused_with_its_size(desk: Desk) -> None:
    desk.server.script(*TALK, Answer(text="Enough."))
    failed = desk.run(tools=(STOCK,), limits={"context": 500.0})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.OVER_LIMIT
    assert "limits.context lets it take 500. Raise that, or let it forget with limits.trim: oldest." in failed.reason
    assert 1 < len(desk.server.asked) < 5
    assert failed.usage.tokens == desk.server.tokens


def test_one_that_may_forget_goes_on_without_its_oldest_turns_and_says_so(desk: Desk) -> None:
    """Declared, and never silently."""
    desk.server.script(*TALK, Answer(text="Enough."))
    outcome = desk.run({"item": "the question"}, tools=(STOCK,), limits={"context": 500.0, "trim": 1.0})
    assert isinstance(outcome, Ok), outcome
    assert "oldest turns were left out in the end, to keep to limits.context" in outcome.note
    last = desk.server.asked[-1].messages
    assert "the question" in str(last[: len(last) - 2])
    assert "nails 0" not in str(last)
    assert "nails 3" in str(last)
    assert [one["role"] for one in last if one["role"] in ("assistant", "tool")][:2] == ["assistant", "tool"]


def test_an_input_is_never_cut(desk: Desk) -> None:
    failed = desk.run({"text": "x" * 4000}, limits={"context": 500.0, "trim": 1.0})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.OVER_LIMIT
    assert desk.server.asked == []
