"""What a page says when something is wrong outside it: in words, with a way on, and without asking the database."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.views import overview
from orchestrator.models import User
from tests.dashboard.conftest import signed_in


def test_an_address_there_is_not_is_said_in_words(operator_client: Client) -> None:
    for client in (operator_client, Client()):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get("/nowhere/at/all/")
        assert answer.status_code == 404
        assert "There is no page at this address." in answer.content.decode()
        assert 'href="/"' in answer.content.decode()
        assert len(asked) == 0


def test_an_address_of_the_api_there_is_not_stays_a_problem_document() -> None:
    assert Client().get("/api/v1/nowhere")["Content-Type"] == "application/problem+json"


def test_a_stale_form_says_what_to_do(operator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post("/runs/1/cancel/", headers=headers)
        assert answer.status_code == 403
        assert "reload the page and send it again" in answer.content.decode()
        assert ("<html" in answer.content.decode()) is not bool(headers)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [(KeyError("a secret"), 500, "A fault of Signalbox"), (OperationalError("a secret"), 503, "Nothing is lost.")],
)
def test_a_fault_is_owned_up_to_and_gives_nothing_away(
    fault: Exception, status: int, words: str, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise fault

    monkeypatch.setattr(overview.overview, "live", broken)
    client = signed_in(operator)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert "a secret" not in answer.content.decode()


def test_pages_of_errors_keep_to_the_content_policy() -> None:
    answer = Client().get("/nowhere/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(src|nonce)=)", answer.content.decode())
