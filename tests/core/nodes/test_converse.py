"""Kind `converse` at run time (P11): inboxes, hops, private notes, how it ends, what counts when answers differ."""

from __future__ import annotations

from typing import Any

from orchestrator.core.events import MessageReturned, MessageSent, TalkClosed
from orchestrator.core.messages import RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.nodes.talking import BEGIN, ONCE, facts, inbox, play, say
from tests.core.play import Play
from tests.core.workflows import workflow


def test_the_first_message_opens_its_reader_with_the_inbox_it_has() -> None:
    made = play()
    assert made.live == ["t/a"]
    assert inbox(made, "t/a") == [{"id": 1, "from": "start", "hops": [], "text": "what does it cost?"}]


def test_messages_go_from_inbox_to_inbox_with_the_way_they_have_behind_them() -> None:
    made = play()
    made.report("t/a", {"send": [{"to": "b", "text": "price?", "payload": {"n": 3}}]})
    assert made.live == ["t/b"]
    assert inbox(made, "t/b") == [{"id": 2, "from": "a", "hops": ["a"], "text": "price?", "payload": {"n": 3}}]
    made.report("t/b", {"send": [{"to": "a", "text": "ten", "re": 2}]})
    assert inbox(made, "t/a#2") == [{"id": 3, "from": "b", "hops": ["a", "b"], "re": 2, "text": "ten"}]
    made.report("t/a#2", {"answer": 10})
    assert (made.run.status, made.step("t").output["answer"]) == (RunStatus.SUCCEEDED, 10)
    assert [(one.id, one.sender, one.to, one.hops, one.re) for one in facts(made, MessageSent)] == [
        (1, "start", "a", (), None), (2, "a", "b", ("a",), None), (3, "b", "a", ("a", "b"), 2),
    ]  # fmt: skip


def test_who_is_at_work_gets_what_came_meanwhile_at_its_next_turn_all_at_once() -> None:
    made = play(begin=[{"to": "a", "text": "'one'"}, {"to": "b", "text": "'two'"}])
    assert made.live == ["t/a", "t/b"]
    say(made, "t/a", ("b", "x"), ("b", "y"))
    assert made.live == ["t/b"]
    say(made, "t/b")
    assert [one["text"] for one in inbox(made, "t/b#2")] == ["x", "y"]


def test_a_message_to_nobody_is_told_to_its_sender_and_not_lost() -> None:
    made = play()
    say(made, "t/a", ("c", "hello"), ("a", "me"))
    told = inbox(made, "t/a#2")
    assert [one["from"] for one in told] == ["post", "post"]
    assert told[0]["text"] == "there is no 'c' here; you can write to: b"
    assert told[1]["text"] == "'a' is you; keep what you need in your notes"
    assert [one.reason for one in facts(made, MessageReturned)] == [one["text"] for one in told]


def test_notes_are_given_back_to_who_made_them_and_to_nobody_else() -> None:
    """R13: the recorded inputs show what each was given."""
    made = play({"a": {**ONCE, "scratch": "notes"}, "b": ONCE})
    assert made.queued("t/a").input == {"inbox": inbox(made, "t/a"), "notes": None}
    say(made, "t/a", ("b", "price?"), notes={"secret": 1})
    say(made, "t/b", ("a", "ten"))
    assert (made.queued("t/a#2").input or {})["notes"] == {"secret": 1}
    others = [fact for fact in made.facts if fact.type == "attempt.queued" and "t/a" not in fact.path]
    assert not any("secret" in str(fact) for fact in others)


def test_an_agent_may_be_told_who_it_is_and_whom_it_can_write_to() -> None:
    made = play({"a": {**ONCE, "with": {"mail": "inbox", "me": "me", "others": "peers"}}, "b": ONCE})
    given: Any = made.queued("t/a").input
    assert (given["me"], given["others"]) == ("a", ["b"])


def test_it_is_over_when_everybody_is_quiet() -> None:
    made = play()
    say(made, "t/a", ("b", "no need to answer"))
    say(made, "t/b")
    assert (made.run.status, facts(made, TalkClosed)[0].why) == (RunStatus.SUCCEEDED, "quiet")
    assert made.step("t").output["answer"] is None


