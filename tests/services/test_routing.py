"""A route in the database (A3): who can do it is found when a run starts, and what was measured decides."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orchestrator.core.errors import RejectedConflict
from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Failure
from orchestrator.models import AgentVersion, Attempt, Breaker, Event, Run, Step, User
from orchestrator.queries.workflow_use import used_by
from orchestrator.services import runs
from orchestrator.store import library, measured
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.rebuild import rebuilt
from orchestrator.store.verify import findings
from orchestrator.wiring import store
from tests import cast, driven

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every choice see what has just happened."""
    monkeypatch.setattr(measured, "VIEW_SECONDS", -1.0)


FLOW = """
workflow: letters
steps:
  - id: say
    route: {capability: translate}
    retry: {attempts: 1}
"""
TEXT: Any = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def able(name: str, returns: Any = None) -> None:
    driven.agent(name, TEXT, returns or TEXT)
    row = AgentVersion.objects.get(name=name)
    row.spec = {**row.spec, "capabilities": ["translate"]}
    row.save()
    library._agent.cache_clear()  # another test may have had an agent of this name


def started(by: User) -> Run:
    return Run.objects.get(pk=runs.start(by, "letters", {"text": "hello"}).run_id)


def choices(run: Run) -> list[dict[str, Any]]:
    return list(Event.objects.filter(run_id=run.id, type="route.chosen").order_by("n").values_list("data", flat=True))


def past(agent: str, good: int, bad: int) -> None:
    """Give an agent a past of so much work that held, and that did not."""
    run = cast.run(Run.objects.count() + 1, cast.person("operator", f"past of {agent}"), status="succeeded")
    for number in range(good + bad):
        at = timezone.now() - timedelta(minutes=number + 1)
        status = "succeeded" if number % (good + bad) < good else "failed"
        Attempt.objects.create(run_id=run.id, path=f"s{number}", attempt=1, agent=agent, status=status,
                               failure=None if status == "succeeded" else "crash", ended_at=at)  # fmt: skip


def test_an_agent_with_an_equal_contract_gets_work_without_a_touch_to_the_workflow() -> None:
    builder = cast.person("builder")
    able("anna")
    driven.workflow(builder, FLOW)
    first = started(builder)
    past("anna", 0, 60)
    able("berta")
    past("berta", 60, 0)
    second = started(builder)
    assert (choices(first)[0]["agent"], choices(second)[0]["agent"]) == ("anna", "berta")
    assert (set(first.agents), set(second.agents)) == ({"anna"}, {"anna", "berta"})
    assert [row["agent"] for row in choices(second)[0]["candidates"]] == ["anna", "berta"]
    driven.work_off()
    assert list(Attempt.objects.filter(run_id=second.id).values_list("agent", "status")) == [("berta", "succeeded")]
    assert list(findings(store(), DjangoLibrary(), RunId(second.id))) == []


def test_one_with_another_contract_is_left_out_with_the_reason() -> None:
    builder = cast.person("builder")
    able("anna"), able("berta")
    driven.workflow(builder, FLOW)
    able("carl", driven.NUMBER)
    (choice,) = choices(started(builder))
    assert choice["candidates"][2]["out"].startswith("it has another contract than anna: it returns")


def test_a_run_keeps_the_agents_it_was_bound_to() -> None:
    """S21: who came later is not asked, not even when a run that began before chooses again."""
    builder = cast.person("builder")
    able("anna")
    driven.workflow(builder, FLOW)
    run = started(builder)
    able("berta")
    (claimed,) = driven.claim()
    driven.tell(claimed, failure=Failure.CRASH, reason="it broke")
    run.refresh_from_db()
    assert (run.status, len(choices(run))) == ("failed", 2)
    assert [row["agent"] for row in choices(run)[1]["candidates"]] == ["anna"]


