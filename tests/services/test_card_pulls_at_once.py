"""P13 under fire: many that pull at once, people who drag meanwhile, and processes killed in the middle of a pull."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection

from orchestrator.boards.work import at_work
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.status import RUN_LIVE
from orchestrator.followers.cards import follow
from orchestrator.models import Card, CardEntry, Run
from orchestrator.services import card_hands, card_pulls, card_runs, cards
from tests import driven
from tests.boards_world import World, run_of
from tests.kanban_world import make_kanban, now, ready
from tests.running import PROJECT, environ
from tests.services.test_cards_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_kanban()


@contextmanager
def puller(where: str = "nowhere") -> Iterator[subprocess.Popen[str]]:
    """Start a process that is about to pull on this test's database."""
    name = str(connection.settings_dict["NAME"])
    url = os.environ["SIGNALBOX_TEST_POSTGRES"] if connection.vendor == "postgresql" else ""
    there = environ(SIGNALBOX_DATA=str(settings.DATA), DATABASE_URL=url, DJANGO_SETTINGS_MODULE="orchestrator.settings")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.services.puller", name, where], cwd=PROJECT, env=there, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str]) -> int:
    """Let a process pull; return how it ended."""
    process.communicate("\n", timeout=60)
    return process.returncode


def test_processes_that_pull_at_once_pull_each_card_once_and_pass_no_limit(world: World) -> None:
    for number in range(6):
        ready(world, f"card {number}")
    with puller() as one, puller() as two, puller() as three:
        for process in (one, two, three):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait(60) for process in (one, two, three)] == [0, 0, 0]
    assert at_work(world.column("Counting")) == Run.objects.count() == 2
    assert CardEntry.objects.filter(verb="pulled").count() == 2
    assert world.titles("Counting") == ["card 0", "card 1"]


def test_threads_that_pull_and_follow_at_once_do_all_cards_once_and_pass_no_limit(world: World) -> None:
    for number in range(9):
        ready(world, f"card {number}")
    for _ in range(12):
        at_once(card_pulls.pull, follow, card_pulls.pull, card_runs.start_waiting, card_pulls.pull)
        live = Run.objects.filter(status__in=RUN_LIVE).count()
        assert live <= 2
        driven.work_off()
    follow()
    assert len(world.titles("Done")) == 9
    assert Run.objects.count() == 9
    assert sorted(CardEntry.objects.filter(verb="pulled").values_list("card__title", flat=True)) == sorted(
        f"card {number}" for number in range(9)
    )


@pytest.mark.parametrize("where", ["move", "start"])
def test_a_process_killed_within_a_pull_leaves_the_card_where_it_was_and_another_pulls_it(
    world: World, where: str
) -> None:
    """P13, R6: the move and the start are one commit, so nothing is half pulled."""
    card = ready(world)
    with puller(where) as process:
        assert go(process) == -signal.SIGKILL
    kept = now(card)
    assert (kept.column.name, kept.version, kept.run_id, kept.pulled_by) == ("Ready", card.version, "", "")
    assert not Run.objects.exists()
    assert CardEntry.objects.filter(card=card).count() == 1
    with puller() as process:
        assert go(process) == 0
    assert (world.place(card), run_of(card).status) == ("Counting", "running")
    assert Run.objects.count() == 1


def test_a_person_who_drags_while_agents_pull_always_wins(world: World) -> None:
    """P13, S25: whichever came first, the card is where the person put it and no run works on it."""
    backlog, won = world.column("Backlog"), {"before": 0, "after": 0}
    for turn in range(10):
        card = ready(world, f"card {turn}")

        def drag(card: Card = card) -> Card:
            return cards.move(world.operator, card.pk, backlog.pk, version=card.version)

        at_once(card_pulls.pull, drag, card_pulls.pull)
        follow()
        assert world.place(card) == "Backlog"
        run = Run.objects.filter(card_id=card.pk).first()
        assert run is None or (run.status == "cancelled" and "olga" in run.reason)
        won["after" if run else "before"] += 1
        assert card_pulls.pull() == 0
    print(f"\n  the hand was first {won['before']} times, the agent {won['after']} times")


def test_of_people_who_take_over_and_agents_that_pull_at_once_the_person_wins(world: World) -> None:
    for turn in range(6):
        card = ready(world, f"card {turn}")
        at_once(
            card_pulls.pull, lambda card=card: card_hands.take_over(world.operator, card.pk, card.version),
            card_pulls.pull,
        )  # fmt: skip
        assert now(card).taken_by == world.operator
        assert not Run.objects.filter(card_id=card.pk, status__in=RUN_LIVE).exists()
        assert card_pulls.pull() == 0


def test_an_edit_and_a_pull_at_once_never_start_a_card_with_words_that_nobody_sees(world: World) -> None:
    """Either the edit came first and the run has its words, or the editor is told."""
    for turn in range(6):
        card = ready(world, f"card {turn}")
        answers = at_once(
            card_pulls.pull,
            lambda card=card: cards.edit(world.operator, card.pk, card.version, input={"text": "edited"}),
        )
        told = isinstance(answers[1], RejectedConflict)
        card_pulls.pull()
        assert run_of(card).input["text"] == ("one two three" if told else "edited")
        driven.work_off()
        follow()
