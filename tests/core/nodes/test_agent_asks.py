"""Kind `agent` when its agent asks a person (A1): the answer re-enters as input, and asking is never a success."""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.asking import answers
from orchestrator.core.events import AttemptEnded
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import AssignStep, RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import AttemptStatus, RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

QUESTION = {"key": "ask/1", "kind": "ask", "question": "Which region?", "options": ["north", "south"]}


def asking() -> Play:
    spec = AgentSpec(name="boss", role="Asks.", runtime="scripted", lane=Lane.QUICK)
    made = Play(workflow({"id": "a", "agent": "boss", "retry": {"attempts": 1}}), {"n": 1}, {"boss": spec})
    made.start()
    made.report("a", ok=False, requests=(QUESTION,))
    return made


def test_an_escalation_s_answer_re_enters_as_input_and_asking_never_counts_as_success() -> None:
    """A1."""
    made = asking()
    (ended,) = [fact for fact in made.facts if isinstance(fact, AttemptEnded)]
    assert (ended.status, made.step("a").status, made.run.status) == (
        AttemptStatus.SUSPENDED, StepStatus.RUNNING, RunStatus.WAITING,
    )  # fmt: skip
    made.decide("a/Ask", edits={"answer": "north"})
    assert (made.step("a").status, made.step("a").output) == (StepStatus.QUEUED, None)
    asked = made.step("a/Ask")
    assert answers({"a/Ask": asked.output}, {"a/Ask": asked.item}, "boss") == {"ask/1": "north"}
    queued = made.queued("a")
    assert (queued.attempt, queued.resumed, queued.input, made.run.retries) == (2, True, None, 0)
    made.report("a", {"region": "north"})
    assert (made.run.status, made.step("a").output) == (RunStatus.SUCCEEDED, {"region": "north"})


def test_an_escalation_that_is_refused_fails_the_step() -> None:
    """A1."""
    made = asking()
    made.decide("a/Ask", "reject", comment="ask somebody else")
    assert (made.step("a").status, made.run.status) == (StepStatus.FAILED, RunStatus.FAILED)
    assert "ask somebody else" in made.step("a").reason


def test_an_answer_is_only_for_the_agent_that_asked() -> None:
    """A1: who stands in has asked for nothing yet, and its first question is another one than the first one's."""
    specs = {name: AgentSpec(name=name, role="Asks.", runtime="scripted", lane=Lane.QUICK) for name in ("boss", "calm")}
    step = {"id": "a", "agent": "boss", "fallback": ["calm"], "retry": {"attempts": 1}}
    made = Play(workflow(step), {"n": 1}, specs)
    made.start()
    made.report("a", ok=False, requests=(QUESTION,))
    made.decide("a/Ask", edits={"answer": "north"})
    made.fail("a", Failure.CRASH, "it broke")
    assert (made.step("a").agent, told(made, "boss"), told(made, "calm")) == ("calm", {"ask/1": "north"}, {})
    made.report("a", ok=False, requests=({**QUESTION, "question": "Which currency?"},))
    made.decide("a/Ask#2", edits={"answer": "south"})
    assert (told(made, "boss"), told(made, "calm")) == ({"ask/1": "north"}, {"ask/1": "south"})
    made.report("a", {"region": "south"})
    assert made.run.status == RunStatus.SUCCEEDED


def told(made: Play, agent: str) -> dict[str, object]:
    """Return what an agent of the step is given."""
    asked = {path: made.step(path) for path in made.desk.states if path.startswith("a/Ask")}
    outputs = {path: one.output for path, one in asked.items() if one.status == StepStatus.SUCCEEDED}
    return dict(answers(outputs, {path: one.item for path, one in asked.items()}, agent))


def test_what_was_asked_for_is_not_asked_again_once_a_person_has_the_step() -> None:
    """S23: the step would end before it."""
    made = asking()
    made.send(AssignStep(path=StepPath("a")))
    assert made.step("a/Ask").status == StepStatus.CANCELLED
    verdict = made.send(RetryStep(path=StepPath("a/Ask")))
    assert made.step("a/Ask").status == StepStatus.CANCELLED
    assert "'a' goes on without it" in verdict.reason
