"""The page of a run shows its life cycle, each phase leading to the event that shows it; the API says the same (L1)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.models import Run, User
from orchestrator.services import people, runs
from tests import driven

FLOW = "workflow: plain\nsteps:\n  - {id: draft, agent: writer}\n"
CELL = re.compile(r'<li data-state="(\w+)".*?title="([^"]*)".*?</li>', re.S)


@pytest.fixture
def run(operator: User) -> Run:
    driven.agent("writer")
    run_id = runs.start(operator, driven.workflow(people.shell_account(), FLOW), None).run_id
    return Run.objects.get(pk=run_id)


def cells(client: Client, run: Run, more: str = "") -> list[tuple[str, str]]:
    strip = (
        client.get(f"/runs/{run.id}/{more}").content.decode().partition('<ol class="phases"')[2].partition("</ol>")[0]
    )
    return CELL.findall(strip)


def test_the_strip_says_where_the_run_is_and_leads_there(run: Run, operator: User, operator_client: Client) -> None:
    assert [state for state, _ in cells(operator_client, run)] == ["done", "done", "done", "now", "ahead", "ahead"]
    driven.finish(run.id, operator)
    found = cells(operator_client, run)
    assert [state for state, _ in found] == ["done"] * 6
    assert (found[1][1], found[4][1]) == (
        f"Plan: fixed by version {run.version[:7]}", "Review: no checks declared: output contract only",
    )  # fmt: skip
    page = operator_client.get(f"/runs/{run.id}/").content.decode()
    assert f'href="/runs/{run.id}/?at=1"' in page


def test_the_past_shows_the_phases_of_its_moment(run: Run, operator: User, operator_client: Client) -> None:
    driven.finish(run.id, operator)
    assert [state for state, _ in cells(operator_client, run, "?at=2")] == ["done", "done", "now", *["ahead"] * 3]
