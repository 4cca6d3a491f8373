"""Kind `loop`: what stops it, with evidence, and never counts as success by itself (P7, R8, S19)."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.loop import Loop
from orchestrator.core.outcomes import Failure
from orchestrator.core.rounds import LONGEST_CIRCLE, MOST_SAME, MOST_SCORES
from orchestrator.core.status import RunStatus
from tests.core.nodes.looping import AGENT, UNTIL, ended, play, rounds_of, scored
from tests.core.play import Play
from tests.core.workflows import workflow


def test_a_loop_that_is_not_done_after_all_rounds_fails_with_evidence_and_keeps_its_best() -> None:
    """P7, S19."""
    made = scored(play(**UNTIL), 3, 7, 5)
    assert ended(made) == ("failed", Failure.STUCK, "not done after 3 rounds; scores 3, 7, 5, best 7 in round 2")
    assert made.step("draft").output == {"score": 7, "text": "try 1"}


@pytest.mark.parametrize(("otherwise", "text"), [("best", "try 1"), ("last", "try 2")])
def test_it_counts_as_done_only_where_that_is_said_and_then_it_is_degraded(otherwise: str, text: str) -> None:
    """R8."""
    made = scored(play(**UNTIL, otherwise=otherwise), 3, 7, 5)
    assert ended(made) == ("succeeded", None, "not done after 3 rounds; scores 3, 7, 5, best 7 in round 2")
    assert made.step("").output == {"score": [0, 7, 5][int(text[-1])], "text": text}
    assert made.step("").degraded.startswith("draft: not done after 3 rounds")


def test_a_loop_that_does_not_improve_stops_with_evidence() -> None:
    """P7, R8, S19."""
    made = scored(play(rounds=99, **UNTIL, improve=0.05, patience=2), 0.5, 0.55, 0.57, 0.58)
    assert ended(made) == (
        "failed", Failure.STUCK,
        "no better by 0.05 for 2 rounds, up to round 4; scores 0.5, 0.55, 0.57, 0.58, best 0.58 in round 4",
    )  # fmt: skip


def test_small_improvements_add_up() -> None:
    made = scored(play(rounds=99, **UNTIL, improve=0.05, patience=2), 0.50, 0.53, 0.56, 0.59, 0.61)
    assert made.live == ["draft[5]"]


def test_patience_alone_asks_for_any_improvement_and_improve_alone_waits_two_rounds() -> None:
    made = scored(play(rounds=99, **UNTIL, patience=1), 0.5, 0.5001, 0.4)
    assert ended(made)[2].startswith("no better for 1 round, up to round 3")
    assert isinstance(node := made.workflow.root.steps[0], Loop)  # type: ignore[attr-defined]
    assert node.limits.improve is None
    assert ended(scored(play(rounds=99, **UNTIL, improve=1), 5, 5, 5))[2].startswith("no better by 1 for 2 rounds")


def test_rounds_without_a_score_are_no_improvement() -> None:
    made = play({**AGENT, "when": "round == 1"}, rounds=99, **UNTIL, patience=3)
    scored(made, 5)
    assert ended(made)[2] == "no better for 3 rounds, up to round 4; scores 5, best 5 in round 1"


def test_the_same_output_three_times_in_a_row_is_stuck() -> None:
    """R8, S19."""
    made = play(rounds=99, until="last.done")
    for number in range(3):
        made.report(f"draft[{number}]", {"text": "the same", "done": False})
    assert ended(made) == ("failed", Failure.STUCK, "the same output came 3 times, up to round 3")
    assert made.step("draft").output == {"text": "the same", "done": False}


def test_equal_large_outputs_are_seen_by_their_hash() -> None:
    made = play(rounds=99, same=2)
    made.report("draft[0]", output_ref="a" * 64)
    made.report("draft[1]", output_ref="a" * 64)
    assert ended(made)[2] == "the same output came 2 times, up to round 2"


def test_the_order_of_names_makes_no_other_output_and_something_between_starts_over() -> None:
    made = play(rounds=99)
    for number, output in enumerate(({"a": 1, "b": 2}, {"b": 2, "a": 1}, 3, {"a": 1, "b": 2}, {"a": 1, "b": 2})):
        made.report(f"draft[{number}]", output)
    assert made.live == ["draft[5]"]
    made.report("draft[5]", {"b": 2, "a": 1})
    assert made.run.status == RunStatus.FAILED


def test_two_agents_that_undo_each_others_work_go_round_in_circles() -> None:
    """S19: ping-pong."""
    made = play(rounds=99)
    for number in range(6):
        made.report(f"draft[{number}]", ["ping", "pong"][number % 2])
    assert ended(made)[2] == "the same 2 outputs came in turn, 3 times, up to round 6"


def test_the_same_may_come_as_often_as_it_likes_where_that_is_said() -> None:
    made = play(rounds=9, same=0)
    for number in range(9):
        made.report(f"draft[{number}]", "waiting")
    assert made.run.status == RunStatus.SUCCEEDED


def test_all_rounds_done_is_success_though_the_last_are_the_same() -> None:
    made = play(rounds=3)
    for number in range(3):
        made.report(f"draft[{number}]", "done")
    assert made.run.status == RunStatus.SUCCEEDED


def test_no_round_begins_when_the_time_is_over_and_the_one_at_work_settles() -> None:
    """P7, C1."""
    made = play(rounds=99, **UNTIL, budget={"minutes": 2})
    made.now += 100
    scored(made, 1)
    made.now += 100
    scored(made, 2)
    assert ended(made)[2] == (
        "its budget is used up after round 2: 3.33333 of 2 minutes; scores 1, 2, best 2 in round 2"
    )


def test_what_is_used_up_anywhere_inside_counts_towards_its_budget_and_nothing_else_does() -> None:
    """P7, C1, S19: cost bounded."""
    body = {"sequence": [{"id": "a", **AGENT}, {"id": "p", "parallel": {"branches": {"b": AGENT, "c": AGENT}}}]}
    loop = {"loop": {"do": body, "rounds": 99, "budget": {"usd": 0.5, "tokens": 90}}}
    made = Play(workflow({"id": "side", **AGENT}, {"id": "draft", **loop, "needs": []}), {})
    made.start()
    made.report("side", cost_usd="5.00", tokens=1000)
    for number in range(2):
        made.report(f"draft[{number}]/a", number, cost_usd="0.10", tokens=10)
        made.report(f"draft[{number}]/p/b", cost_usd="0.05")
        made.report(f"draft[{number}]/p/c", tokens=20)
        made.report(f"draft[{number}]/p", {"b": number})
    assert (rounds_of(made).usd, rounds_of(made).tokens, made.live) == ("0.30", 60, ["draft[2]/a"])
    made.report("draft[2]/a", tokens=30)
    made.report("draft[2]/p/b")
    made.report("draft[2]/p/c")
    made.report("draft[2]/p", {"b": 2})
    assert ended(made)[2] == "its budget is used up after round 3: 90 of 90 tokens"


def test_a_failed_round_fails_the_loop_which_keeps_its_best() -> None:
    made = scored(play(score="last.score"), 5)
    made.fail("draft[1]", Failure.CRASH, "out of ink")
    assert ended(made) == ("failed", Failure.CRASH, "round 2: out of ink")
    assert made.step("draft").output == {"score": 5, "text": "try 0"}


def test_some_rounds_may_fail_and_the_result_says_so() -> None:
    """R12."""
    made = play(rounds=4, tolerate=1)
    made.report("draft[0]", 1)
    made.fail("draft[1]", Failure.CRASH)
    assert made.queued("draft[2]").input == {"n": 1}
    made.report("draft[2]", 3)
    made.report("draft[3]", 4)
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, 4)
    assert made.step("draft").degraded == "1 of 4 rounds failed"


def test_one_failed_round_too_many_fails_it() -> None:
    made = play(rounds=9, tolerate=1)
    made.fail("draft[0]", Failure.CRASH)
    made.fail("draft[1]", Failure.TIMEOUT, "too slow")
    assert ended(made) == ("failed", Failure.TIMEOUT, "2 of 2 rounds failed, 1 may; last: too slow")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"score": "last.text"}, "score: 'last.text' is a text, not a number"),
        ({"score": "last.score == 3"}, "score: 'last.score == 3' is true, not a number"),
        ({"until": "last.nope"}, "'last' has no field 'nope'"),
        ({"feedback": "last.nope"}, "'last' has no field 'nope'"),
    ],
)
def test_an_expression_that_fails_fails_the_loop_and_says_where(more: dict[str, str], reason: str) -> None:
    made = scored(play(**more), 3)
    assert (ended(made)[1], ended(made)[2].partition(";")[0]) == (Failure.EXPRESSION, reason)


def test_no_score_is_no_fault() -> None:
    made = play(score="last.score")
    made.report("draft[0]", {"score": None})
    assert (rounds_of(made).scores, made.live) == ((), ["draft[1]"])


def test_what_it_remembers_stays_of_one_size() -> None:
    made = play(rounds=200, score="round", same=0)
    for number in range(150):
        made.report(f"draft[{number}]", {"n": number})
    memory = rounds_of(made)
    assert (memory.judged, len(memory.scores), len(memory.digests)) == (150, MOST_SCORES, LONGEST_CIRCLE * MOST_SAME)
