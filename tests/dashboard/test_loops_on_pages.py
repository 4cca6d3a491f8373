"""Loops, branches, waits and refinements on a run's page: drawn, told, and looked into."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from orchestrator.core.agents import Lane
from orchestrator.core.messages import RetryStep
from orchestrator.models import Event, Run, User
from orchestrator.services import people, runs
from orchestrator.wiring import engine
from tests import driven

FLOW = """
workflow: better
steps:
  - id: draft
    refine: {generate: writer, evaluate: judge, with: {topic: input.topic}, threshold: 0.8, rounds: 2}
  - id: route
    branch:
      - {id: short, when: steps.draft.output.value == 'text 9', agent: writer, with: {topic: "1"}}
      - {id: long, agent: writer, with: {topic: "2"}}
  - {id: nap, wait: 1ms}
"""
VERDICT = {
    "type": "object",
    "required": ["score", "feedback"],
    "properties": {"score": {"type": "number"}, "feedback": {"type": "string"}},
}


@pytest.fixture
def run(operator: User) -> Run:
    """Return a run that has gone round twice in vain, was begun anew, and came to its end."""
    driven.agent("writer")
    driven.agent("judge", None, VERDICT)  # type: ignore[arg-type]  # a schema is JSON
    flow = driven.workflow(people.shell_account(), FLOW)
    run_id = runs.start(operator, flow, {"topic": "cats"}).run_id
    for number, score in enumerate((0.4, 0.6, 0.9)):
        if number == 2:
            assert engine().call(run_id, RetryStep(path="draft", actor="1")).status == 200
        driven.tell(*driven.claim(), output=f"text {number}")
        driven.tell(*driven.claim(), output={"score": score, "feedback": f"not text {number}"})
        for rule in driven.claim(lane=Lane.QUICK):
            driven.carry_out(rule)
    return driven.finish(run_id, operator)


def parts(client: Client, run: Run, **asked: str) -> dict[str, str]:
    answer = client.get(f"/runs/{run.id}/parts/", asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    return {one["id"]: one["html"] for one in json.loads(answer.content)["fragments"]}


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_it_came_to_its_end(run: Run) -> None:
    assert run.status == "succeeded", run.reason


def test_a_loop_is_drawn_as_a_stack_of_its_rounds_and_as_it_ran_round_by_round(
    run: Run, operator_client: Client
) -> None:
    """P7: its rounds are seen."""
    html = operator_client.get(f"/runs/{run.id}/").content.decode()
    assert "3 rounds" in html
    assert "↻ writer, judge" in html
    drawn = parts(operator_client, run, only="ran")["run-ran"]
    for path in ("draft[0]/Draft", "draft[2]/Verdict", "route/long", "nap"):
        assert f'data-step-path="{path}"' in drawn
    assert 'data-step-path="route/short"' not in drawn


def test_the_story_says_how_often_it_went_round_and_with_which_scores(run: Run, operator_client: Client) -> None:
    told = words(parts(operator_client, run, only="story")["run-story"])
    assert "draft went round 3 times (scores 0.4, 0.6, 0.9), succeeded" in told
    assert "nap waits until" in told
    events = words(parts(operator_client, run, only="events", type="loop")["run-log"])
    assert "round 2 came to 0.6" in events
    assert "what it was to come to" in events


def test_its_rounds_are_listed_in_its_drawer_and_settings(run: Run, operator_client: Client) -> None:
    html = words(operator_client.get(f"/runs/{run.id}/?step=draft").content.decode())
    assert "Rounds" in html
    assert "draft[2]" in html


def test_the_moment_it_failed_shows_why(run: Run, operator_client: Client) -> None:
    """R8: the evidence is shown."""
    failed = Event.objects.filter(run_id=run.id, type="step.ended", path="draft").order_by("n").first()
    assert failed is not None
    html = words(operator_client.get(f"/runs/{run.id}/?at={failed.n}&step=draft").content.decode())
    assert "not done after 2 rounds; scores 0.4, 0.6, best 0.6 in round 2" in html
    assert "It came to no good end" in html
