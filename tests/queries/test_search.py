"""Finding things by words: every noun, the best first, in few questions, and nothing of another team."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.core.errors import RejectedForbidden
from orchestrator.models import AgentVersion, Board, Card, Column, Run, WorkflowVersion
from orchestrator.queries.search import Found, rank, search
from tests import cast

pytestmark = pytest.mark.django_db
NOUNS = ("runs", "cards", "boards", "agents", "workflows", "gates")


@pytest.fixture
def world() -> Run:
    """Make one of everything, named after ferries."""
    operator = cast.person("operator")
    run = cast.run(1, operator, title="Ferry to the island")
    cast.gate(run, title="Let the ferry go")
    cast.gate(run, path="was", title="Ferry of yesterday", status="approved")
    board = Board.objects.create(name="ferries", title="Ferries", team=operator.team)
    column = Column.objects.create(board=board, name="Ideas", position=0)
    Card.objects.create(board=board, column=column, rank=1, title="Paint the ferry")
    AgentVersion.objects.create(name="ferryman", version=1, digest="1", spec={"role": "Rows."})
    WorkflowVersion.objects.create(name="ferry-crossing", version="1", source={})
    return run


def names(found: Found) -> dict[str, list[str]]:
    return {noun: [getattr(one, "title", "") or one.name for one in getattr(found, noun)] for noun in NOUNS}


def test_words_find_every_noun(world: Run) -> None:
    found = names(search(cast.person("viewer"), " FERR "))
    assert found == {
        "runs": ["Ferry to the island"], "cards": ["Paint the ferry"], "boards": ["Ferries"], "agents": ["ferryman"],
        "workflows": ["ferry-crossing"], "gates": ["Let the ferry go"],
    }  # fmt: skip


def test_every_word_must_be_there_in_any_order(world: Run) -> None:
    viewer = cast.person("viewer")
    assert names(search(viewer, "island ferry"))["runs"] == ["Ferry to the island"]
    assert search(viewer, "island train") == Found()


def test_no_words_and_nonsense_find_nothing(world: Run) -> None:
    viewer = cast.person("viewer")
    for nothing in ("", "   ", "\0", "%", "_%_", "' or 1=1 --", "x" * 5000):
        assert search(viewer, nothing) == Found()


def test_an_outsider_finds_nothing_of_another_teams_work(world: Run) -> None:
    """U4: agents and workflows belong to all teams; runs, cards, boards and approvals do not."""
    found = names(search(cast.person("admin", "outsider", of="others"), "ferr"))
    assert [noun for noun in NOUNS if found[noun]] == ["agents", "workflows"]


def test_nobody_finds_anything_without_signing_in(world: Run) -> None:
    with pytest.raises(RejectedForbidden):
        search(AnonymousUser(), "ferry")


def test_the_beginning_of_an_id_finds_its_run(world: Run) -> None:
    found = search(cast.person("viewer"), world.id[:14])
    assert [run.id for run in found.runs] == [world.id]
    assert search(cast.person("operator", "other"), "ffff").runs == ()


def test_what_is_at_work_comes_first_then_what_fits_best() -> None:
    operator = cast.person("operator")
    made = [("night train", "succeeded"), ("train", "succeeded"), ("a train", "running")]
    for number, (title, status) in enumerate(made, 1):
        cast.run(number, operator, title=title, status=status)
    assert names(search(operator, "train"))["runs"] == ["a train", "train", "night train"]


@pytest.mark.parametrize(
    ("words", "name", "place"),
    [
        ("ruff", "ruff", 0),
        ("ru", "ruff", 1),
        ("check", "ruff-check", 2),
        ("che ru", "ruff check", 2),
        ("uff", "ruff", 3),
    ],
)
def test_a_name_that_begins_with_the_words_fits_best(words: str, name: str, place: int) -> None:
    assert rank(words.split(), name) == place


def test_it_asks_once_a_noun_however_much_there_is(world: Run) -> None:
    operator = cast.person("operator", "another")
    for number in range(10, 70):
        cast.run(number, operator, title=f"Ferry {number}")
    with CaptureQueriesContext(connection) as asked:
        found = search(operator, "ferry")
    assert len(found.runs) == 6
    assert len(asked) == len(NOUNS), "\n".join(query["sql"] for query in asked)
