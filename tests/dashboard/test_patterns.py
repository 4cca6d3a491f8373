"""The gallery of patterns: what is loaded, how its last run stands, and running it with one click."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from dashboard.live.topics import topic_of
from dashboard.partials import patterns as partials
from orchestrator.models import Card, Gate, Run, User
from orchestrator.queries.patterns import examples
from orchestrator.services import people, runs, workflows
from tests.dashboard.conftest import signed_in
from tests.driven import drain, work_off
from tests.examples.conftest import PROJECT
from tests.kanban_world import make_kanban
from tests.shipped import shipped

INNER = """
workflow: asked
role: Asks a person.
input: {type: object, properties: {who: {type: string, default: you}}}
steps:
  - id: sign
    gate: {title: Sign it, show: {who: input.who}}
"""
OUTER = """
workflow: asks
role: Has somebody asked by another workflow.
labels: {pattern: P5}
input: {type: object, properties: {who: {type: string, default: you}}}
steps:
  - id: ask
    workflow: asked
    with: {who: input.who}
"""


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def loaded() -> None:
    for text in (INNER, OUTER):
        workflows.apply(people.shell_account(), text)


def gallery(client: Client) -> str:
    answer = client.get("/patterns/")
    assert answer.status_code == 200
    return answer.content.decode()


def card_of(html: str, pattern: str) -> str:
    found = re.search(rf'<article[^>]*data-pattern="{pattern}".*?</article>', html, re.DOTALL)
    assert found, f"no card of {pattern}"
    return found[0]


def pressed(client: Client, html: str, name: str, act: str = "run") -> str:
    nonce = re.search(r'name="nonce" value="([^"]+)"', html)
    answer = client.post(f"/patterns/{name}/{act}/", {"nonce": nonce[1] if nonce else ""})
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def test_without_examples_every_pattern_has_its_place_and_the_command_that_loads_them(operator_client: Client) -> None:
    html = gallery(operator_client)
    assert re.findall(r'data-pattern="(\w+)"', html) == [f"P{number}" for number in range(1, 15)]
    assert "No example is loaded." in html
    assert html.count("manage.py apply examples") == 15
    assert "Run it" not in html


def test_an_example_is_drawn_with_its_sentence_its_page_and_a_button(loaded: None, operator_client: Client) -> None:
    html = gallery(operator_client)
    assert "No example is loaded." not in html
    card = card_of(html, "P5")
    for part in ("Hierarchical delegation", "Has somebody asked by another workflow.", 'aria-label="Drawing of asks"',
                 "never run", 'action="/patterns/asks/run/"', 'href="/workflows/asks/"', "docs/patterns/hierarchy.md",
                 "csrfmiddlewaretoken"):  # fmt: skip
        assert part in card
    assert "Not loaded" in card_of(html, "P7")
    assert 'data-workflow="asked"' not in html


def test_one_click_runs_it_with_its_default_input_and_two_clicks_run_it_once(
    loaded: None, operator_client: Client
) -> None:
    html = gallery(operator_client)
    led_to = pressed(operator_client, html, "asks")
    assert led_to == pressed(operator_client, html, "asks")
    run = Run.objects.get(workflow="asks")
    assert (led_to, run.input) == (f"/runs/{run.id}/", {"who": "you"})
    assert pressed(operator_client, gallery(operator_client), "asks") != led_to


def test_a_run_that_waits_deep_below_says_so_to_those_who_may_decide(
    loaded: None, operator_client: Client, viewer_client: Client, outsider_client: Client
) -> None:
    pressed(operator_client, gallery(operator_client), "asks")
    work_off()
    drain(Run.objects.get(workflow="asks").id)
    gate = Gate.objects.get()
    for client, words in ((operator_client, "waits for you"), (viewer_client, "waits for a person")):
        card = card_of(gallery(client), "P5")
        assert words in card
        assert f'href="/approvals/{gate.pk}/"' in card
    assert "never run" in card_of(gallery(outsider_client), "P5")


def test_a_viewer_sees_no_button_and_is_refused(loaded: None, viewer_client: Client, operator: User) -> None:
    """U4."""
    html = gallery(viewer_client)
    assert "Run it" not in html
    assert viewer_client.post("/patterns/asks/run/").status_code == 403
    assert viewer_client.get("/patterns/asks/run/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post("/patterns/asks/run/").status_code == 403
    assert not Run.objects.exists()


def test_what_is_not_there_any_more_is_said(operator_client: Client) -> None:
    assert operator_client.post("/patterns/gone/run/").status_code == 404
    assert operator_client.post("/patterns/gone/card/").status_code == 404


def test_the_board_gets_a_card_where_an_agent_pulls_from(operator: User) -> None:
    """P13."""
    world = make_kanban()
    world.board.name = "tickets"
    world.board.save()
    client = signed_in(world.operator)
    assert 'class="pulls">Counting' in card_of(gallery(client), "P13")
    led_to = pressed(client, gallery(client), "tickets", "card")
    made = Card.objects.get()
    assert (led_to, made.column.name) == (f"/boards/tickets/cards/{made.pk}/", "Ready")


def test_a_version_is_drawn_once_and_only_states_are_pushed(
    loaded: None, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examples(operator)
    first = partials.places(found)
    monkeypatch.setattr(partials, "drawn", lambda flow: pytest.fail(f"{flow.name} is drawn again"))
    assert [place.sketch for place in partials.places(examples(operator))] == [place.sketch for place in first]
    topic = topic_of("patterns")
    assert topic is not None
    (before,) = topic.render(operator, "", 0).fragments
    assert "<svg" not in before.html
    runs.start(operator, "asks", {})
    (after,) = topic.render(operator, "", 0).fragments
    assert before.v != after.v


def test_every_shipped_example_shows_a_pattern_that_the_documentation_has_a_page_of() -> None:
    call_command("apply", str(PROJECT / "examples"), stdout=StringIO())
    found = examples(people.shell_account())
    assert sorted(one.name for one in found) == sorted(shipped())
    assert [one.name for one in found if not one.pattern.doc] == []
    assert [place.example.name for place in partials.places(found) if place.example and not place.sketch] == []