def test_an_open_breaker_keeps_work_away_until_it_may_be_probed() -> None:
    builder = cast.person("builder")
    able("anna"), able("berta")
    driven.workflow(builder, FLOW)
    now = timezone.now()
    row = Breaker.objects.create(
        key="agent:anna", state="open", since=now, until=now + timedelta(hours=1), why="it broke"
    )
    found = [choices(started(builder))[0] for _ in range(5)]
    assert {one["agent"] for one in found} == {"berta"}
    assert found[0]["candidates"][0] == {"agent": "anna", "out": "the breaker of anna is open: it broke"}
    row.until = now - timedelta(seconds=1)
    row.save()
    assert "out" not in choices(started(builder))[0]["candidates"][0]


def test_choosing_costs_three_questions_an_advance_and_nothing_where_nobody_is_chosen() -> None:
    builder = cast.person("builder")
    able("anna"), able("berta")
    body = "{over: input.items, as: text, do: {route: {among: [anna, berta]}, with: {text: text}}}"
    driven.workflow(builder, f"workflow: letters\nsteps: [{{id: m, map: {body}}}]\n")
    driven.workflow(builder, "workflow: plain\nsteps: [{id: say, agent: anna, with: {text: \"'x'\"}}]\n")

    def asked(workflow: str, input: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            runs.start(builder, workflow, input)
        tables = ("FROM orchestrator_attempt", "orchestrator_breaker WHERE", "FROM orchestrator_queue WHERE agent")
        return sum(any(name in one["sql"] for name in tables) for one in found)

    asked("letters", {"items": ["warm"]}), asked("plain", {})
    assert asked("letters", {"items": [str(n) for n in range(50)]}) == 3
    assert asked("plain", {}) == 0


def test_work_that_a_review_sends_back_counts_against_whoever_made_it() -> None:
    builder = cast.person("builder")
    able("anna")
    driven.workflow(builder, FLOW + """
  - id: check
    review: {of: steps.say.output.text, rules: {long: size(output) > 5}, retries: 1}
""")  # fmt: skip
    run = started(builder)
    (claimed,) = driven.claim()
    driven.tell(claimed, {"text": "hi"})
    (again,) = driven.claim()
    assert again.path == "say#2/Work"
    driven.tell(again, {"text": "hello there"})
    run.refresh_from_db()
    assert run.status == "succeeded"
    marks = Attempt.objects.filter(run_id=run.id).order_by("ended_at").values_list("path", "sent_back")
    assert list(marks) == [("say/Work", True), ("say#2/Work", False)]
    assert list(findings(store(), DjangoLibrary(), RunId(run.id))) == []
    Attempt.objects.filter(run_id=run.id).update(sent_back=False)
    assert any("orchestrator_attempt" in one for one in findings(store(), DjangoLibrary(), RunId(run.id)))
    rebuilt(store(), DjangoLibrary(), RunId(run.id))
    assert list(findings(store(), DjangoLibrary(), RunId(run.id))) == []


def test_what_was_chosen_is_kept_and_read_again_the_same() -> None:
    builder = cast.person("builder")
    able("anna"), able("berta")
    driven.workflow(builder, FLOW)
    run = started(builder)
    chosen = choices(run)[0]["agent"]
    assert Step.objects.get(run_id=run.id, path="say").memo["agent"] == chosen
    assert rebuilt(store(), DjangoLibrary(), RunId(run.id), check=True) == []
    assert json.loads(json.dumps(choices(run)[0]))["candidates"][0]["tried"] == 0


def test_whoever_can_do_it_is_an_agent_of_the_workflow_and_has_to_be_proven_where_it_says_so() -> None:
    builder = cast.person("builder")
    able("anna")
    driven.workflow(builder, FLOW + "policy: {proven: true}\n")
    able("berta")
    assert used_by("berta") == ("letters",)
    with pytest.raises(RejectedConflict) as refused:
        started(builder)
    assert [one.path for one in refused.value.problems] == ["agents.anna", "agents.berta"]
