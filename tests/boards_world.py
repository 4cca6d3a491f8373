"""A board with people around it, for tests of boards: what every such test starts from."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.models import Board, Card, Column, Policy, Role, Run, Team, User, WorkflowVersion
from orchestrator.services import cards

SOURCE = {
    "workflow": "nap",
    "role": "Waits for somebody who never comes.",
    "input": {
        "type": "object",
        "required": ["minutes"],
        "properties": {"minutes": {"type": "integer", "minimum": 1, "default": 5}, "bed": {"type": "string"}},
    },
    "steps": [{"id": "sign_off", "gate": {"title": "Sign off", "show": {"minutes": "input.minutes"}}}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A board and its people."""

    board: Board
    operator: User
    viewer: User
    outsider: User

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return Column.objects.get(board=self.board, name=name)

    def card(self, title: str = "Sleep", column: str = "Backlog", **fields: object) -> Card:
        """Write a card."""
        return cards.create(self.operator, self.board.pk, title, column_id=self.column(column).pk, **fields)

    def move(self, card: Card, column: str, **how: object) -> Card:
        """Move a card as the operator, from the version it has now."""
        now = Card.objects.get(pk=card.pk)
        return cards.move(self.operator, card.pk, self.column(column).pk, **{"version": now.version, **how})

    def place(self, card: Card) -> str:
        """Return the name of the column a card is in."""
        return Card.objects.select_related("column").get(pk=card.pk).column.name

    def titles(self, column: str) -> list[str]:
        """Return the titles of a column's cards in order."""
        return list(Card.objects.filter(column=self.column(column)).order_by("rank").values_list("title", flat=True))


def make_world(mark: str = "") -> World:
    """Make a board of six columns with a workflow that stops at a gate at once; `mark` tells several apart."""
    team, others = Team.objects.create(name=f"Team{mark}"), Team.objects.create(name=f"Others{mark}")
    WorkflowVersion.objects.get_or_create(name="nap", version="1" * 64, defaults={"role": "", "source": SOURCE})
    board = Board.objects.create(name=f"naps{mark}", title="Naps", team=team)
    stages = [("Backlog", "manual", None), ("Ready", "manual", None), ("In progress", "workflow", 2),
              ("Review", "gate", None), ("Done", "done", None), ("Failed", "failed", None)]  # fmt: skip
    for position, (name, policy, limit) in enumerate(stages):
        workflow = "nap" if policy == Policy.WORKFLOW else ""
        Column.objects.create(board=board, name=name, position=position, policy=policy, limit=limit, workflow=workflow)
    return World(
        board=board,
        operator=User.objects.create_user(f"olga{mark}", role=Role.OPERATOR, team=team),
        viewer=User.objects.create_user(f"vera{mark}", role=Role.VIEWER, team=team),
        outsider=User.objects.create_user(f"otto{mark}", role=Role.OPERATOR, team=others),
    )


def run_of(card: Card) -> Run:
    """Return the run of a card as it is now."""
    return Run.objects.get(pk=Card.objects.get(pk=card.pk).run_id)
