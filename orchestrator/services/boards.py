"""Making boards as their files describe them, and changing them without losing a card. Cards are in `cards`."""

from __future__ import annotations

from django.db import transaction

from orchestrator.boards.locking import lock_columns
from orchestrator.boards.records import UNNUMBERED, touch
from orchestrator.core.boards import BoardSpec, ColumnSpec
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.problems import Problem
from orchestrator.models import Board, Card, Column, User
from orchestrator.services import audit, lone_agents
from orchestrator.services.access import Verb, require


@transaction.atomic
def apply_board(actor: User, spec: BoardSpec) -> bool:
    """Create a board or make it like this; columns are known by their names. Return whether anything changed."""
    actor = require(actor, Verb.APPLY_BOARD)
    board, is_new = Board.objects.get_or_create(name=spec.name, defaults={"title": spec.title, "team": actor.team})
    require(actor, Verb.APPLY_BOARD, board)
    for agent in dict.fromkeys(column.agent for column in spec.columns if column.agent):
        lone_agents.make(actor, agent)
    kept = lock_columns(Column.objects.filter(board=board).values_list("pk", flat=True))
    changed = _arrange(board, {column.name: column for column in kept.values()}, spec)
    if board.title != spec.title:
        board.title = spec.title
        board.save(update_fields=["title"])
        changed = True
    if is_new or changed:
        # What did not fit the columns as they were may fit them now.
        Card.objects.filter(board=board).exclude(unfit="").update(unfit="", why="", board_version=UNNUMBERED)
        audit.record(actor, "apply_board", "board", board.name, {"columns": [column.name for column in spec.columns]})
        touch(board.pk)
    return is_new or changed


def _arrange(board: Board, there: dict[str, Column], spec: BoardSpec) -> bool:
    """Make the columns as described; one that is described no longer goes, unless it holds cards."""
    wanted = {column.name: column for column in spec.columns}
    gone = [column for name, column in there.items() if name not in wanted]
    changed = bool(gone)
    for position, column in enumerate(spec.columns):
        changed |= _keep(board, there.get(column.name), column, position)
    changed |= _connect(board, wanted)
    _remove(board, spec, gone)
    return changed


def _connect(board: Board, wanted: dict[str, ColumnSpec]) -> bool:
    """Let columns pull from where they should; return whether any pulled from elsewhere before."""
    there = {column.name: column for column in Column.objects.filter(board=board)}
    changed = []
    for name, spec in wanted.items():
        source = there.get(spec.pulls_from)
        if there[name].source_id != (source.pk if source else None):
            there[name].source = source
            there[name].save(update_fields=["source"])
            changed.append(name)
    return bool(changed)


def _remove(board: Board, spec: BoardSpec, gone: list[Column]) -> None:
    counts = [(column.name, Card.objects.filter(column=column, archived_at=None).count()) for column in gone]
    full = [Problem(path=f"columns.{name}", message=f"still holds {count} cards", hint="move them elsewhere first")
            for name, count in counts if count]  # fmt: skip
    if full:
        raise RejectedConflict(f"The board {spec.name} cannot lose a column that holds cards.", full)
    # What was archived there stays to be looked up, and can come back where work begins.
    first = Column.objects.filter(board=board, name=spec.columns[0].name).first()
    Card.objects.filter(column__in=gone).update(column=first)
    Column.objects.filter(pk__in=[column.pk for column in gone]).delete()


def _keep(board: Board, column: Column | None, spec: ColumnSpec, position: int) -> bool:
    """Create or update one column; return whether it differs from what was there."""
    values = {"position": position, "limit": spec.limit, "policy": spec.policy.value, "workflow": spec.workflow,
              "agent": spec.agent, "inputs": dict(spec.with_) if spec.with_ is not None else None}  # fmt: skip
    if column is None:
        Column.objects.create(board=board, name=spec.name, **values)
        return True
    changed = [name for name, value in values.items() if getattr(column, name) != value]
    for name in changed:
        setattr(column, name, values[name])
    if changed:
        column.save(update_fields=changed)
    return bool(changed)
