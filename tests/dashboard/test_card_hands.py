"""P13 on the page without a browser: what columns, cards and drawers say of pulls, hands and guidance."""

from __future__ import annotations

import pytest

from orchestrator.models import Card
from orchestrator.services import card_guidance, card_hands, card_pulls
from tests.boards_world import World, make_world
from tests.dashboard.test_boards import client
from tests.kanban_world import AGENT, make_kanban, now, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_kanban()


def drawer(world: World, card: Card, who: str = "operator") -> str:
    return client(getattr(world, who)).get(f"/boards/kanban/cards/{card.pk}/").content.decode()


def test_the_board_says_who_pulls_from_where_who_pulled_and_what_waits(world: World) -> None:
    """P13, B4."""
    ready(world, "Pulled")
    card_pulls.pull()
    ready(world, "First")
    ready(world, "Second")
    page = client(world.viewer).get("/boards/kanban/").content.decode()
    assert f"{AGENT} pulls from Ready, 1 of 2 at work" in page
    assert f"pulled by {AGENT}" in page
    assert f"waits for {AGENT}, 1 ahead of it" in page


def test_the_drawer_offers_what_can_be_done_to_whom_may_do_it(world: World) -> None:
    """U4."""
    card = ready(world)
    assert 'data-hand="take-over"' in drawer(world, card)
    assert "data-hand" not in drawer(world, card, "viewer")
    card_hands.take_over(world.operator, card.pk, card.version)
    page = drawer(world, card)
    assert 'data-hand="hand-back"' in page
    assert "olga has taken it over" in page
    assert "data-hand-back" in client(world.operator).get("/boards/kanban/").content.decode()


def test_guidance_is_left_in_the_drawer_and_shown_on_the_card(world: World) -> None:
    card = ready(world)
    path = f"/boards/kanban/cards/{card.pk}/guidance/"
    answer = client(world.operator).post(path, {"version": card.version, "text": "mind <the> titles"})
    assert answer.status_code == 200
    assert "Goes with its next run." in answer.content.decode()
    assert "Guidance: mind &lt;the&gt; titles" in client(world.viewer).get("/boards/kanban/").content.decode()
    assert client(world.operator).post(path, {"version": 1, "text": "late"}).status_code == 409
    assert client(world.viewer).post(path, {"version": now(card).version, "text": "x"}).status_code == 403
    card_pulls.pull()
    assert "it stays until one succeeds" in drawer(world, card)


def test_where_no_column_hands_guidance_on_none_is_asked_for(world: World) -> None:
    other = make_world("-other")
    card = other.card()
    page = client(other.operator).get(f"/boards/{other.board.name}/cards/{card.pk}/").content.decode()
    assert "guidance" not in page.lower()
    assert not card_guidance.is_taken_on(other.board)


def test_a_form_asks_for_no_input_where_the_column_takes_none(world: World) -> None:
    column = world.column("Counting")
    column.inputs = {"text": "card.title", "guidance": "card.guidance"}
    column.save()
    operator = client(world.operator)
    page = operator.get("/boards/kanban/", headers={"HX-Request": ""}).content.decode()
    assert "JSON that a run starts with" not in page
    assert operator.post("/boards/kanban/cards/", {"title": "Nap", "priority": 3}).status_code == 200
    assert Card.objects.get().input == {}
