"""Kind `handoff` at run time (P4): pass, retry, re-route, degrade, escalate, each by its fact, without a model call."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.events import HandoffJudged, StepOpened
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import NoteStart, RetryStep, SkipStep, WakeStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

LONG = {"name": "long enough", "check": "size(output.text) >= 3", "why": "say more"}
CHECKS = [LONG, {"name": "calm", "check": "!output.text.contains('!')"}]
CONTRACT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
AGENTS = {
    name: AgentSpec(name=name, role="Does it.", runtime="scripted", output_schema=CONTRACT)
    for name in ("quick", "slow", "spare")
}


def play(*, steps: tuple[dict[str, Any], ...] = (), **more: Any) -> Play:
    own = {"agents": ["quick", "slow"], "with": {"n": "input.n", "said": "feedback"}, "check": CHECKS, **more}
    made = Play(workflow({"id": "draft", "handoff": own}, *steps), {"n": 1}, AGENTS)
    made.start()
    return made


def judged(made: Play) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return agent, verdict and failed checks of every judgement so far."""
    return [(one.agent, one.verdict, one.failed) for one in made.facts if isinstance(one, HandoffJudged)]


def text(said: str) -> dict[str, Any]:
    return {"text": said}


def test_what_holds_passes() -> None:
    made = play()
    assert (made.queued("draft/Work").agent, made.queued("draft/Work").input) == ("quick", {"n": 1, "said": ""})
    made.report("draft/Work", text("fine"))
    assert judged(made) == [("quick", "pass", ())]
    assert (made.run.status, made.step("draft").output, made.step("draft").degraded) == (
        RunStatus.SUCCEEDED, text("fine"), "",
    )  # fmt: skip


def test_rules_need_no_call_of_anybody() -> None:
    """P4's trap: checks that are rules add no attempt, so nothing waits for them."""
    made = play()
    made.report("draft/Work", text("fine"))
    assert [one for one in made.types() if one.startswith("attempt.queued")] == ["attempt.queued draft/Work"]


def test_what_does_not_hold_is_tried_again_by_the_same_agent_who_hears_what_failed() -> None:
    made = play()
    made.report("draft/Work", text("!"))
    queued = made.queued("draft/Work#2")
    assert judged(made) == [("quick", "retry", ("long enough", "calm"))]
    assert (queued.agent, queued.input) == ("quick", {"n": 1, "said": "long enough (say more); calm"})
    made.report("draft/Work#2", text("fine"))
    assert made.step("draft").output == text("fine")


def test_then_the_next_agent_has_it_and_each_agent_once() -> None:
    made = play(agents=["quick", "slow", "spare"])
    for path in ("Work", "Work#2", "Work#3", "Work#4"):
        made.report(f"draft/{path}", text("!"))
    assert judged(made) == [
        (agent, verdict, ("long enough", "calm"))
        for agent in ("quick", "slow")
        for verdict in ("retry", "reroute")
    ]  # fmt: skip
    made.report("draft/Work#5", text("fine"))
    assert (made.step("draft").status, made.step("draft").degraded) == (StepStatus.SUCCEEDED, "")


def test_when_nobody_is_left_it_fails_and_says_why() -> None:
    made = play(retries=0)
    made.report("draft/Work", text("no"))
    made.report("draft/Work#2", text("!!!!"))
    assert judged(made)[-1] == ("slow", "fail", ("calm",))
    assert (made.run.status, made.step("draft").failure) == (RunStatus.FAILED, Failure.UNMET)
    assert made.step("draft").reason == "slow: calm"


def test_who_fell_over_is_not_asked_again_before_another_was() -> None:
    made = play()
    made.fail("draft/Work", Failure.CRASH, "it fell over")
    assert (made.queued("draft/Work#2").agent, made.queued("draft/Work#2").input["said"]) == (
        "slow", "crash (it fell over)",
    )  # fmt: skip
    made.fail("draft/Work#2", Failure.CRASH)
    assert judged(made) == [("quick", "reroute", ("crash",)), ("slow", "retry", ("crash",))]


def test_what_no_agent_could_mend_is_given_to_none() -> None:
    made = play()
    made.fail("draft/Work", Failure.INVALID_INPUT, "n must be a text")
    assert (judged(made), made.step("draft").failure) == (
        [("quick", "fail", ("invalid_input",))], Failure.INVALID_INPUT,
    )  # fmt: skip


