"""Boards with more cards than a page draws: parts of columns, the filter over all cards, and few questions asked."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.partials.boards import live
from orchestrator.models import Board, Card
from orchestrator.queries.boards import FIRST_CARDS
from orchestrator.services import cards
from tests.boards_world import World, make_world
from tests.dashboard.test_boards import client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_filter_looks_through_all_cards_and_says_of_changed_ones_whether_they_fit(world: World) -> None:
    column = world.column("Ready")
    Card.objects.bulk_create(
        Card(board=world.board, column=column, rank=n, title=f"Straw {n}", description="Marmalade" if n == 300 else "",
             labels=["late"] if n == 200 else [], assignee=world.operator if n == 100 else None) for n in range(400)
    )  # fmt: skip
    viewer = client(world.viewer)

    def seen(asked: str) -> list[str]:
        return re.findall(r'class="title"[^>]*>(.*?)</a>', viewer.get(f"/boards/naps/?{asked}").content.decode())

    assert seen("q=MARMALADE straw") == ["Straw 300"]
    assert seen("label=late") == ["Straw 200"]
    assert seen(f"who={world.operator.username}") == ["Straw 100"]
    assert seen("status=failed") == []
    assert len(seen("q=straw")) == FIRST_CARDS
    fits, other = (Card.objects.get(title=title) for title in ("Straw 200", "Straw 1"))
    for card in (fits, other):
        cards.edit(world.operator, card.pk, card.version, priority=1)
    told = viewer.get("/boards/naps/frame/?n=0&label=late").content.decode()
    assert re.search(rf'id=\\"card-{other.pk}\\" data-gone', told)
    assert not re.search(rf'id=\\"card-{fits.pk}\\" data-gone', told)


def test_the_rest_of_a_column_comes_in_parts_in_order_with_and_without_a_filter(world: World) -> None:
    column = world.column("Ready")
    Card.objects.bulk_create(
        Card(board=world.board, column=column, rank=n // 2, title=f"Card {n}", labels=["even"] if n % 2 == 0 else [])
        for n in range(150)
    )
    viewer = client(world.viewer)
    for asked, wanted in (
        ("", [f"Card {n}" for n in range(150)]),
        ("label=even", [f"Card {n}" for n in range(0, 150, 2)]),
    ):
        html = viewer.get(f"/boards/naps/?{asked}").content.decode()
        found = re.findall(r"Card \d+(?=</a>)", html)
        while after := re.search(r'data-after="([^"]+)"', html):
            html = viewer.get(f"/boards/naps/columns/{column.pk}/?after={after[1]}&count=30&{asked}").content.decode()
            found += re.findall(r"Card \d+(?=</a>)", html)
        assert found == wanted


def test_nonsense_in_an_address_filters_nothing_and_another_boards_column_is_not_found(world: World) -> None:
    world.card()
    viewer = client(world.viewer)
    for asked in ("status=odd", "n=x", "after=x:y"):
        assert viewer.get(f"/boards/naps/frame/?{asked}").status_code == 200
    column = world.column("Backlog").pk
    for after in ("", "nan:1", "inf:1", "1e400:2", f"0:{1 << 70}"):
        assert "Sleep" in viewer.get(f"/boards/naps/columns/{column}/?after={after}&count=-1").content.decode()
    for wrong in (0, column + 1000, 1 << 70):
        assert viewer.get(f"/boards/naps/columns/{wrong}/").status_code == 404
    assert client(world.outsider).get(f"/boards/naps/columns/{column}/").status_code == 404


def test_two_thousand_cards_are_drawn_with_as_few_questions_as_two(world: World) -> None:
    world.card("One")
    viewer = client(world.viewer)
    viewer.get("/boards/naps/")
    with CaptureQueriesContext(connection) as few:
        viewer.get("/boards/naps/")
    columns = list(world.board.columns.all())
    Card.objects.bulk_create(
        Card(board=world.board, column=columns[n % 6], rank=n, title=f"Card {n}") for n in range(2000)
    )
    with CaptureQueriesContext(connection) as many:
        answer = viewer.get("/boards/naps/")
    assert len(many) == len(few) <= 12
    assert answer.content.decode().count("data-card-id") == 6 * FIRST_CARDS
    assert "more card" in answer.content.decode()
    with CaptureQueriesContext(connection) as pushed:
        live(world.viewer, str(world.board.pk), Board.objects.get().version)
    assert len(pushed) <= 6, "an update asks nothing of cards that did not change"
