"""Cards that are taken off their board and put back (B1)."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import RejectedConflict, RejectedForbidden, RejectedMissing
from orchestrator.models import Card, CardEntry
from orchestrator.queries import boards as queries
from orchestrator.services import cards
from tests.boards_world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


def test_an_archived_card_leaves_its_board_keeps_its_history_and_can_be_restored(world: World) -> None:
    """B1."""
    card, other = world.card(), world.card("Other")
    cards.archive(world.operator, card.pk, card.version)
    cards.archive(world.operator, card.pk, card.version)
    assert [one.card.title for one in queries.board_detail(world.viewer, world.board.pk).columns[0].cards] == ["Other"]
    assert CardEntry.objects.filter(card=card, verb="archived").count() == 1
    with pytest.raises(RejectedConflict, match="restore it first"):
        world.move(card, "Ready")
    cards.restore(world.operator, card.pk)
    cards.restore(world.operator, card.pk)
    assert world.titles("Backlog") == ["Other", "Sleep"]
    assert CardEntry.objects.filter(card=card, verb="restored").count() == 1
    world.move(card, "Ready")
    with pytest.raises(RejectedConflict, match="Someone was faster"):
        cards.archive(world.operator, card.pk, card.version)
    with pytest.raises(RejectedForbidden):
        cards.archive(world.viewer, other.pk, other.version)
    with pytest.raises(RejectedMissing):
        cards.archive(world.outsider, other.pk, other.version)


def test_a_card_whose_run_is_live_is_not_archived(world: World) -> None:
    card = world.move(world.card(), "In progress")
    with pytest.raises(RejectedConflict, match="A run is at work"):
        cards.archive(world.operator, card.pk, card.version)
    assert Card.objects.get(pk=card.pk).archived_at is None
