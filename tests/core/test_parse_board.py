"""Files of boards: everything that is read, and every slip at its line."""

from __future__ import annotations

import pytest

from orchestrator.core.boards import BoardSpec, ColumnSpec, Policy
from orchestrator.core.parse_board import read_board
from orchestrator.core.shapes import Schema
from orchestrator.files.yaml_text import read_text

FILE = """\
board: reviews
title: Reviews
columns:
  - name: Backlog
  - name: In progress
    policy:
      workflow: repo-review
      with: {path: card.input.path}
    limit: 2
  - {name: Review, policy: gate}
  - {name: Done, policy: done}
  - {name: Stuck, policy: failed}
"""
WORKFLOWS: dict[str, Schema] = {
    "repo-review": {
        "type": "object",
        "required": ["path"],
        "properties": {"path": {"type": "string"}, "depth": {"type": "integer"}},
        "additionalProperties": False,
    }
}


def told(text: str) -> list[tuple[int | None, str]]:
    found = read_board(read_text(text), WORKFLOWS)
    return [] if isinstance(found, BoardSpec) else [(one.line, f"{one.path}: {one.message}") for one in found]


def test_everything_is_read() -> None:
    """B1."""
    columns = (
        ColumnSpec(name="Backlog"),
        ColumnSpec(
            name="In progress",
            policy=Policy.WORKFLOW,
            workflow="repo-review",
            with_={"path": "card.input.path"},
            limit=2,
        ),
        ColumnSpec(name="Review", policy=Policy.GATE),
        ColumnSpec(name="Done", policy=Policy.DONE),
        ColumnSpec(name="Stuck", policy=Policy.FAILED),
    )
    assert read_board(read_text(FILE), WORKFLOWS) == BoardSpec(name="reviews", title="Reviews", columns=columns)


def test_without_with_the_card_gives_its_own_input() -> None:
    board = read_board(read_text("board: b\ncolumns: [{name: A, policy: {workflow: repo-review}}]"), WORKFLOWS)
    assert isinstance(board, BoardSpec)
    assert (board.title, board.columns[0].with_) == ("B", None)


def test_workflows_that_are_not_known_yet_are_left_unchecked() -> None:
    assert isinstance(read_board(read_text(FILE.replace("repo-review", "other"))), BoardSpec)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("board:", "bord:", 1, "'bord' is not a field of a board"),
        ("board: reviews\n", "", 1, "a board needs 'board'"),
        ("title: Reviews", "title: 7", 2, "must be a text, but is a number"),
        ("- name: Backlog", "- nam: Backlog", 4, "'nam' is not a field of a column"),
        ("- name: Backlog", "- Backlog", 4, "a column must be an object"),
        ("- name: Backlog", "- name: Review", 10, "another column is called 'Review'"),
        ("workflow: repo-review", "workflow: repo-revew", 7, "there is no workflow 'repo-revew'"),
        ("workflow: repo-review\n      ", "", 6, "a policy needs 'workflow'"),
        ("{path: card", "{pth: card", 8, "'pth' is not taken"),
        ("{path: card.input.path}", "{depth: card.priority}", 8, "'path' (a text) is missing"),
        ("card.input.path", "card.labels", 8, "must be a text, but is a list"),
        ("card.input.path", "card.titel", 8, "'card' has no field 'titel'"),
        ("card.input.path", "input.path", 8, "there is no 'input' here"),
        ("limit: 2", "limit: 0", 9, "must be from 1"),
        ("policy: gate", "policy: gates", 10, "must be one of manual, gate, done, failed"),
        ("policy: gate", "policy: workflow", 10, "needs the name of one"),
    ],
)
def test_a_slip_is_told_at_its_line(old: str, new: str, line: int, message: str) -> None:
    text = FILE.replace(old, new, 1)
    assert text != FILE
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)


def test_a_board_has_columns() -> None:
    assert told("board: b\ncolumns: []") == [(2, "columns: a board needs at least one column")]
    assert told("board: b") == [(1, ": a board needs 'columns'")]
