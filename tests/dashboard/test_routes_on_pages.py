"""A choice on a run's page (A3): drawn with whom it fell on, told, and looked into: why this agent."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.core.outcomes import Failure
from orchestrator.models import Run, User
from orchestrator.services import people, runs
from tests import driven

FLOW = """
workflow: letters
steps:
  - {id: say, route: {among: [dora, emil]}, retry: {attempts: 1}}
"""


@pytest.fixture
def run(operator: User) -> Run:
    """Return a run whose first choice failed, and whose second did well."""
    driven.agent("dora"), driven.agent("emil")
    flow = driven.workflow(people.shell_account(), FLOW)
    run_id = runs.start(operator, flow, {"topic": "cats"}).run_id
    (claimed,) = driven.claim()
    driven.tell(claimed, failure=Failure.CRASH, reason="no <b>ink</b>")
    (again,) = driven.claim()
    driven.tell(again, "meow")
    return Run.objects.get(pk=run_id)


def page(client: Client, run: Run, more: str) -> str:
    return client.get(f"/runs/{run.id}/{more}").content.decode()


def test_the_drawer_says_why_this_agent(run: Run, operator_client: Client) -> None:
    html = page(operator_client, run, "?step=say")
    chosen = re.findall(r'data-candidate="(\w+)" data-status="succeeded" aria-current="true"', html)
    (left,) = {"dora", "emil"} - {*chosen}
    assert f"Why {chosen[0]}" in html
    assert "There is nobody else." in html
    assert "Left out: it failed here: no &lt;b&gt;ink&lt;/b&gt;" in html
    assert re.search(rf'href="/agents/{left}/"', html)
    assert "<dt>Agents</dt><dd>dora, emil</dd>" in html


def test_so_does_the_drawer_of_whoever_has_it_and_not_that_of_who_had_it_before(
    run: Run, operator_client: Client
) -> None:
    assert "There is nobody else." in page(operator_client, run, "?step=say/Work%232")
    assert "data-candidate" not in page(operator_client, run, "?step=say/Work")


def test_the_track_names_whom_it_fell_on_and_the_story_tells_of_both_choices(run: Run, operator_client: Client) -> None:
    html = page(operator_client, run, "")
    assert re.search(r"⇢ (dora|emil)", html)
    told = page(operator_client, run, "?tab=events&type=route")
    assert "the highest score of 2" in told or "tried to learn" in told
    assert re.search(r"goes to (dora|emil), after (dora|emil) failed", told)


def test_before_it_begins_the_drawer_says_whom_it_may_fall_on(run: Run, operator_client: Client) -> None:
    html = page(operator_client, run, "?step=say&at=1")
    assert "dora, emil" in html
    assert "data-candidate" not in html
