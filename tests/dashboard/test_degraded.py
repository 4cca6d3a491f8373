"""A run whose result lacks something says so where it is looked at, with the words and a shape (R12)."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.core.outcomes import Failure
from orchestrator.models import Event, Run, Step, User
from orchestrator.services import people, runs
from tests import driven

FLOW = """
workflow: advised
steps:
  - {id: legal, agent: adviser, optional: true, retry: {attempts: 1}}
  - {id: publish, agent: adviser, with: {without: steps.legal.degraded}}
"""
WORDS = "legal: it failed: out of office"


@pytest.fixture
def run(operator: User) -> Run:
    """Return a run that came through without its optional step."""
    driven.agent("adviser")
    run_id = runs.start(operator, driven.workflow(people.shell_account(), FLOW), None).run_id
    driven.tell(driven.claim()[0], failure=Failure.CRASH, reason="out of office")
    return driven.finish(run_id, operator)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_the_run_says_it(run: Run, operator_client: Client) -> None:
    page = text(operator_client, f"/runs/{run.id}/")
    assert "▲ degraded" in page
    assert f"▲ Degraded: {WORDS}" in page


def test_the_page_of_a_moment_before_its_end_does_not(run: Run, operator_client: Client) -> None:
    before = Event.objects.get(run_id=run.id, type="step.ended", path="publish").n
    assert "Degraded" not in text(operator_client, f"/runs/{run.id}/?at={before}")
    assert WORDS in text(operator_client, f"/runs/{run.id}/?at={run.n}")


def test_the_list_of_runs_says_it_in_a_row_of_its_own_run_only(
    run: Run, operator: User, operator_client: Client
) -> None:
    whole = driven.finish(runs.start(operator, run.workflow, None).run_id, operator)
    rows = {part[:36]: part for part in text(operator_client, "/runs/").split('<tr class="go" data-run-id="')[1:]}
    assert f"Degraded: {WORDS}" in rows[run.id]
    assert "egraded" not in rows[whole.id]


def test_later_steps_were_told(run: Run) -> None:
    assert Step.objects.get(run_id=run.id, path="publish").input == {"without": "it failed: out of office"}
