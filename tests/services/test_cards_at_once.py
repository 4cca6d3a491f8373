"""Many hands on one board at the same moment, on the real database: no card lost, none doubled (B2, S25)."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from orchestrator.boards.places import Spot
from orchestrator.core.errors import RejectedConflict
from orchestrator.models import Board, Card, CardEntry, Run
from orchestrator.services import cards
from tests.boards_world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


@pytest.fixture
def world() -> World:
    return make_world()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do these things in threads that start together; return what each returned or was refused with."""
    together = Barrier(len(acts))

    def do(act: Callable[[], object]) -> object:
        try:
            together.wait(10)
            return act()
        except RejectedConflict as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def test_of_people_who_drag_the_same_card_one_wins_and_the_others_are_told_where_it_is(world: World) -> None:
    """S25."""
    card = world.card()
    targets = ["Ready", "Done", "Failed", "Ready", "Done", "Failed"]
    columns = [world.column(name) for name in targets]
    answers = at_once(
        *(lambda to=column.pk: cards.move(world.operator, card.pk, to, version=card.version) for column in columns)
    )
    winners = [answer for answer in answers if isinstance(answer, Card)]
    losers = [answer for answer in answers if isinstance(answer, RejectedConflict)]
    assert (len(winners), len(losers)) == (1, 5)
    now = Card.objects.get()
    assert (now.column_id, now.version) == (winners[0].column_id, card.version + 1)
    assert {loser.extra["current"]["column"] for loser in losers} == {now.column_id}
    assert CardEntry.objects.filter(verb="moved").count() == 1


def test_of_people_who_edit_or_move_the_same_card_one_wins_and_nothing_is_overwritten(world: World) -> None:
    for turn in range(5):
        card = world.card(f"card {turn}")
        acts = [lambda n=n, card=card: cards.edit(world.operator, card.pk, 1, priority=n) for n in (1, 2, 4, 5)]
        ready = world.column("Ready").pk
        answers = at_once(*acts, lambda card=card, ready=ready: cards.move(world.operator, card.pk, ready, version=1))
        assert sum(isinstance(answer, Card) for answer in answers) == 1
        now = Card.objects.get(pk=card.pk)
        assert now.version == 2
        assert (now.priority != 3) is (now.column_id != ready), "one change stands, not two"


def test_of_two_clicks_that_start_a_card_one_starts_its_run(world: World) -> None:
    card, column = world.card(), world.column("In progress")
    start = [lambda: cards.move(world.operator, card.pk, column.pk, version=card.version)] * 4
    answers = at_once(*start)
    assert sum(isinstance(answer, Card) for answer in answers) == 1
    assert Run.objects.count() == 1


def test_a_limit_holds_when_cards_come_in_at_once(world: World) -> None:
    column = world.column("In progress")
    crowd = [world.card(f"card {number}") for number in range(6)]
    at_once(*(lambda one=one: cards.move(world.operator, one.pk, column.pk, version=one.version) for one in crowd))
    assert Run.objects.count() == 2
    assert Card.objects.filter(column=column, follows=True, run_id="").count() == 4


def test_two_hundred_drags_at_once_lose_no_card_double_none_and_keep_every_rank_apart(world: World) -> None:
    """B2: moves chosen by seed, in eight threads, in any order the machine likes."""
    columns = [world.column(name) for name in ("Backlog", "Ready", "Done")]
    for number in range(12):
        world.card(f"card {number}", columns[number % 3].name)
    ids = list(Card.objects.values_list("pk", flat=True))
    before = Board.objects.get().version

    def drag(seed: int) -> int:
        dice, done = random.Random(seed), 0
        for _ in range(200 // HANDS):
            card = Card.objects.get(pk=dice.choice(ids))
            spot = dice.choice([Spot(), Spot(top=True), Spot(before=dice.choice(ids)), Spot(after=dice.choice(ids))])
            try:
                cards.move(world.operator, card.pk, dice.choice(columns).pk, spot, version=card.version)
                done += 1
            except RejectedConflict:
                continue
        return done

    done = sum(at_once(*(lambda seed=seed: drag(seed) for seed in range(HANDS))))
    assert sorted(Card.objects.values_list("pk", flat=True)) == sorted(ids)
    for column in columns:
        ranks = list(Card.objects.filter(column=column).values_list("rank", flat=True))
        assert len(ranks) == len(set(ranks))
    assert done > 50, "most drags meet no other"
    assert CardEntry.objects.filter(verb="moved").count() == done
    assert Board.objects.get().version == before + done, "every change has a version of its own"
    assert sum(Card.objects.values_list("version", flat=True)) == len(ids) + done
