"""What the command palette answers: things, pages and acts, as far as the viewer may; in few questions."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from orchestrator.models import Board, Run, Team, User
from tests.dashboard.made import made_definitions, made_gate, made_run


@pytest.fixture
def world(team: Team, operator: User) -> None:
    made_definitions()
    run = made_run(team, operator)
    Run.objects.filter(pk=run.id).update(title="Ruff over the shop")
    made_gate(run, operator, title="Let ruff pass")
    Board.objects.create(name="shop", title="Shop", team=team)


def found(client: Client, text: str) -> dict[str, str]:
    """Return title to address or act of every line."""
    html = client.get("/palette/", {"q": text}).content.decode()
    lines = re.findall(r'role="option" (?:href|data-do)="([^"]*)".*?class="name ell">([^<]*)<', html)
    return {title: where for where, title in lines}


def test_words_find_things_and_what_can_be_done_with_them(world: None, operator_client: Client) -> None:
    assert set(found(operator_client, "ruff")) == {"Ruff over the shop", "Let ruff pass", "ruff"}
    assert set(found(operator_client, "shop")) == {"Ruff over the shop", "Shop", "New card on Shop"}
    assert found(operator_client, "review")["Start review"] == "/workflows/review/#start"


@pytest.mark.parametrize("text", ["start", "start rev", "run a review"])
def test_a_workflow_is_started_by_saying_so(text: str, world: None, operator_client: Client) -> None:
    assert found(operator_client, text)["Start review"] == "/workflows/review/#start"


@pytest.mark.parametrize("text", ["new card", "card on shop", "add sho"])
def test_a_card_is_written_by_saying_so(text: str, world: None, operator_client: Client) -> None:
    assert found(operator_client, text)["New card on Shop"] == "/boards/shop/#new-card"


def test_every_address_it_offers_is_one_of_ours(world: None, operator_client: Client) -> None:
    for text in ("", "ruff", "shop", "review"):
        for where in found(operator_client, text).values():
            if where.startswith("/"):
                assert resolve(where.partition("#")[0])


def test_without_words_it_lists_pages_and_acts(world: None, operator_client: Client) -> None:
    lines = found(operator_client, "")
    assert {"Overview", "Runs", "Approvals", "Start a run", "Theme: dark", "Show all keys", "Sign out"} <= set(lines)
    assert lines["Sign out"] == "signout"


def test_a_viewer_is_offered_no_act_their_role_does_not_allow(
    world: None, viewer_client: Client, operator_client: Client
) -> None:
    """U4: what is offered is what is allowed."""
    for text in ("", "shop", "review", "start", "new card", "add a card on shop"):
        offered = set(found(viewer_client, text))
        assert not [title for title in offered if title.startswith(("Start", "New"))], offered
    assert "New workflow" not in found(operator_client, "new")


def test_a_page_is_offered_to_those_who_may_see_it(world: None, operator: User, operator_client: Client) -> None:
    assert "Audit" not in found(operator_client, "")
    User.objects.filter(pk=operator.pk).update(role="builder")
    assert found(operator_client, "aud")["Audit"] == "/audit/"


def test_it_asks_once_a_noun_and_once_for_who_asks(world: None, operator_client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        operator_client.get("/palette/?q=ruff")
    assert len(asked) == 8, "\n".join(query["sql"][:160] for query in asked)
    with CaptureQueriesContext(connection) as asked:
        operator_client.get("/palette/?q=")
    assert len(asked) == 2, "\n".join(query["sql"][:160] for query in asked)


@pytest.mark.parametrize("text", ["\0", "%", "ü", "x" * 9000, "<b>", "\u202e"])
def test_any_text_is_answered(text: str, world: None, operator_client: Client) -> None:
    assert operator_client.get("/palette/", {"q": text}).status_code == 200
