"""A card whose run failed and is retried goes on with it, unless a person has put it elsewhere (B4, R11)."""

from __future__ import annotations

import pytest

from orchestrator.followers import cards as follower
from orchestrator.models import Card, Gate
from orchestrator.services import gates, runs
from tests.boards_world import World, make_world, run_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def failed(world: World) -> Card:
    card = world.move(world.card(), "In progress")
    gates.decide(world.operator, Gate.objects.get().pk, "reject", comment="not now")
    follower.follow()
    assert world.place(card) == "Failed"
    return card


def test_a_card_moves_on_from_where_the_failure_had_put_it(world: World, failed: Card) -> None:
    runs.retry(world.operator, run_of(failed).id)
    follower.follow()
    assert (world.place(failed), Card.objects.get().why) == ("Review", "waits for approval: Sign off")
    runs.skip(world.operator, run_of(failed).id, "sign_off")
    follower.follow()
    assert (world.place(failed), run_of(failed).status) == ("Done", "succeeded")


def test_a_card_that_a_person_has_put_elsewhere_stays_there(world: World, failed: Card) -> None:
    run = run_of(failed)
    world.move(failed, "Ready")
    runs.retry(world.operator, run.id)
    follower.follow()
    assert world.place(failed) == "Ready"