def test_a_declared_value_stands_for_it_and_is_marked() -> None:
    """R12: the mark travels to the end."""
    value = {"value": "{'text': 'none'}", "why": "a standard text"}
    made = play(retries=0, agents=["quick"], degrade=value, steps=({"id": "end", "agent": "quick"},))
    made.report("draft/Work", text("!"))
    made.report("end", text("over"))
    assert judged(made) == [("quick", "degrade", ("long enough", "calm"))]
    assert made.step("draft").output == text("none")
    assert "a standard text (quick: long enough (say more); calm)" in made.step("").degraded


@pytest.fixture
def asked() -> Play:
    """Return a run that waits for a person to say what goes on."""
    made = play(retries=0, agents=["quick"], escalate=True)
    made.report("draft/Work", text("!"))
    return made


def test_a_person_is_asked_and_sees_the_work_and_what_failed(asked: Play) -> None:
    assert judged(asked) == [("quick", "escalate", ("long enough", "calm"))]
    shown = {"output": text("!"), "failed": ["long enough", "calm"], "why": "long enough (say more); calm"}
    assert (asked.step("draft/Person").memo["shown"], asked.run.status) == (shown, RunStatus.WAITING)


def test_their_approval_lets_it_pass_but_it_stays_marked(asked: Play) -> None:
    asked.decide("draft/Person")
    assert (asked.step("draft").output, asked.step("").degraded) == (
        text("!"), "draft: accepted at the gate although long enough, calm failed",
    )  # fmt: skip


def test_what_they_changed_is_the_result(asked: Play) -> None:
    asked.decide("draft/Person", edits={"output": text("theirs")})
    assert (asked.step("draft").output, asked.step("").degraded) == (text("theirs"), "")


def test_a_change_that_does_not_fit_the_contract_is_asked_again(asked: Play) -> None:
    asked.decide("draft/Person", edits={"output": {"words": 1}})
    assert "a text is missing" in str(asked.step("draft/Person#2").memo["shown"]["why"])
    asked.decide("draft/Person#2", edits={"output": text("ok")})
    assert asked.step("draft").output == text("ok")


def test_their_no_fails_it(asked: Play) -> None:
    asked.decide("draft/Person", "reject", comment="never")
    assert (asked.run.status, asked.step("draft").failure) == (RunStatus.FAILED, Failure.REJECTED)


def test_a_person_gives_what_no_agent_made() -> None:
    made = play(retries=0, agents=["quick"], escalate={"title": "Write it yourself"})
    made.fail("draft/Work", Failure.OVER_LIMIT, "it wrote too much")
    assert made.decide("draft/Person").status == 200
    assert "does not fit" in str(made.step("draft/Person#2").feedback), "nothing is no result"
    made.decide("draft/Person#2", edits={"output": text("by hand")})
    assert made.step("draft").output == text("by hand")


def test_the_declared_value_stands_for_an_answer_that_never_came() -> None:
    until = {"deadline": {"after": "1h"}}
    made = play(retries=0, agents=["quick"], escalate=until, degrade={"value": "{'text': ''}", "why": "none"})
    made.report("draft/Work", text("!"))
    made.send(WakeStep(path=StepPath("draft/Person"), timer="deadline"))
    assert (made.step("draft").output, "none (nobody decided" in made.step("draft").degraded) == (text(""), True)


def test_a_judge_is_asked_only_once_the_rules_hold() -> None:
    made = play(judge="spare")
    made.report("draft/Work", text("!"))
    assert not made.has("draft/Judge")
    made.report("draft/Work#2", text("fine"))
    assert made.queued("draft/Judge#2").input == {"output": text("fine"), "given": {"n": 1, "said": judged_why(made)}}
    made.report("draft/Judge#2", {"passed": False, "failed": ["tone"], "why": "too short"})
    assert (judged(made)[-1], made.queued("draft/Work#3").agent) == (("quick", "reroute", ("tone",)), "slow")
    made.report("draft/Work#3", text("better"))
    made.report("draft/Judge#3", {"passed": True})
    assert made.step("draft").output == text("better")


def judged_why(made: Play) -> str:
    return next(one.why for one in made.facts if isinstance(one, HandoffJudged))


