"""Pause and drain on pages: who paused an agent, how far it is drained, and the buttons."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from orchestrator.models import AuditEntry, User
from orchestrator.services import pauses
from tests.dashboard.made import HOSTILE, made_definitions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def agents(redis_url: str, operator: User) -> None:
    made_definitions()


def page(client: Client, path: str = "/agents/survey/") -> str:
    return client.get(path).content.decode()


def test_a_person_pauses_and_resumes_it_from_its_page(operator_client: Client) -> None:
    assert 'data-pause="off"' in page(operator_client)
    answer = operator_client.post("/agents/survey/pause/", {"reason": HOSTILE}, headers={"HX-Request": "true"})
    assert (answer.status_code, 'data-pause="drained"' in answer.content.decode()) == (200, True)
    html = page(operator_client)
    assert (HOSTILE in html, escape(HOSTILE) in html, ">Resume<" in html) == (False, True, True)
    assert operator_client.post("/agents/survey/resume/").status_code == 303
    assert 'data-pause="off"' in page(operator_client)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "noun_id")) == [
        ("pause", "survey"),
        ("resume", "survey"),
    ]


def test_the_overview_says_that_it_is_paused(operator_client: Client, operator: User) -> None:
    pauses.pause(operator, "survey", "maintenance")
    html = page(operator_client, "/")
    row = html[html.index('data-agent="survey"') :]
    assert "‖ paused" in row[: row.index("</tr>")]


def test_a_viewer_sees_it_and_may_not_touch_it(viewer_client: Client, operator: User) -> None:
    pauses.pause(operator, "survey", "maintenance")
    html = page(viewer_client)
    assert (">Resume<" in html, "maintenance" in html) == (False, True)
    assert [viewer_client.post(f"/agents/survey/{act}/").status_code for act in ("pause", "resume")] == [403, 403]
