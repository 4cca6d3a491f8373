"""From a claim to a report: inputs gathered, results merged, large values put aside, whatever words an agent used."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.errors import TransientError
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.look import WHOLE
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Suspended, Usage
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.rules.contract import Inputs, Lacking, Refused, Rule
from orchestrator.engine.ports import Claim
from orchestrator.engine.work import Live, Report, gathered, patiently, report, work


class Kept:
    """What steps have produced."""

    def artifact(self, ref: str) -> Json:
        return {"hash": {"big": 1}, "list": [1, 2]}[ref]

    def result_texts(self, run_id: str, parent: str) -> dict[str, str]:
        return {"m[0]": '"a"', "m[2]": '{"c":1}', "p/x": "1", "p/z": "null"}

    def item_texts(self, run_id: str, parent: str) -> dict[str, str]:
        return dict.fromkeys(self.result_texts(run_id, parent), "null")


def live(path: str = "a", agent: str = "quick", **more: Any) -> Live:
    claim = Claim(run_id=RunId("run"), path=StepPath(path), attempt=2, agent=agent, agent_version=1, lane=Lane.QUICK,
                  fence=Fence("f"), timeout_seconds=1.0, claimed_at=100.0, **more)  # fmt: skip
    return Live(claim=claim, started_at=100.0, began=0.0)


def told(outcome: Outcome | str) -> Report:
    made = report(live(), outcome, 2.5, "w")
    assert made is not None
    return made


def test_references_are_resolved_in_the_worker() -> None:
    assert gathered(live(input={"n": 1}, refs={"x": "list"}).claim, Kept()) == {"n": 1, "x": [1, 2]}


@pytest.mark.parametrize(("ref", "given"), [("hash", {"big": 1}), ("list", {"value": [1, 2]})])
def test_a_whole_input_may_be_a_reference(ref: str, given: Json) -> None:
    assert gathered(live(refs={WHOLE: ref}).claim, Kept()) == given


def test_items_are_collected_in_order_with_nothing_where_none_succeeded() -> None:
    text = work(live("m", "merge", input={"how": "items", "n": 4}), Kept(), lambda at_work, given: Ok())
    assert json.loads(str(text)) == ["a", None, {"c": 1}, None]


def test_branches_are_put_together_by_name() -> None:
    text = work(
        live("p", "merge", input={"how": "branches", "names": ["x", "y", "z"]}), Kept(), lambda at_work, given: Ok()
    )
    assert json.loads(str(text)) == {"x": 1, "y": None, "z": None}


def test_a_good_outcome_says_what_it_cost_and_how_long_it_took() -> None:
    message = told(
        Ok(output=[1], usage=Usage(cost_usd=Decimal("0.10"), tokens=5), degraded="half", note="$ ls")
    ).message
    assert (message.ok, message.output, message.cost_usd, message.tokens) == (True, [1], "0.10", 5)
    assert (message.degraded, message.note, message.ended_at, message.worker) == ("half", "$ ls", 102.5, "w")
    assert (message.path, message.attempt, message.fence) == ("a", 2, "f")


def test_a_bad_outcome_keeps_its_kind_reason_and_evidence() -> None:
    message = told(Failed(kind=Failure.CRASH, reason="it broke", detail="line 1")).message
    assert (message.ok, message.failure, message.reason, message.detail) == (False, Failure.CRASH, "it broke", "line 1")


def test_a_large_output_is_put_aside_by_the_hash_of_its_text() -> None:
    made = told(Ok(output="x" * codec.ARTIFACT_BYTES))
    (ref, text), *_ = made.artifacts.items()
    assert (made.message.output, made.message.output_ref, json.loads(text)) == (None, ref, "x" * codec.ARTIFACT_BYTES)
    assert told(Ok(output="x" * (codec.ARTIFACT_BYTES - 2))).artifacts == {}


def test_what_was_stopped_is_not_reported() -> None:
    assert report(live(), Cancelled(), 1.0, "w") is None


def test_what_an_agent_asks_for_goes_with_its_report_and_is_no_failure() -> None:
    asked: dict[str, Json] = {"key": "ask/1", "kind": "ask", "question": "really?"}
    message = told(Suspended(requests=(asked,))).message
    assert (message.ok, message.failure, message.requests) == (False, None, (asked,))


@pytest.mark.parametrize("words", ["a\0b", "a\ud800b", "\udcffx"], ids=["zero", "half a character", "a stray byte"])
def test_words_that_no_database_can_hold_are_made_holdable(words: str) -> None:
    """S26: a report that can't be stored would have the work done again for ever."""
    message = told(Failed(kind=Failure.CRASH, reason=words, detail=words, note=words)).message
    for text in (message.reason, message.detail, message.note):
        assert codec.loads(codec.dumps(text)) == text
        assert "\0" not in text


def test_what_an_attempt_needs_is_asked_for_again_while_the_database_is_away() -> None:
    """To let the claim go instead would have the same attempt begun twice."""
    answers: list[Exception | str] = [TransientError("away"), TransientError("away"), "there"]

    def read() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patiently(live(), read) == "there"
    assert not answers


def test_asking_ends_when_the_attempt_is_stopped() -> None:
    at_work = live()
    at_work.stop.set()

    def read() -> str:
        raise TransientError("away")

    with pytest.raises(TransientError):
        patiently(at_work, read)


def test_a_rule_needs_no_runtime_and_its_refusal_is_a_failure_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(at_work: Live, given: dict[str, Json]) -> Outcome:
        raise AssertionError("a rule asks no runtime")

    def picky(given: Inputs) -> Json:
        raise Refused("there is nothing to keep; give it something", output=dict(given))

    assert work(live(agent="rule.keep", input={"n": 1}), Kept(), never) == Ok(output={"n": 1})
    monkeypatch.setitem(RULES, "rule.picky", Rule(name="rule.picky", role="Refuses.", run=picky))
    refused = work(live(agent="rule.picky", input={}), Kept(), never)
    assert isinstance(refused, Failed)
    assert (refused.kind, refused.reason) == (Failure.REFUSED, "there is nothing to keep; give it something")
    strict = Rule(name="rule.strict", role="Wants n.", run=picky, input_schema={"type": "object", "required": ["n"]})
    monkeypatch.setitem(RULES, "rule.strict", strict)
    misfit = work(live(agent="rule.strict", input={}), Kept(), never)
    assert isinstance(misfit, Failed)
    assert misfit.kind == Failure.INVALID_INPUT
    less = Rule(name="rule.less", role="Makes do.", run=lambda given: Lacking({"n": 0}, "there was no more"))
    monkeypatch.setitem(RULES, "rule.less", less)
    assert work(live(agent="rule.less", input={}), Kept(), never) == Ok(output={"n": 0}, degraded="there was no more")
