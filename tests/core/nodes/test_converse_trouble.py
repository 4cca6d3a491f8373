"""Kind `converse` in trouble (P11, S19): dead agents, circles, limits, timers, retries, large outputs."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import MessageRepeated, MessageReturned, MessageSent, PeerDown, PeerSpoke, TimerSet
from orchestrator.core.messages import RetryStep, SkipStep, WakeStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.nodes.talking import ONCE, box, facts, inbox, play, say
from tests.core.play import Play
from tests.core.test_forking import fork
from tests.core.workflows import workflow


def test_mail_of_an_agent_that_failed_waits_until_it_is_tried_again() -> None:
    made = play(revive_after="30s", revivals=2)
    say(made, "t/a", ("b", "price?"))
    made.fail("t/b", Failure.UNAVAILABLE, "away")
    (down,) = facts(made, PeerDown)
    assert (down.peer, down.then, down.delay_seconds, down.reason) == ("b", "revive", 30.0, "away")
    assert (made.live, made.run.status, len(box(made, "b")["inbox"])) == ([], RunStatus.RUNNING, 1)
    assert facts(made, TimerSet)[-1].timer == "revive:b"
    made.send(WakeStep(path="t", timer="revive:b"))
    assert (made.live, [one["id"] for one in inbox(made, "t/b#2")]) == (["t/b#2"], [2])
    made.fail("t/b#2", Failure.UNAVAILABLE, "away")
    assert facts(made, PeerDown)[-1].delay_seconds == 60.0
    made.send(WakeStep(path="t", timer="revive:b"))
    say(made, "t/b#3", ("a", "ten"))
    say(made, "t/a#2", answer=10)
    assert (made.run.status, made.step("t").degraded) == (RunStatus.SUCCEEDED, "")


def test_what_comes_while_an_agent_is_down_is_read_with_the_rest() -> None:
    made = play({"a": ONCE, "b": ONCE, "c": ONCE}, begin=[{"to": "a", "text": "'x'"}, {"to": "c", "text": "'y'"}],
                revive_after="10s")  # fmt: skip
    say(made, "t/a", ("b", "first"))
    made.fail("t/b", Failure.UNAVAILABLE)
    say(made, "t/c", ("b", "second"))
    assert made.live == []
    made.send(WakeStep(path="t", timer="revive:b"))
    assert [one["text"] for one in inbox(made, "t/b#2")] == ["first", "second"]


def test_another_agent_takes_over_the_inbox_of_one_that_failed_for_good() -> None:
    made = play({"a": ONCE, "b": {**ONCE, "scratch": "notes"}}, replace={"b": "spare"})
    say(made, "t/a", ("b", "price?"))
    made.fail("t/b", Failure.REFUSED, "no")
    assert (made.queued("t/b#2").agent, inbox(made, "t/b#2")[0]["text"]) == ("spare", "price?")
    say(made, "t/b#2", ("a", "ten"))
    say(made, "t/a#2", answer=10)
    state = made.step("t")
    assert (state.status, state.degraded) == (StepStatus.SUCCEEDED, "spare took over from b")


def test_with_nobody_left_to_try_it_fails_with_the_evidence() -> None:
    made = play()
    say(made, "t/a", ("b", "price?"), ("b", "soon?"))
    made.fail("t/b", Failure.CRASH, "boom")
    state = made.step("t")
    assert (state.status, state.reason) == (StepStatus.FAILED, "b is gone (boom), with 2 messages unread")


def test_with_a_conflict_rule_it_ends_by_the_answers_there_are() -> None:
    made = play(conflict={"precedence": ["a", "b"]})
    say(made, "t/a", ("b", "mine is 3"), answer=3)
    made.fail("t/b", Failure.CRASH, "boom")
    state = made.step("t")
    assert (state.status, state.output["answer"]) == (StepStatus.SUCCEEDED, 3)
    assert "b is gone (boom), with a message unread" in state.degraded


def test_what_is_no_message_brings_its_agent_down() -> None:
    made = play()
    made.report("t/a", {"send": [{"to": "b"}]})
    assert made.step("t").reason.startswith("a is gone (what it said can't be used: send[0].text: a text is missing")


def test_two_who_go_in_circles_are_stopped_with_the_evidence() -> None:
    """S19."""
    made = play()
    for turn in range(1, 4):
        at = "" if turn == 1 else f"#{turn}"
        say(made, f"t/a{at}", ("b", "Which one?"))
        say(made, f"t/b{at}", ("a", "which one do you mean"))
    state = made.step("t")
    assert (state.status, state.failure, made.live) == (StepStatus.FAILED, Failure.STUCK, [])
    assert state.reason == (
        "a and b go in circles: a said 'Which one?' 3 times and b said 'which one do you mean' 3 times"
    )


def test_the_same_question_again_is_told_as_an_underspecified_contract() -> None:
    made = play()
    say(made, "t/a", ("b", "How much?"))
    say(made, "t/b", ("a", "depends"))
    say(made, "t/a#2", ("b", "  how MUCH "))
    (again,) = facts(made, MessageRepeated)
    assert (again.asks, again.answers, again.agent, again.times) == ("a", "b", "quick", 2)
    say(made, "t/b#2", ("a", "ten"))
    say(made, "t/a#3", answer=10)
    talk: Any = made.step("t").output["talk"]
    assert talk["unclear"] == [{"asks": "a", "answers": "b", "agent": "quick", "text": "  how MUCH ", "times": 2}]


def test_messages_round_trips_cost_and_seconds_are_counted_by_pair() -> None:
    made = play()
    made.report("t/a", {"send": [{"to": "b", "text": "1"}]}, cost_usd="0.5")
    made.now += 3
    made.report("t/b", {"send": [{"to": "a", "text": "2"}]}, cost_usd="0.02")
    made.report("t/a#2", {"send": [{"to": "b", "text": "3"}]}, cost_usd="0.03")
    say(made, "t/b#2", ("a", "4"))
    say(made, "t/a#3", answer=1)
    (pair,) = made.step("t").output["talk"]["pairs"]
    assert (pair["between"], pair["messages"], pair["round_trips"]) == (["a", "b"], 4, 2)
    assert pair["cost_usd"] == "0.05", "what began the conversation is nobody's talk"
    assert facts(made, PeerSpoke)[2].seconds >= 0


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"messages": 3}, "more than the 3 messages that may be sent; most of them between a and b: 3"),
        ({"turns": 1}, "a has taken its only turn, with 1 more to read"),
    ],
)
def test_limits_stop_it(limit: dict[str, int], reason: str) -> None:
    made = play(**limit)
    turn = 0
    while made.live:
        turn += 1
        at = "" if turn < 3 else f"#{(turn + 1) // 2}"
        say(made, f"t/{'ab'[(turn + 1) % 2]}{at}", ("ba"[(turn + 1) % 2], f"text {turn}"))
    assert (made.step("t").failure, made.step("t").reason) == (Failure.STUCK, reason)


def test_a_limit_is_a_success_only_where_that_is_declared() -> None:
    made = play(turns=1, otherwise="answers")
    say(made, "t/a", ("b", "x"), answer=1)
    say(made, "t/b", ("a", "y"))
    state = made.step("t")
    assert (state.status, state.output, state.degraded) == (
        StepStatus.SUCCEEDED,
        {"a": 1},
        "a has taken its only turn, with 1 more to read",
    )


def test_a_message_with_too_long_a_way_behind_it_comes_back() -> None:
    made = play(hops=2)
    say(made, "t/a", ("b", "1"))
    say(made, "t/b", ("a", "2"))
    say(made, "t/a#2", ("b", "3"))
    assert inbox(made, "t/a#3")[0]["text"] == ("it would be hop 3 of at most 2 (… a → b → a → b); end this exchange")


def test_a_message_nobody_reads_in_time_comes_back_to_its_sender() -> None:
    made = play(message_timeout="1m", revive_after="1h")
    say(made, "t/a", ("b", "price?"))
    made.send(WakeStep(path="t", timer="unread:2"))
    assert not facts(made, MessageReturned), "b is reading it"
    made.fail("t/b", Failure.UNAVAILABLE)
    made.send(WakeStep(path="t", timer="unread:2"))
    assert inbox(made, "t/a#2")[0]["text"] == "b did not read message 2 within 60 s"
    assert box(made, "b").get("inbox", []) == []
    assert made.send(RetryStep(path="t/b", actor="1")).reason.endswith("its mail was returned to who sent it")


def test_minutes_end_it_and_other_timers_do_nothing() -> None:
    made = play(minutes=5)
    made.send(WakeStep(path="t", timer="revive:a"))
    made.send(WakeStep(path="t", timer="unread:x"))
    assert made.live == ["t/a"]
    made.send(WakeStep(path="t", timer="minutes"))
    assert (made.step("t").reason, made.live) == ("5 minutes are over", [])


def test_a_failed_conversation_that_is_retried_reads_the_mail_that_waits() -> None:
    for path in ("t", "t/b"):
        made = play()
        say(made, "t/a", ("b", "price?"))
        made.fail("t/b", Failure.CRASH, "boom")
        assert made.send(RetryStep(path=path, actor="1")).status == 200
        (live,) = made.live
        assert live == ("t/b" if path == "t/b" else "t/b#2")
        assert inbox(made, live)[0]["text"] == "price?"
        say(made, live, ("a", "ten"))
        say(made, "t/a#2", answer=10)
        assert made.run.status == RunStatus.SUCCEEDED


def test_an_agent_that_is_down_can_be_tried_again_by_a_person_at_once() -> None:
    made = play(revive_after="1h")
    say(made, "t/a", ("b", "price?"))
    made.fail("t/b", Failure.CRASH, "boom")
    assert made.send(RetryStep(path="t/b", actor="1")).status == 200
    made.send(WakeStep(path="t", timer="revive:b"))
    assert made.live == ["t/b"]
    say(made, "t/b", ("a", "ten"))
    assert made.send(RetryStep(path="t/a", actor="1")).status == 409


def test_a_turn_passed_by_has_read_its_mail_and_said_nothing() -> None:
    made = play()
    say(made, "t/a", ("b", "price?"))
    made.send(SkipStep(path="t/b", actor="1"))
    assert made.run.status == RunStatus.SUCCEEDED


def test_first_messages_that_can_not_be_made_fail_it() -> None:
    step = {"id": "t", "converse": {"agents": {"a": ONCE, "b": ONCE}, "begin": {"to": "a", "text": "input.nope"}}}
    made = Play(workflow(step), {})
    made.start()
    assert (made.step("t").failure, made.step("t").reason[:6]) == (Failure.EXPRESSION, "Begin:")


def test_large_outputs_are_read_where_they_are_kept() -> None:
    made = play()
    made.desk.artifacts["hash"] = {"send": [{"to": "b", "text": "x" * 70_000}], "notes": 1}
    made.report("t/a", output_ref="hash")
    assert inbox(made, "t/b")[0]["text"] == "x" * 70_000
    assert len(facts(made, MessageSent)[-1].text) == 2000
    assert len(str(made.step("t").memo)) < 1500


def test_its_memory_does_not_grow_with_the_messages_that_were_read() -> None:
    made = play(messages=1000, turns=1000, hops=100)
    sizes = []
    for turn in range(1, 40):
        at = "" if turn == 1 else f"#{turn}"
        made.report(f"t/a{at}", {"send": [{"to": "b", "text": f"question {turn}"}]})
        made.report(f"t/b{at}", {"send": [{"to": "a", "text": f"answer {turn}"}]})
        sizes.append(len(str({**made.step("t").memo, "boxes": {}})))
    assert sizes[-1] - sizes[15] < 60


def test_a_run_taken_over_while_messages_are_delivered_delivers_each_once() -> None:
    made = play(begin=[{"to": "a", "text": "'x'"}, {"to": "a", "text": "'y'"}])
    say(made, "t/a", ("b", "one"), ("b", "two"))
    for n in range(5, made.run.n + 1):
        taken = fork(made, n)
        for path, text in (("t/a", "xy"), ("t/b", ["one", "two"])):
            if path in taken.live:
                assert [one["text"] for one in inbox_of(taken, path)] == list(text)


def inbox_of(made: Play, path: str) -> list[Any]:
    """Return what a step that was taken over was given to read."""
    given: Any = made.step(path).input
    return list(given["inbox"])
