"""What an agent writes and sends while it works is part of what its attempt comes to, or the attempt is refused."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.sharing import Shared, letter
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.nodes import talking
from tests.core.play import Play
from tests.core.workflows import workflow

ONCE = {"agent": "quick", "retry": {"attempts": 1}}


def board() -> Play:
    contributor = {**ONCE, "writes": ["risk"]}
    made = Play(
        workflow({"id": "bb", "blackboard": {"keys": {"risk": {}, "other": {}}, "agents": {"legal": contributor}}})
    )
    made.start()
    return made


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (None, {"risk": 2, "send": [{"to": "b", "text": "hi"}]}),
        ({"why": "x"}, {"why": "x", "risk": 2, "send": [{"to": "b", "text": "hi"}]}),
        (5, {"value": 5, "risk": 2, "send": [{"to": "b", "text": "hi"}]}),
        (
            {"send": [{"to": "a", "text": "1"}]},
            {"send": [{"to": "a", "text": "1"}, {"to": "b", "text": "hi"}], "risk": 2},
        ),
    ],
)
def test_it_stands_in_the_output(output: Json, expected: Json) -> None:
    shared = Shared(writes={"risk": 2}, sends=[("b", "hi")])
    assert shared.with_output(output) == expected
    assert shared.told == ("write risk", "send b")
    assert Shared().with_output(output) == output


def test_any_message_can_be_sent() -> None:
    assert letter("b", "hi") == {"to": "b", "text": "hi"}
    assert letter("b", {"text": "hi", "re": 3}) == {"to": "b", "text": "hi", "re": 3}
    assert letter("b", {"n": 1}) == {"to": "b", "text": '{"n":1}', "payload": {"n": 1}}


def test_a_write_counts_like_a_field_of_the_output() -> None:
    made = board()
    made.report("bb/legal", {"risk": 2}, shared=("write risk",))
    assert made.step("").output == {"risk": 2, "other": None}


@pytest.mark.parametrize(
    ("shared", "reason"),
    [
        (("write other",), "legal may not write 'other'; it may write risk"),
        (("send legal",), "nobody has an inbox on a blackboard; write to a key instead"),
    ],
)
def test_what_a_contributor_may_not_do_fails_it_by_name(shared: tuple[str, ...], reason: str) -> None:
    made = board()
    made.report("bb/legal", {"risk": 1}, shared=shared)
    assert (made.step("bb/legal").failure, made.step("bb").reason) == (Failure.REFUSED, f"legal: {reason}")
    assert made.step("bb").memo["keys"] == {}, "nothing of it is written"


def test_a_message_that_was_sent_is_delivered_and_a_peer_has_nothing_to_write_to() -> None:
    made = talking.play()
    talking.say(made, "t/a", ("b", "hi"))
    made = talking.play()
    made.report("t/a", {"send": [{"to": "b", "text": "hi"}]}, shared=("send b",))
    assert talking.inbox(made, "t/b")[0]["text"] == "hi"
    made.report("t/b", {"x": 1}, shared=("write x",))
    assert made.step("t/b").reason == "there is no 'x' to write to in a conversation; send it"


def test_a_step_that_is_by_itself_has_nothing_to_share() -> None:
    steps: Any = [{"id": "a", **ONCE, "fallback": ["spare"]}]
    made = Play(workflow(*steps))
    made.start()
    made.report("a", {"x": 1}, shared=("write x",))
    state = made.step("a")
    assert (made.run.status, state.status, state.failure) == (RunStatus.FAILED, StepStatus.FAILED, Failure.REFUSED)
    assert state.reason.startswith("write x: there is neither a blackboard nor a conversation around this step")
