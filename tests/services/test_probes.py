"""R3: health probes on saved examples, while a breaker is open and while an agent is idle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Waits
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim
from orchestrator.models import Breaker, BreakerChange, Run, User
from orchestrator.reliability import breaker as logic
from orchestrator.services import agents, people, probes, runs, workflows
from orchestrator.store.breaker_door import verdict
from tests import driven

KEY = "agent:asker"
SAID: Json = {"said": "hello"}
WRONG = "`output.said == 'hello'` does not hold: output.said is \"bye\""
SPEC = AgentSpec(
    name="asker", role="Asks.", runtime="scripted", probe="hello",
    input_schema={"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    examples=(Example(name="hello", input={"text": "hello"}, expect=("output.said == 'hello'",)),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def me(redis_url: str, transactional_db: None) -> Iterator[User]:
    wiring.breakers.cache_clear()
    wiring.doors.cache_clear()
    probes._looked[0] = float("-inf")
    me = people.shell_account()
    kept(me, SPEC)
    yield me
    wiring.breakers.cache_clear()
    wiring.doors.cache_clear()


def kept(me: User, spec: AgentSpec) -> None:
    with transaction.atomic():
        agents.keep(me, spec)


def due() -> None:
    """Open the breaker; its time is over."""
    wiring.breakers().change(KEY, lambda one, now: logic.tripped(one, "test", now - 10, 5))


def ended(claim: Claim, outcome: Outcome) -> Outcome | None:
    """Let a claim pass the door as a worker does, and come back; return what the door said."""
    (door,) = (one for one in wiring.doors() if type(one).__name__ == "BreakerDoor")
    wiring.breakers()._view.read_at = float("-inf")
    entry = Entry(claim=claim, spec=SPEC, input={})
    stopped = door.admit(entry)
    if stopped is None:
        door.leave(entry, outcome, 0.1)
        driven.carry_out(claim, outcome)
    return stopped


def state() -> str:
    return Breaker.objects.get().state


def test_runs_of_the_example_probe_it_and_real_work_waits_meanwhile(me: User) -> None:
    flow = workflows.apply(me, "workflow: w\nsteps: [{id: a, agent: asker, with: {text: \"'x'\"}}]").version.name
    runs.start(me, flow, {})
    (real,) = driven.claim()
    due()
    assert isinstance(ended(real, Ok()), Waits)
    for after in ("half_open", "closed"):
        assert probes.sweep() == 1
        assert probes.sweep() == 0, "one after the other"
        (claim,) = driven.claim()
        assert claim.input == {"text": "hello"}
        assert isinstance(ended(real, Ok()), Waits)
        assert ended(claim, Ok(output=SAID)) is None
        assert state() == after
    assert probes.sweep() == 0
    assert [run.title for run in Run.objects.exclude(workflow="w")] == ["Probe of asker"] * 2


def test_an_example_that_fails_opens_it_again(me: User) -> None:
    due()
    assert probes.sweep() == 1
    (claim,) = driven.claim()
    assert ended(claim, Failed(kind=Failure.CRASH, reason="boom")) is None
    assert (state(), probes.sweep()) == ("open", 0)
    assert BreakerChange.objects.latest("id").why == "a probe failed: crash: boom"


def test_an_answer_that_is_not_what_the_example_expects_opens_it_again(me: User) -> None:
    """R3: the output is checked as the test bench does."""
    due()
    assert probes.sweep() == 1
    (claim,) = driven.claim()
    assert ended(claim, Ok(output={"said": "bye"})) is None
    assert (state(), BreakerChange.objects.latest("id").why) == ("open", f"a probe failed: {WRONG}")


def test_a_wrong_answer_says_nothing_about_the_provider_but_that_it_answers() -> None:
    assert verdict("provider:openai", Ok(output=1), WRONG) is True
    assert verdict("agent:asker", Ok(output=1), WRONG) is False


def test_an_idle_agent_that_answers_wrongly_five_times_in_a_row_is_opened(settings: Any) -> None:
    """R3: nobody else would notice before there is work again."""
    settings.PROBE_SECONDS = 0.001
    for _ in range(5):
        assert not Breaker.objects.exists()
        probes._looked[0] = float("-inf")
        assert probes.sweep() == 1
        (claim,) = driven.claim()
        assert ended(claim, Ok(output={"said": "bye"})) is None
    probes._looked[0] = float("-inf")
    assert (probes.sweep(), state()) == (0, "open")
    assert Breaker.objects.get().why == f"5 failures in a row, the last: {WRONG}"
    breakers_reset = wiring.breakers().change(KEY, lambda one, now: logic.reset("it is mended", now))
    probes._looked[0] = float("-inf")
    assert (breakers_reset.state.value, probes.sweep()) == ("closed", 1), "what was before counts no more"


def test_an_example_that_no_longer_fits_opens_it_again_and_says_so(me: User) -> None:
    schema: dict[str, Json] = {"type": "object", "required": ["other"]}
    kept(me, AgentSpec(name="asker", role="", runtime="scripted", probe="hello", input_schema=schema,
                              examples=SPEC.examples))  # fmt: skip
    due()
    assert (probes.sweep(), state()) == (0, "open")
    assert "does not fit what asker takes" in BreakerChange.objects.latest("id").why


def test_an_idle_agent_is_probed_once_in_a_while_and_never_by_default(settings: Any) -> None:
    assert probes.sweep() == 0
    settings.PROBE_SECONDS = 60
    assert probes.sweep() == 1
    probes._looked[0] = float("-inf")
    assert probes.sweep() == 0, "it is in the queue"
    (claim,) = driven.claim()
    assert ended(claim, Ok(output={})) is None
    probes._looked[0] = float("-inf")
    assert probes.sweep() == 0, "it was at work just now"
