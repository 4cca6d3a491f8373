"""A board from which an agent pulls cards, with people around it (P13): what tests of pulls start from."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.boards import BoardSpec, ColumnSpec, Policy, alone
from orchestrator.models import Board, Card, Role, User
from orchestrator.services import boards
from tests import driven
from tests.boards_world import World, make_world

AGENT = "word-counter"
TAKES = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}, "guidance": {"type": "string"}},
}
READY, COUNTING = ColumnSpec(name="Ready"), ColumnSpec(
    name="Counting", policy=Policy.WORKFLOW, workflow=alone(AGENT), agent=AGENT, pulls_from="Ready", limit=2,
    with_={"text": "card.input.text", "guidance": "card.guidance"},
)  # fmt: skip
COLUMNS = (
    ColumnSpec(name="Backlog"), READY, COUNTING, ColumnSpec(name="Done", policy=Policy.DONE),
    ColumnSpec(name="Stopped", policy=Policy.FAILED),
)  # fmt: skip


def make_kanban(mark: str = "", columns: tuple[ColumnSpec, ...] = COLUMNS) -> World:
    """Make a board whose column Counting is worked by an agent that pulls from Ready, two at once."""
    world = make_world(mark)
    driven.agent(f"{AGENT}{mark}", takes=TAKES)
    builder = User.objects.create_user(f"bob{mark}", role=Role.BUILDER, team=world.board.team)
    own = tuple(replace(one, agent=f"{AGENT}{mark}", workflow=alone(f"{AGENT}{mark}")) if one.agent else one
                for one in columns)  # fmt: skip
    boards.apply_board(builder, BoardSpec(name=f"kanban{mark}", title="Kanban", columns=own))
    return replace(world, board=Board.objects.get(name=f"kanban{mark}"))


def ready(world: World, title: str = "Count", **fields: object) -> Card:
    """Write a card that is ready to be pulled."""
    return world.card(title, "Ready", **{"input": {"text": "one two three"}, **fields})


def now(card: Card) -> Card:
    """Return a card as it is."""
    return Card.objects.select_related("column", "taken_by").get(pk=card.pk)
