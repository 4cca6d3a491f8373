"""Two runs side by side: what differs in input, output and steps, and nothing of another team's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Run, Step, Team, User
from tests.dashboard.made import HOSTILE, RUN, made_definitions, made_run, step

OTHER = "01900000-0000-7000-8000-000000000002"
BOTH = f"/runs/+compare/?run={RUN}&run={OTHER}"


@pytest.fixture
def pair(team: Team, operator: User) -> tuple[Run, Run]:
    made_definitions()
    left = made_run(team, operator)
    right = made_run(team, operator, run_id=OTHER, input={"path": "/other"}, status="failed", reason="out of luck")
    Step.objects.filter(run_id=OTHER, path="survey").update(output={"items": [1]})
    Step.objects.filter(run_id=OTHER, path="scan[0]").update(status="failed", reason="no")
    step(right, "extra", "agent", "succeeded", seconds=1)
    return left, right


def test_what_differs_is_shown_and_what_went_alike_is_not(pair: tuple[Run, Run], operator_client: Client) -> None:
    html = operator_client.get(BOTH).content.decode()
    found = dict.fromkeys(part.partition('"')[0] for part in html.split('data-step-path="')[1:])
    assert list(found) == ["extra", "scan[0]", "survey"]
    for words in ("only in one", "3 of 7 differ", "out of luck", "<ins>+ ", "/other"):
        assert words in html
    assert HOSTILE not in html
    everything = operator_client.get(f"{BOTH}&show=all").content.decode()
    assert everything.count("data-step-path=") == 7


def test_a_run_is_like_its_twin(team: Team, operator: User, operator_client: Client) -> None:
    made_definitions()
    made_run(team, operator), made_run(team, operator, run_id=OTHER)
    html = operator_client.get(BOTH).content.decode()
    assert "Every step went alike." in html
    assert html.count("The same.") == 1
    assert "Neither has an output." in html


@pytest.mark.parametrize("asked", ["", f"?run={RUN}", f"?run={RUN}&run={RUN}", f"?run={RUN}&run={OTHER}&run=x"])
def test_two_runs_are_needed_and_the_page_says_so(asked: str, pair: tuple[Run, Run], operator_client: Client) -> None:
    answer = operator_client.get(f"/runs/+compare/{asked}")
    assert answer.status_code == 422
    assert "tick two runs in the list" in answer.content.decode()


def test_another_teams_run_is_not_compared(pair: tuple[Run, Run], outsider_client: Client) -> None:
    assert outsider_client.get(BOTH).status_code == 404


def test_more_steps_ask_no_more_questions(pair: tuple[Run, Run], operator_client: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        operator_client.get(BOTH)
    for number in range(40):
        step(pair[0], f"more{number}", "agent", "succeeded", seconds=1)
    with CaptureQueriesContext(connection) as many:
        operator_client.get(BOTH)
    assert len(many) <= len(few) <= 16