def test_it_is_over_when_all_have_answered_though_mail_is_left() -> None:
    made = play()
    say(made, "t/a", ("b", "mine is 3"), answer=3)
    say(made, "t/b", ("a", "mine too"), answer=3)
    assert (made.run.status, facts(made, TalkClosed)[0].why, made.has("t/a#2")) == (
        RunStatus.SUCCEEDED,
        "answered",
        False,
    )
    output: Any = made.step("t").output
    assert (output["decided"], output["talk"]["unread"]) == ("all who answered agree", {"a": 1})


def differing(**more: Any) -> Play:
    made = play({"a": ONCE, "b": ONCE, "c": ONCE}, begin=[{"to": name, "text": "'?'"} for name in "abc"], **more)
    for name, value in (("a", 1), ("b", 2), ("c", 2)):
        say(made, f"t/{name}", answer={"n": value, "by": name})
    return made


def test_answers_that_differ_without_a_rule_fail_with_what_each_said() -> None:
    made = differing()
    state = made.step("t")
    assert (state.status, state.failure) == (StepStatus.FAILED, Failure.STUCK)
    assert state.reason.startswith("answers differ, and 'conflict' does not say which counts: a: {")


def test_precedence_lets_the_first_decide_and_keeps_the_dissent() -> None:
    made = differing(conflict={"precedence": ["b", "a"]})
    assert made.step("t").output["answer"] == {"n": 2, "by": "b"}
    closed = facts(made, TalkClosed)[0]
    assert (closed.decided, closed.dissent, closed.answers) == ("precedence: b", ("a", "c"), {"a": 1, "b": 1, "c": 1})


def test_a_vote_counts_a_field_and_a_tie_leaves_it_to_the_next_rule() -> None:
    made = differing(conflict={"vote": "n"})
    assert made.step("t").output["answer"] == {"n": 2, "by": "b"}
    assert facts(made, TalkClosed)[0].decided == "vote: 2 of 3 for n 2"
    made = differing(conflict=[{"vote": "by"}, {"precedence": ["c"]}])
    assert made.step("t").output["decided"] == "precedence: c"
    assert "no rule decides between them" in differing(conflict={"vote": "by"}).step("t").reason


def test_an_arbiter_is_given_the_answers_and_decides() -> None:
    made = differing(conflict={"arbiter": "spare"})
    assert (made.live, made.queued("t/Arbiter").agent) == (["t/Arbiter"], "spare")
    given: Any = made.queued("t/Arbiter").input
    assert given["answers"]["a"] == {"n": 1, "by": "a"}
    made.report("t/Arbiter", {"n": 1.5})
    assert (made.step("t").output["answer"], made.step("t").output["decided"]) == ({"n": 1.5}, "arbiter")


def test_when_an_arbiter_fails_the_next_rule_counts_or_it_fails_as_he_did() -> None:
    made = differing(conflict=[{"arbiter": "spare"}, {"precedence": ["a"]}])
    made.fail("t/Arbiter", Failure.REFUSED)
    assert made.step("t").output["decided"] == "precedence: a"
    made = differing(conflict={"arbiter": "spare"})
    made.fail("t/Arbiter", Failure.REFUSED, "no")
    assert (made.step("t").reason, made.step("t").failure) == ("Arbiter: no", Failure.REFUSED)
    made.send(RetryStep(path="t/Arbiter", actor="1"))
    made.report("t/Arbiter", 7)
    assert made.step("t").output["answer"] == 7


def test_a_person_sees_all_answers_and_decides_at_a_gate() -> None:
    made = differing(conflict="person")
    assert made.step("t/Person").status == StepStatus.WAITING
    shown: Any = made.step("t/Person").memo["shown"]
    assert (sorted(shown["answers"]), shown["answer"]) == (["a", "b", "c"], {"n": 1, "by": "a"})
    made.decide("t/Person", edits={"answer": {"n": 9}})
    assert made.step("t").output["answer"] == {"n": 9}


def test_a_person_can_send_the_whole_back() -> None:
    step = {"id": "t", "converse": {"agents": {"a": ONCE, "b": ONCE}, "begin": BEGIN, "conflict": "person"}}
    made = Play(workflow({"id": "plan", **ONCE}, step), {"ask": "?"})
    made.start()
    made.report("plan", 1)
    made.report("t/Begin", {"text0": "?"})
    say(made, "t/a", ("b", "x"), answer=1)
    say(made, "t/b", answer=2)
    made.decide("t/Person", "send_back", to="plan", comment="again")
    assert (made.live, made.step("t").status) == (["plan#2"], StepStatus.FAILED)