@pytest.mark.parametrize("verdict", [{"passed": "yes"}, "fine", None])
def test_a_judge_that_says_nothing_of_use_lets_nothing_pass(verdict: Any) -> None:
    made = play(judge="spare", escalate=True)
    made.report("draft/Work", text("fine"))
    made.report("draft/Judge", verdict)
    assert judged(made) == [("quick", "escalate", ("no judgement",))]


def test_a_condition_that_cannot_be_evaluated_does_not_hold() -> None:
    made = play(check={"scored": "output.score > 3"}, retries=0, agents=["quick"])
    made.report("draft/Work", text("fine"))
    assert (judged(made)[-1][2], "'output' has no field 'score'" in made.step("draft").reason) == (("scored",), True)


def test_the_time_of_the_work_is_told_without_its_lost_tries() -> None:
    made = play()
    made.lose("draft/Work")
    made.now += 60
    made.send(NoteStart(path=StepPath("draft/Work"), attempt=2, fence="f", worker="w", started_at=made.now))
    made.now += 2
    made.report("draft/Work", text("fine"), started_at=made.now - 2, ended_at=made.now)
    assert [one.seconds for one in made.facts if isinstance(one, HandoffJudged)] == [2.0]


def test_a_retry_begins_anew_with_the_first_agent() -> None:
    made = play(retries=0)
    for path in ("draft/Work", "draft/Work#2"):
        made.fail(path, Failure.CRASH)
    assert made.send(RetryStep(path=StepPath("draft/Work#2"))).reason.endswith(
        "can't be done again: it is supervised; retry 'draft' as a whole"
    )
    made.send(RetryStep(path=StepPath("draft")))
    assert (made.live, made.queued("draft/Work#3").agent) == (["draft/Work#3"], "quick")
    made.report("draft/Work#3", text("!"))
    assert made.queued("draft/Work#4").agent == "slow"


@pytest.mark.parametrize("stage", ["Work", "Judge", "Person"])
def test_what_was_given_up_goes_on_where_it_was(stage: str) -> None:
    more = {"judge": "spare"} if stage == "Judge" else {"escalate": True, "retries": 0, "agents": ["quick"]}
    branches = {
        "draft": {"handoff": {"agents": ["quick"], "check": CHECKS, **more}},
        "b": {"agent": "quick", "retry": {"attempts": 1}},
    }
    made = Play(workflow({"id": "p", "parallel": {"branches": branches}}), {}, AGENTS)
    made.start()
    if stage != "Work":
        made.report("p/draft/Work", text("fine" if stage == "Judge" else "!"))
    made.fail("p/b")
    assert made.step(f"p/draft/{stage}").status == StepStatus.CANCELLED
    made.send(RetryStep(path=StepPath("p/b")))
    assert made.step(f"p/draft/{stage}").status in (StepStatus.QUEUED, StepStatus.WAITING)


def test_who_skips_the_work_skips_what_was_to_be_made_of_it() -> None:
    made = play(steps=({"id": "end", "agent": "quick"},))
    made.send(SkipStep(path=StepPath("draft/Work"), actor="1", actor_name="Olga"))
    assert (made.step("draft").status, made.live) == (StepStatus.SKIPPED, ["end"])


def test_a_person_can_send_back_what_led_to_it() -> None:
    own = {"agents": ["quick"], "check": CHECKS, "retries": 0, "escalate": True}
    made = Play(workflow({"id": "plan", "agent": "quick"}, {"id": "draft", "handoff": own}), {}, AGENTS)
    made.start()
    made.report("plan", text("plan"))
    made.report("draft/Work", text("!"))
    made.decide("draft/Person", "send_back", comment="another plan")
    made.report("plan#2", text("other"))
    assert (made.live, made.step("draft#2/Work").input) == (["draft#2/Work"], text("other"))


def test_it_may_stand_in_a_map_without_being_taken_for_a_pool() -> None:
    inner = {"handoff": {"agents": ["quick", "slow"], "check": CHECKS}}
    made = Play(workflow({"id": "m", "map": {"over": "input", "do": inner}}), [1, 2], AGENTS)
    made.start()
    assert [one.agent for one in made.facts if isinstance(one, StepOpened) and "Work" in one.path] == ["quick"] * 2
