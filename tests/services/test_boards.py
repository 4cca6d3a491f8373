"""Boards from their files: columns by name, and no card lost when they change (B1)."""

from __future__ import annotations

import pytest
from django.db.models import F

from orchestrator.core.boards import BoardSpec, ColumnSpec, Policy
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden
from orchestrator.models import Board, Card, Column, Role, Run, User, WorkflowVersion
from orchestrator.queries import boards as queries
from orchestrator.services import boards, card_inputs, cards
from tests.boards_world import World, make_world, run_of

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = (
    ColumnSpec(name="Ideas"),
    ColumnSpec(name="In progress", policy=Policy.WORKFLOW, workflow="nap", limit=2),
    ColumnSpec(name="Review", policy=Policy.GATE),
)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def builder(world: World) -> User:
    return User.objects.create_user("bob", role=Role.BUILDER, team=world.board.team)


def spec(*columns: ColumnSpec, title: str = "Reviews") -> BoardSpec:
    return BoardSpec(name="reviews", title=title, columns=columns or COLUMNS)


def test_a_board_is_made_once_and_applying_it_again_changes_nothing(builder: User) -> None:
    assert boards.apply_board(builder, spec())
    version = Board.objects.get(name="reviews").version
    assert not boards.apply_board(builder, spec())
    assert Board.objects.get(name="reviews").version == version
    names = Column.objects.filter(board__name="reviews").values_list("name", "policy", "workflow", "limit")
    assert list(names) == [
        ("Ideas", "manual", "", None), ("In progress", "workflow", "nap", 2), ("Review", "gate", "", None),
    ]  # fmt: skip


def test_columns_that_keep_their_name_keep_their_cards(world: World, builder: User) -> None:
    boards.apply_board(builder, spec())
    board = Board.objects.get(name="reviews")
    ideas = Column.objects.get(board=board, name="Ideas")
    Card.objects.create(board=board, column=ideas, rank=1, title="One")
    wider = (ColumnSpec(name="New"), ColumnSpec(name="Ideas", limit=3), COLUMNS[1])
    assert boards.apply_board(builder, spec(*wider, title="All reviews"))
    board.refresh_from_db()
    assert (board.title, board.version) == ("All reviews", 2)
    assert [column.name for column in board.columns.all()] == ["New", "Ideas", "In progress"]
    assert Column.objects.get(pk=ideas.pk).limit == 3
    assert Card.objects.get(title="One").column_id == ideas.pk


def test_a_column_that_holds_cards_is_not_taken_away(builder: User) -> None:
    boards.apply_board(builder, spec())
    ideas = Column.objects.get(board__name="reviews", name="Ideas")
    Card.objects.create(board=ideas.board, column=ideas, rank=1, title="One")
    with pytest.raises(RejectedConflict) as refused:
        boards.apply_board(builder, spec(*COLUMNS[1:], title="Other"))
    assert [str(problem) for problem in refused.value.problems] == [
        "columns.Ideas: still holds 1 cards; move them elsewhere first"
    ]
    assert Board.objects.get(name="reviews").title == "Reviews", "nothing is half applied"


def test_only_builders_apply_boards(world: World) -> None:
    for person in (world.operator, world.viewer):
        with pytest.raises(RejectedForbidden):
            boards.apply_board(person, spec())


def test_a_column_makes_the_runs_input_from_the_card(world: World, builder: User) -> None:
    """B3: `with` of a board's file; what a card does not say is named, and nothing starts."""
    named = {"minutes": "card.input.length", "bed": "card.title"}
    columns = [ColumnSpec(name="Ideas"), ColumnSpec(name="Go", policy=Policy.WORKFLOW, workflow="nap", with_=named)]
    assert boards.apply_board(builder, spec(*columns))
    assert not boards.apply_board(builder, spec(*columns)), "the same file again changes nothing"
    go = Column.objects.get(board__name="reviews", name="Go")
    card = cards.create(builder, go.board_id, "The wide one", column_id=go.pk, input={"length": 3})
    assert run_of(card).input == {"minutes": 3, "bed": "The wide one"}
    with pytest.raises(RejectedError) as refused:
        cards.create(builder, go.board_id, "No length", column_id=go.pk)
    assert [problem.path for problem in refused.value.problems] == ["input.minutes"]
    assert "length" in refused.value.problems[0].message
    assert card_inputs.wanted(go, WorkflowVersion.objects.get(name="nap"))["properties"].keys() == {"length"}


def test_a_column_that_asks_nothing_of_a_cards_own_input_says_so(world: World) -> None:
    """A form then asks for nothing; what cannot be told is asked for as a whole."""
    nap, go = WorkflowVersion.objects.get(name="nap"), world.column("In progress")
    for made, wanted in (("card.priority", {"type": "object", "properties": {}}), ("card.input.a + 1", {})):
        go.inputs = {"minutes": made}
        assert card_inputs.wanted(go, nap) == wanted


def test_a_column_without_cards_but_with_archived_ones_may_go_and_they_stay(builder: User) -> None:
    boards.apply_board(builder, spec())
    ideas = Column.objects.get(board__name="reviews", name="Ideas")
    card = cards.create(builder, ideas.board_id, "Old")
    cards.archive(builder, card.pk, card.version)
    boards.apply_board(builder, spec(*COLUMNS[1:]))
    kept = Card.objects.select_related("column").get(pk=card.pk)
    assert (kept.archived_at is not None, kept.column.name) == (True, COLUMNS[1].name)


def test_a_board_is_read_with_the_state_of_its_runs_in_few_questions(
    world: World, django_assert_max_num_queries: object
) -> None:
    first = world.move(world.card("first"), "In progress")
    for title in ("second", "third", "fourth"):
        world.move(world.card(title), "In progress")
    Run.objects.filter(pk=first.run_id).update(status="failed", n=F("n") + 1)
    with django_assert_max_num_queries(8):
        view = queries.board_detail(world.viewer, world.board.pk)
    column = next(column for column in view.columns if column.column.name == "In progress")
    assert (column.total, column.at_work, column.waiting, column.is_full) == (4, 1, 2, False)
    assert [card.status for card in column.cards] == ["failed", "waiting", "queued", "queued"]
    assert column.cards[1].gate is not None
    assert column.cards[1].is_live
    assert not column.cards[0].is_live


def test_a_long_column_is_drawn_in_part_and_counted_in_whole(world: World) -> None:
    for number in range(7):
        world.card(f"card {number}")
    view = queries.board_detail(world.operator, world.board.pk, most=5)
    assert [card.card.title for card in view.columns[0].cards] == [f"card {number}" for number in range(5)]
    assert (view.columns[0].total, view.columns[0].hidden) == (7, 2)


def test_another_team_sees_neither_board_nor_card(world: World) -> None:
    card = world.card()
    assert queries.boards(world.outsider).items == ()
    for ask in (
        lambda: queries.board_detail(world.outsider, world.board.pk),
        lambda: queries.board_named(world.outsider, "naps"),
        lambda: queries.card_detail(world.outsider, card.pk),
        lambda: queries.card_detail(world.viewer, 1 << 70),
        lambda: queries.board_detail(world.viewer, 0),
    ):
        with pytest.raises(RejectedError) as refused:
            ask()
        assert refused.value.status == 404
