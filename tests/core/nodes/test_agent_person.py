"""Kind `agent` where the agent is a person (A2): a form instead of an attempt, and its answer as the output."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.events import GateOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import (
    AssignStep,
    CancelRun,
    PauseRun,
    ResumeRun,
    RetryStep,
    SkipStep,
    Verdict,
    WakeStep,
)
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

VERDICT = {
    "type": "object",
    "required": ["verdict"],
    "properties": {"verdict": {"enum": ["pay", "refuse"]}, "note": {"type": "string"}},
}
CLERK = AgentSpec(
    name="clerk", role="Decides on an invoice.", runtime="human", lane=Lane.REMOTE, output_schema=VERDICT,
    instructions="Compare it with the order.",
    settings={"title": "Check the invoice", "group": "accountants", "deadline": "4h"},
)  # fmt: skip
SPECS = {
    "clerk": CLERK,
    "talker": AgentSpec(name="talker", role="Says something.", runtime="human", lane=Lane.REMOTE),
    "quick": AgentSpec(name="quick", role="Answers at once.", runtime="x", lane=Lane.QUICK),
}


def play(**fields: Any) -> Play:
    made = Play(workflow({"id": "a", "agent": "clerk", **fields}), {"amount": 12}, SPECS)
    made.start()
    return made


def gate(made: Play) -> GateOpened:
    return [fact for fact in made.facts if isinstance(fact, GateOpened)][-1]


def test_a_person_s_step_is_never_queued_and_shows_a_form_made_of_the_contract() -> None:
    made = play()
    asked = gate(made)
    assert (made.live, made.run.status) == ([], RunStatus.WAITING)
    assert (asked.path, asked.title, asked.group) == ("a/Form", "Check the invoice", "accountants")
    assert asked.shown == {"what to do": "Compare it with the order.", "amount": 12}
    assert (asked.edit, asked.edit_schema) == (("verdict", "note"), VERDICT)
    assert (asked.deadline_seconds, made.step("a").input, made.step("a").agent) == (14_400.0, {"amount": 12}, "clerk")


def test_what_a_person_answers_is_the_output_without_what_they_left_out() -> None:
    made = play()
    made.decide("a/Form", edits={"verdict": "pay"})
    state = made.step("a")
    assert (state.status, state.output, state.degraded) == (StepStatus.SUCCEEDED, {"verdict": "pay"}, "")
    assert (made.run.status, made.run.retries) == (RunStatus.SUCCEEDED, 0)


def test_an_answer_that_is_no_object_has_one_field() -> None:
    made = play(agent="talker")
    assert (gate(made).edit, gate(made).title) == (("answer",), "Says something.")
    made.decide("a/Form", edits={"answer": "yes"})
    assert made.step("a").output == "yes"


def test_a_name_that_is_both_given_and_asked_stands_apart() -> None:
    made = Play(workflow({"id": "a", "agent": "clerk"}), {"note": "urgent"}, SPECS)
    made.start()
    assert gate(made).shown == {"what to do": "Compare it with the order.", "given": {"note": "urgent"}}


def test_an_answer_that_does_not_fit_the_contract_is_no_success() -> None:
    made = play()
    made.decide("a/Form", edits={"verdict": "perhaps"})
    state = made.step("a")
    assert (state.status, state.failure) == (StepStatus.FAILED, Failure.SCHEMA)
    assert state.reason.startswith("The output of clerk does not fit its contract. verdict: ")


def test_a_deadline_that_passed_hands_the_step_to_the_fallback() -> None:
    made = play(fallback=["quick"])
    made.send(WakeStep(path="a/Form", timer="deadline"))
    assert made.queued("a").agent == "quick"
    made.report("a", {"verdict": "refuse"})
    state = made.step("a")
    assert (state.status, state.output) == (StepStatus.SUCCEEDED, {"verdict": "refuse"})
    assert state.degraded.startswith("quick stood in for clerk")


def test_a_deadline_that_passed_ends_as_the_step_declares_it() -> None:
    made = play(degrade={"value": "{'verdict': 'refuse'}", "why": "nobody looked"})
    made.send(WakeStep(path="a/Form", timer="deadline"))
    assert made.step("a").output == {"verdict": "refuse"}
    assert made.step("a").degraded.startswith("nobody looked (nobody decided before the deadline)")
    alone = play()
    alone.send(WakeStep(path="a/Form", timer="deadline"))
    assert (alone.step("a").failure, alone.run.status) == (Failure.EXPIRED, RunStatus.FAILED)


def test_an_agent_falls_back_to_a_person_with_the_same_input() -> None:
    made = play(agent="quick", fallback=["clerk"], retry={"attempts": 1})
    made.fail("a", Failure.CRASH, "it broke")
    assert (gate(made).path, gate(made).shown["amount"]) == ("a/Form#2", 12)
    made.decide("a/Form#2", edits={"verdict": "pay"})
    assert made.step("a").degraded == "clerk stood in for quick"


def test_who_declines_ends_the_step_and_nobody_else_is_asked() -> None:
    made = play(fallback=["quick"])
    made.decide("a/Form", "reject", comment="not mine")
    assert (made.step("a").status, made.step("a").failure) == (StepStatus.FAILED, Failure.REJECTED)


def test_a_step_that_failed_asks_its_person_again_when_it_is_retried() -> None:
    made = play()
    first = gate(made).digest
    made.decide("a/Form", "reject", comment="not mine")
    assert made.send(RetryStep(path="a", actor="1")).status == 200
    assert (gate(made).path, gate(made).digest == first) == ("a/Form", False)
    made.decide("a/Form", edits={"verdict": "pay"})
    assert made.step("a").output == {"verdict": "pay"}


def test_a_retry_after_the_fallback_failed_begins_with_the_person_again() -> None:
    made = play(fallback=["quick"], retry={"attempts": 1})
    made.send(WakeStep(path="a/Form", timer="deadline"))
    made.fail("a", Failure.CRASH)
    made.send(RetryStep(path="a", actor="1"))
    assert (gate(made).path, made.step("a").agent) == ("a/Form#3", "clerk")
    assert made.decide("a/Form", edits={"verdict": "pay"}).status == 409
    made.decide("a/Form#3", edits={"verdict": "pay"})
    assert (made.step("a").status, made.step("a").degraded) == (StepStatus.SUCCEEDED, "")


def test_a_form_that_expired_is_not_opened_again_while_the_fallback_is_at_work() -> None:
    made = play(fallback=["quick"])
    made.send(WakeStep(path="a/Form", timer="deadline"))
    verdict = made.send(RetryStep(path="a/Form", actor="1"))
    assert (verdict.status, "quick has 'a' by now" in verdict.reason) == (409, True)


def test_pausing_skipping_and_cancelling_are_legal_while_a_person_is_asked() -> None:
    made = play()
    made.send(PauseRun(actor="1"))
    made.send(ResumeRun(actor="1"))
    made.send(SkipStep(path="a", actor="1"))
    assert (made.step("a").status, made.step("a/Form").status) == (StepStatus.SKIPPED, StepStatus.CANCELLED)
    other = play()
    other.send(CancelRun(actor="1"))
    assert (other.run.status, other.run.gates) == (RunStatus.CANCELLED, 0)


def test_a_person_sends_back_what_led_to_their_step_and_is_asked_anew_about_it() -> None:
    steps = [{"id": "draft", "agent": "quick"}, {"id": "check", "agent": "clerk"}]
    made = Play(workflow(*steps), {}, SPECS)
    made.start()
    made.report("draft", {"text": "one"})
    assert made.decide("check/Form", "send_back", comment="shorter").status == 200
    made.report("draft#2", {"text": "two"})
    assert gate(made).path == "check#2/Form"
    assert gate(made).shown == {"what to do": "Compare it with the order.", "text": "two"}
    made.decide("check#2/Form", edits={"verdict": "pay"})
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_large_input_is_read_for_the_form() -> None:
    steps = [{"id": "draft", "agent": "quick"}, {"id": "check", "agent": "clerk"}]
    made = Play(workflow(*steps), {}, SPECS)
    made.start()
    made.desk.artifacts["ref"] = {"text": "long"}
    made.report("draft", output_ref="ref")
    assert gate(made).shown["text"] == "long"


@pytest.mark.parametrize("fields", [
    {"map": {"over": "[1, 2]", "as": "n", "agent": "clerk"}},
    {"parallel": {"branches": {"left": {"agent": "clerk"}, "right": {"agent": "clerk"}}}},
    {"loop": {"do": {"agent": "clerk"}, "rounds": 2, "until": "round >= 2"}},
    {"handoff": {"agents": ["clerk"], "check": {"fits": "output.verdict == 'pay'"}}},
    {"supervise": {"over": "[1, 2]", "as": "n", "agents": ["clerk"], "check": {"fits": "true"}}},
    {"branch": [{"id": "only", "agent": "clerk"}]},
])  # fmt: skip
def test_a_person_can_stand_wherever_an_agent_can(fields: dict[str, Any]) -> None:
    made = Play(workflow({"id": "a", **fields}), {}, SPECS)
    made.start()
    for _ in range(4):
        for path in [path for path, state in made.desk.states.items() if state.status == StepStatus.WAITING]:
            assert made.decide(path, edits={"verdict": "pay"}).status == 200
    for path in made.live:  # what puts the results together is work for a worker
        made.report(path, "together")
    assert (made.live, made.run.status) == ([], RunStatus.SUCCEEDED)


TWIN = AgentSpec(name="twin", role="Decides, too.", runtime="x", lane=Lane.QUICK, version=2, output_schema=VERDICT)


def assign(made: Play, agent: str = "", path: str = "a") -> Verdict:
    return made.send(AssignStep(path=StepPath(path), agent=agent, version=2, actor="7", actor_name="Ada"))


def shared(agent: str, **fields: Any) -> Play:
    made = Play(workflow({"id": "a", "agent": agent, **fields}), {"amount": 12}, {**SPECS, "twin": TWIN})
    made.start()
    return made


def test_a_step_that_began_with_a_person_gets_an_agent() -> None:
    """A2."""
    made = shared("clerk")
    assert assign(made, "twin").status == 200
    assert (made.step("a/Form").status, made.run.gates) == (StepStatus.CANCELLED, 0)
    queued = made.queued("a")
    assert (queued.agent, queued.attempt, queued.why) == ("twin", 2, "given to twin by Ada")
    assert made.decide("a/Form", edits={"verdict": "pay"}).status == 409
    made.report("a", {"verdict": "pay"})
    state = made.step("a")
    assert (state.status, state.agent, state.degraded) == (StepStatus.SUCCEEDED, "twin", "")


def test_a_person_takes_over_what_an_agent_is_at_and_gives_it_back() -> None:
    """A2."""
    made = shared("twin", retry={"attempts": 1})
    assert assign(made).status == 200
    asked = gate(made)
    assert (asked.path, asked.title, asked.shown, made.live) == ("a/Form#2", "Decides, too.", {"amount": 12}, [])
    assert assign(made).reason == "a person has it already"
    assert assign(made, "twin").status == 200
    made.fail("a", Failure.CRASH)
    assert (made.step("a").status, made.step("a").attempt) == (StepStatus.FAILED, 3)


def test_what_a_person_took_over_ends_with_their_answer() -> None:
    made = shared("twin")
    assign(made)
    made.decide("a/Form#2", edits={"verdict": "refuse"})
    state = made.step("a")
    assert (state.status, state.output, state.degraded) == (StepStatus.SUCCEEDED, {"verdict": "refuse"}, "")


@pytest.mark.parametrize(("agent", "to", "status", "words"), [
    ("twin", "clerk", 409, "twin is at it; take it over first"), ("clerk", "clerk", 409, "clerk has it already"),
    ("clerk", "quick", 200, ""), ("clerk", "nobody", 422, "there is no agent 'nobody'"),
    ("clerk", "other", 422, "other has another contract than clerk: it returns verdict: must be"),
])  # fmt: skip
def test_who_may_have_a_step_is_said_in_words(agent: str, to: str, status: int, words: str) -> None:
    contract = {"type": "object", "required": ["verdict"], "properties": {"verdict": {"type": "integer"}}}
    other = AgentSpec(name="other", role="r", runtime="x", output_schema=contract)
    made = Play(workflow({"id": "a", "agent": agent}), {}, {**SPECS, "twin": TWIN, "other": other})
    made.start()
    verdict = assign(made, to)
    assert (verdict.status, verdict.reason.startswith(words)) == (status, True), verdict


def test_what_has_ended_or_is_no_agent_s_step_has_nobody_else() -> None:
    made = shared("clerk")
    made.decide("a/Form", edits={"verdict": "pay"})
    assert assign(made, "twin").status == 409
    assert assign(made, "twin", "a/Form").status == 404


def test_what_an_agent_had_asked_for_is_not_asked_again_with_the_form_that_took_its_place() -> None:
    made = shared("quick")
    made.report("a", ok=False, requests=({"key": "ask/1", "kind": "ask", "question": "Which?"},))
    assign(made)
    made.decide("a/Form#2", "reject", comment="not mine")
    made.send(RetryStep(path=StepPath("a"), actor="1"))
    assert (made.step("a/Ask").status, made.step("a/Form#2").status) == (StepStatus.CANCELLED, StepStatus.WAITING)
    made.decide("a/Form#2", edits={"answer": 1})
    assert made.run.status == RunStatus.SUCCEEDED
