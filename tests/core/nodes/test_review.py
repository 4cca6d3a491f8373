"""Kind `review` at run time (L1): each check fails once, is named, is sent back so many times, and ends at a person."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import ReviewJudged
from orchestrator.core.ids import StepPath, segments
from orchestrator.core.likeness import SIMILAR
from orchestrator.core.messages import RetryStep, SkipStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

ONCE = {"agent": "quick", "retry": {"attempts": 1}}
CHECKS: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "score": {"maximum": 1}},
    },
    "score": {"of": "output.score", "least": 0.8},
    "rules": [{"name": "no secrets", "check": "!output.text.contains('key')", "why": "it names a key"}],
    "similar": {"least": 0.5},
}
GOOD = {"text": "fine", "score": 0.9}
BAD: dict[str, dict[str, Any]] = {
    "schema": {"text": "fine", "score": 7},
    "score": {"text": "fine", "score": 0.4},
    "no secrets": {"text": "the key is under the mat", "score": 0.9},
    "similar": {"text": "something else altogether", "score": 0.9},
}


def play(*names: str, steps: tuple[dict[str, Any], ...] = (), **more: Any) -> Play:
    own = {"of": "steps.draft.output", **{name: CHECKS[name] for name in names or CHECKS}, **more}
    draft = {"id": "draft", **ONCE, "with": {"said": "feedback"}}
    made = Play(workflow(draft, {"id": "check", "review": own}, *steps), {"n": 1})
    made.start()
    return made


def latest(made: Play, name: str) -> str:
    """Return the path of the newest generation of a step."""
    found = [path for path in made.desk.states if path.partition("#")[0] == name and "/" not in path]
    return max(found, key=lambda path: segments(path)[-1].generation)


def draft(made: Play, output: Any, likeness: float | None = None) -> None:
    """Report the draft, and then how alike it is to accepted ones, if that is asked."""
    made.report(latest(made, "draft"), output)
    path = latest(made, "check")
    if path in made.live:
        made.report(path, {"likeness": likeness, "compared": int(likeness is not None), "run": ""})


def judged(made: Play) -> list[tuple[str, tuple[str, ...], int]]:
    return [(one.verdict, one.failed, one.round) for one in made.facts if isinstance(one, ReviewJudged)]


def test_what_holds_goes_out_as_it_is() -> None:
    made = play()
    draft(made, GOOD, 0.7)
    assert judged(made) == [("pass", (), 1)]
    assert (made.run.status, made.step("").output, made.step("").degraded) == (RunStatus.SUCCEEDED, GOOD, "")


@pytest.mark.parametrize("check", BAD)
def test_each_check_fails_once_is_named_sent_back_and_then_passes(check: str) -> None:
    made = play()
    draft(made, BAD[check], 0.2 if check == "similar" else None)
    assert judged(made) == [("redo", (check,), 1)]
    assert str(made.queued("draft#2").input["said"]).startswith(check), "whoever does it again hears what failed"
    draft(made, GOOD, 0.7)
    assert judged(made)[-1] == ("pass", (), 2)
    assert made.step("").output == GOOD


@pytest.mark.parametrize("check", BAD)
def test_each_check_ends_at_a_person_when_it_fails_every_time(check: str) -> None:
    """L1: named, retried a bounded number of times, then a person."""
    made = play()
    for _ in range(3):
        draft(made, BAD[check], 0.2 if check == "similar" else None)
    assert judged(made) == [("redo", (check,), 1), ("redo", (check,), 2), ("ask", (check,), 3)]
    shown = made.step("check#3/Person").memo["shown"]
    assert (shown["output"], shown["failed"], shown["why"].startswith(check)) == (BAD[check], [check], True)
    made.decide("check#3/Person")
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, BAD[check])
    assert made.step("").degraded == f"check: accepted by a person although {check} failed"


def test_a_persons_no_fails_the_run() -> None:
    made = play("score", retries=0)
    draft(made, BAD["score"])
    made.decide("check/Person", "reject", comment="not good enough")
    assert (made.run.status, made.step("check").failure) == (RunStatus.FAILED, Failure.REJECTED)


def test_a_persons_change_is_the_result_if_it_fits_the_schema() -> None:
    made = play("schema", "score", retries=0)
    draft(made, BAD["score"])
    made.decide("check/Person", edits={"output": {"text": 5}})
    assert "what was changed does not fit" in made.step("check/Person#2").memo["shown"]["why"]
    made.decide("check/Person#2", edits={"output": {"text": "mine"}})
    assert (made.step("").output, made.step("").degraded) == ({"text": "mine"}, "")


def test_a_person_may_send_it_back_and_the_count_begins_anew() -> None:
    made = play("score", retries=1)
    for _ in range(2):
        draft(made, BAD["score"])
    made.decide("check#2/Person", "send_back", to="draft", comment="once more, please")
    assert made.queued("draft#3").input["said"] == "once more, please"
    draft(made, BAD["score"])
    assert [verdict for verdict, _, _ in judged(made)] == ["redo", "ask", "redo"]


def test_all_that_fails_is_told_at_once() -> None:
    made = play("score", "rules")
    draft(made, {"text": "key", "score": 0.1})
    assert judged(made) == [("redo", ("score", "no secrets"), 1)]
    assert made.queued("draft#2").input["said"] == "score (0.1, at least 0.8); no secrets (it names a key)"


def test_only_what_holds_is_compared() -> None:
    made = play()
    made.report("draft", GOOD)
    queued = made.queued("check")
    assert (queued.agent, queued.input) == (
        SIMILAR, {"given": {"n": 1}, "output": GOOD, "last": 20, "alike": 0.9, "score": 0.9},
    )  # fmt: skip
    made.report("check", {"likeness": None, "compared": 0, "run": ""})
    assert judged(made) == [("pass", (), 1)], "where nothing similar was accepted there is nothing to be unlike"


def test_a_comparison_whose_worker_died_is_done_again() -> None:
    made = play("similar")
    made.report("draft", GOOD)
    made.lose("check")
    assert (made.queued("check").attempt, made.live) == (2, ["check"])


def test_a_result_that_could_not_be_compared_is_not_let_out() -> None:
    made = play("similar", retries=0)
    made.report("draft", GOOD)
    made.fail("check", Failure.CRASH, "the table is gone")
    assert (judged(made), made.run.status) == ([("ask", ("similar",), 1)], RunStatus.WAITING)


@pytest.mark.parametrize(("score", "why"), [("high", "is a text, not a number"), (None, "not a number")])
def test_a_score_that_is_no_number_does_not_hold(score: Any, why: str) -> None:
    made = play("score")
    draft(made, {"text": "fine", "score": score})
    assert why in made.step("check").reason


def test_what_lies_between_is_done_over_too() -> None:
    review = {"of": "steps.draft.output", "redo": "plan", "score": CHECKS["score"]}
    made = Play(workflow({"id": "plan", **ONCE}, {"id": "draft", **ONCE}, {"id": "check", "review": review}), {})
    made.start()
    made.report("plan")
    made.report("draft", BAD["score"])
    assert made.live == ["plan#2"]
    made.report("plan#2")
    assert made.live == ["draft#2"]


def test_a_review_inside_counts_the_rounds_of_what_encloses_it() -> None:
    """The step that is done again stands outside, so each round is a new inner sequence."""
    inner = [{"id": "polish", **ONCE},
             {"id": "check", "review": {"of": "steps.polish.output", "redo": "draft", "score": CHECKS["score"],
                                        "retries": 1}}]  # fmt: skip
    made = Play(workflow({"id": "draft", **ONCE}, {"id": "in", "sequence": inner}), {})
    made.start()
    made.report("draft")
    made.report("in/polish", BAD["score"])
    assert made.live == ["draft#2"]
    made.report("draft#2")
    made.report("in#2/polish", BAD["score"])
    assert judged(made) == [("redo", ("score",), 1), ("ask", ("score",), 2)]
    assert made.step("in#2/check/Person").status == StepStatus.WAITING


def test_it_may_be_the_review_of_every_item_of_a_map() -> None:
    body = [{"id": "draft", **ONCE}, {"id": "check", "review": {"redo": "draft", "score": CHECKS["score"]}}]
    made = Play(workflow({"id": "m", "map": {"over": "input", "do": body}}), [1, 2])
    made.start()
    made.report("m[0]/draft", BAD["score"])
    made.report("m[1]/draft", GOOD)
    assert made.live == ["m[0]/draft#2"]


def test_a_retry_checks_again() -> None:
    made = play("similar", retries=0)
    draft(made, GOOD, 0.1)
    made.decide("check/Person", "reject", comment="no")
    made.send(RetryStep(path=StepPath("check")))
    made.report("check", {"likeness": 0.9, "compared": 1, "run": ""})
    assert (made.run.status, made.step("").output) == (RunStatus.SUCCEEDED, GOOD)


def test_who_skips_the_question_skips_the_review() -> None:
    made = play("score", retries=0)
    draft(made, BAD["score"])
    made.send(SkipStep(path=StepPath("check/Person"), actor="1", actor_name="Olga"))
    assert made.step("check").status == StepStatus.SKIPPED


def test_a_large_result_is_reviewed_by_reference() -> None:
    made = play("score")
    made.desk.artifacts["ref"] = GOOD
    made.report("draft", output_ref="ref")
    assert (made.step("check").output, made.step("check").output_ref) == (None, "ref")
