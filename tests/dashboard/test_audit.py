"""The page of the audit trail: builders see who did what to what; others neither see it nor are led there (U4, H4)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Team, User
from orchestrator.services import audit
from orchestrator.services.seals import seal_trail
from tests.dashboard.conftest import person, signed_in
from tests.dashboard.made import HOSTILE, RUN


@pytest.fixture
def builder(team: Team) -> User:
    return person("builder", "builder", team)


@pytest.fixture
def client(builder: User) -> Client:
    return signed_in(builder)


def test_lines_say_who_did_what_and_lead_to_it(builder: User, client: Client) -> None:
    audit.record(builder, "start", "run", RUN, {"workflow": "letters", "note": HOSTILE})
    audit.record(builder, "approve", "gate", 7, {"edits": {"text": "b"}, "comment": "fine"})
    audit.record(builder, "apply_board", "board", "no slug at all", {})
    seal_trail()
    html = client.get("/audit/").content.decode()
    for words in (f'href="/runs/{RUN}/"', 'href="/approvals/7/"', "apply board", "comment fine", f'data-copy="{RUN}"'):
        assert words in html
    assert "Line 3 of the chain" in html
    assert HOSTILE not in html


def test_the_filters_stand_in_the_address_and_go_along_to_older_lines_and_exports(
    builder: User, client: Client
) -> None:
    for number in range(60):
        audit.record(builder, "start", "run", f"r{number}")
    audit.record(builder, "move_card", "card", "card-elsewhere")
    html = client.get("/audit/?object=run").content.decode()
    assert "card-elsewhere" not in html
    assert "?object=run&amp;cursor=" in html
    assert "/api/v1/audit/export?format=csv&amp;object=run" in html
    assert client.get("/audit/?since=whenever").status_code == 422


def test_only_builders_see_the_page_and_its_entry(
    client: Client, operator_client: Client, viewer_client: Client, outsider_client: Client
) -> None:
    assert 'href="/audit/"' in client.get("/").content.decode()
    for below in (operator_client, viewer_client, outsider_client):
        answer = below.get("/audit/")
        assert answer.status_code == 403
        assert "needs the role builder" in answer.content.decode()
        assert 'href="/audit/"' not in below.get("/").content.decode()


def test_an_empty_trail_teaches_what_will_stand_there(client: Client) -> None:
    html = client.get("/audit/").content.decode()
    assert "Nobody has changed anything yet." in html
    assert "No line fits." in client.get("/audit/?act=fly").content.decode()


def test_more_lines_ask_no_more_questions(builder: User, client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            client.get("/audit/")
        return len(questions)

    audit.record(builder, "start", "run", "r")
    few = asked()
    for number in range(30):
        audit.record(builder, "start", "run", f"r{number}")
    assert asked() <= few <= 16
