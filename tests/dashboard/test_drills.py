"""The drill on the page of a workflow (R10)."""

from __future__ import annotations

import pytest
from django.test import Client

from orchestrator.models import Run
from tests.dashboard.waiting import letters

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


def test_the_button_brings_a_table_of_steps_and_faults_and_keeps_no_run(operator_client: Client) -> None:
    letters()
    assert "Drill it" in operator_client.get("/workflows/letters/").content.decode()
    answer = operator_client.post("/workflows/letters/drill/", {}, headers=FRAGMENT)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-step="sign"' in html
    assert 'data-fault="timeout" data-verdict="caught"' in html
    assert "a rule said yes at draft, sign" in html
    assert not Run.objects.exists()


def test_without_scripts_it_is_a_page_of_its_own(operator_client: Client) -> None:
    letters()
    html = operator_client.post("/workflows/letters/drill/", {}).content.decode()
    assert "<h1>Drill of letters</h1>" in html
    assert 'data-step="sign"' in html


def test_what_does_not_fit_comes_back_as_words_with_what_was_typed(operator_client: Client) -> None:
    letters()
    for typed, words in (("{oops", "cannot be read"), ('{"text": 1}', "input.text: expected a text")):
        answer = operator_client.post("/workflows/letters/drill/", {"input": typed}, headers=FRAGMENT)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert words in html
        assert "Nothing was drilled" in html
        assert (typed.replace('"', "&quot;")) in html


def test_who_may_only_look_sees_no_button_and_is_refused(viewer_client: Client) -> None:
    letters()
    assert "Drill it" not in viewer_client.get("/workflows/letters/").content.decode()
    assert viewer_client.post("/workflows/letters/drill/", {}, headers=FRAGMENT).status_code == 403
