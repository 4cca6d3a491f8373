"""Every page: only for people who are signed in, for their team, safe with hostile text, few questions asked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from orchestrator.models import Gate, Run, Team, User
from tests.dashboard.made import HOSTILE, made_definitions, made_gate, made_run

PAGES = ("/", "/runs/", "/runs/{run}/", "/runs/{run}/?step=scan", "/runs/{run}/?step=scan[1]",
         "/runs/{run}/step/?path=scan",
         "/approvals/", "/approvals/decided/", "/approvals/{gate}/", "/agents/", "/agents/ruff/", "/workflows/",
         "/workflows/review/", "/shell/?at=/runs/", "/palette/?q=r")  # fmt: skip
OPEN = ("signin", "signin-link", "signout")
"""Addresses that answer without sign-in."""


@pytest.fixture
def world(team: Team, operator: User) -> tuple[Run, Gate]:
    made_definitions()
    run = made_run(team, operator)
    return run, made_gate(run, operator)


def at(page: str, world: tuple[Run, Gate]) -> str:
    return page.format(run=world[0].id, gate=world[1].pk)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_whoever_is_signed_in(page: str, world: tuple[Run, Gate], viewer_client: Client) -> None:
    assert viewer_client.get(at(page, world)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_no_page_works_without_signing_in(page: str, world: tuple[Run, Gate]) -> None:
    answer = Client().get(at(page, world))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/signin/")


def test_every_address_of_the_dashboard_asks_for_sign_in(world: tuple[Run, Gate]) -> None:
    """U4: a new page cannot forget it."""
    for pattern in dashboard_patterns(get_resolver().url_patterns):
        path = "/" + re.sub(r"<(\w+:)?\w+>", "1", str(pattern.pattern))
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code in (302, 405), f"{path} answers {answer.status_code} to a stranger"


def dashboard_patterns(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for one in patterns:
        if isinstance(one, URLResolver):
            found.extend(dashboard_patterns(one.url_patterns))
        elif one.callback.__module__.startswith("dashboard.") and one.name not in OPEN:
            found.append(one)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_is_never_markup(page: str, world: tuple[Run, Gate], operator_client: Client) -> None:
    """S26: HTML in every text field."""
    html = operator_client.get(at(page, world)).content.decode()
    assert HOSTILE not in html
    assert "<img src=x" not in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("page", PAGES)
def test_other_peoples_runs_and_approvals_are_not_there(
    page: str, world: tuple[Run, Gate], outsider_client: Client
) -> None:
    answer = outsider_client.get(at(page, world))
    about_one = "{run}" in page or "{gate}" in page
    assert answer.status_code == (404 if about_one else 200)
    assert f'data-run-id="{world[0].id}"' not in answer.content.decode()
    assert f'data-approval-id="{world[1].pk}"' not in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_pages_carry_no_inline_handlers_and_no_script_without_the_nonce(
    page: str, world: tuple[Run, Gate], operator_client: Client
) -> None:
    answer = operator_client.get(at(page, world))
    tags = Tags()
    tags.feed(answer.content.decode())
    assert tags.found
    for tag, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert not (attributes.get("href") or "").startswith("javascript:"), (tag, attributes)
        if tag == "script" and "src" not in attributes:
            assert f"'nonce-{attributes['nonce']}'" in answer["Content-Security-Policy"]


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(("page", "most"), [("/", 40), ("/runs/", 20), ("/runs/{run}/?step=scan[1]", 34)])
def test_a_page_asks_few_questions(page: str, most: int, world: tuple[Run, Gate], operator_client: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        operator_client.get(at(page, world))
    assert len(asked) <= most, "\n".join(query["sql"][:160] for query in asked)


def test_the_list_of_runs_asks_no_more_for_more_runs(
    world: tuple[Run, Gate], team: Team, operator: User, operator_client: Client
) -> None:
    with CaptureQueriesContext(connection) as few:
        operator_client.get("/runs/")
    for number in range(2, 12):
        made_run(team, operator, run_id=f"01900000-0000-7000-8000-{number:012d}")
    with CaptureQueriesContext(connection) as many:
        operator_client.get("/runs/")
    assert len(many) <= len(few)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [("status=active", True), ("waiting_on=gate", True), ("waiting_on=timer", False), ("agent=ruff", True),
     ("agent=nobody", False), ("label=team%3Dblue", False), ("since=1h", False), ("text=0190", True),
     ("starter=script", True), ("workflow=other", False)],
)  # fmt: skip
def test_the_filters_of_the_list_stand_in_its_address(
    asked: str, fits: bool, world: tuple[Run, Gate], operator_client: Client
) -> None:
    html = operator_client.get(f"/runs/?{asked}").content.decode()
    assert (f'data-run-id="{world[0].id}"' in html) is fits
    assert 'aria-label="Without the filter' in html
    assert f'data-topic="runs.{asked}"' in html


def test_a_filter_with_a_word_nobody_knows_is_refused_by_name(operator_client: Client) -> None:
    answer = operator_client.get("/runs/?waiting_on=godot")
    assert answer.status_code == 422
    assert "one of gate, slot, agent, timer, resume" in answer.content.decode()


def test_elements_carry_what_they_stand_for(world: tuple[Run, Gate], operator_client: Client) -> None:
    run, gate = world
    html = operator_client.get(f"/runs/{run.id}/").content.decode()
    assert re.search(rf'data-run-id="{run.id}" data-status="running"', html)
    assert re.search(r'data-step-path="scan" data-status="running"', html)
    assert re.search(r'data-step-path="sign_off" data-status="waiting"', html)
    assert f'data-approval-id="{gate.pk}" data-status="open"' in html
    overview = operator_client.get("/").content.decode()
    assert 'data-agent="ruff" data-status="running"' in overview
    assert 'data-live="reconnecting"' in overview


def test_unknown_figures_are_a_dash_and_never_zero(world: tuple[Run, Gate], operator_client: Client) -> None:
    html = operator_client.get(f"/runs/{world[0].id}/").content.decode()
    assert "<small>Cost</small> <b>–</b>" in html
    assert "<small>Tokens</small> <b>–</b>" in html


def test_an_unknown_run_is_said_in_words(operator_client: Client) -> None:
    answer = operator_client.get("/runs/nothing/")
    assert answer.status_code == 404
    assert "There is no run" in answer.content.decode()


def test_a_fragment_without_sign_in_leads_the_whole_page_to_it(world: tuple[Run, Gate]) -> None:
    answer = Client().get(f"/runs/{world[0].id}/step/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == settings.LOGIN_URL


def test_a_step_ahead_says_what_it_will_do(world: tuple[Run, Gate], operator_client: Client) -> None:
    html = operator_client.get(f"/runs/{world[0].id}/step/?path=publish").content.decode()
    assert "The run has not come this far." in html
    assert 'data-agent="survey"' in html
    assert operator_client.get(f"/runs/{world[0].id}/step/?path=nothing").status_code == 404


def test_a_failed_attempt_is_told_in_words_with_its_command_line(
    world: tuple[Run, Gate], operator_client: Client
) -> None:
    html = operator_client.get(f"/runs/{world[0].id}/step/?path=scan[1]").content.decode()
    assert "It took too long." in html
    assert 'data-copy="ruff check --output-format json"' in html
