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


KANBAN = """\
board: counts
columns:
  - name: Ready
  - name: Counting
    policy:
      agent: word-counter
      pull: Ready
      with: {text: card.input.text, guidance: card.guidance}
    limit: 2
  - {name: Done, policy: done}
"""
AGENTS: dict[str, Schema] = {
    "word-counter": {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "guidance": {"type": "string"}},
        "additionalProperties": False,
    },
    "a" * 75: {},
}


def told(text: str) -> list[tuple[int | None, str]]:
    found = read_board(read_text(text), WORKFLOWS, AGENTS)
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


def test_a_column_may_pull_from_another_for_an_agent_that_works_alone() -> None:
    """P13."""
    board = read_board(read_text(KANBAN), WORKFLOWS, AGENTS)
    assert isinstance(board, BoardSpec), [str(problem) for problem in board]
    assert board.columns[1] == ColumnSpec(
        name="Counting", policy=Policy.WORKFLOW, workflow="agent-word-counter", agent="word-counter",
        pulls_from="Ready", limit=2, with_={"text": "card.input.text", "guidance": "card.guidance"},
    )  # fmt: skip


def test_a_workflow_may_be_pulled_for_too_and_an_agent_may_work_what_people_bring() -> None:
    """P13."""
    by_workflow = "{workflow: repo-review, pull: Ready}, limit: 1"
    text = f"board: b\ncolumns:\n  - name: Ready\n  - {{name: A, policy: {by_workflow}}}\n"
    board = read_board(read_text(f"{text}  - {{name: B, policy: {{agent: word-counter}}}}"), WORKFLOWS, AGENTS)
    assert isinstance(board, BoardSpec), [str(problem) for problem in board]
    assert (board.columns[1].pulls_from, board.columns[1].agent) == ("Ready", "")
    assert (board.columns[2].pulls_from, board.columns[2].workflow) == ("", "agent-word-counter")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("agent: word-counter", "agent: word-conter", 6, "there is no agent 'word-conter'"),
        ("agent: word-counter", f"agent: {'a' * 75}", 6, "is too long a name"),
        ("agent: word-counter", "agent: word-counter\n      workflow: repo-review", 5, "either 'workflow' or 'agent'"),
        ("pull: Ready", "pull: Redy", 7, "there is no column 'Redy' on this board"),
        ("pull: Ready", "pull: Counting", 7, "'Counting' is no column where people put cards"),
        ("pull: Ready", "pull: Done", 7, "'Done' is no column where people put cards"),
        ("    limit: 2\n", "", 7, "a column that pulls needs a 'limit'"),
        ("limit: 2", "limit: 0", 9, "must be from 1"),
        ("card.guidance", "card.guidence", 8, "'card' has no field 'guidence'"),
        ("{text: card.input.text, ", "{", 8, "'text' (a text) is missing"),
    ],
)
def test_a_slip_in_how_cards_are_pulled_is_told_at_its_line(old: str, new: str, line: int, message: str) -> None:
    """P13: without a limit an agent would empty the column it pulls from."""
    text = KANBAN.replace(old, new, 1)
    assert text != KANBAN
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)


def test_a_board_has_columns() -> None:
    assert told("board: b\ncolumns: []") == [(2, "columns: a board needs at least one column")]
    assert told("board: b") == [(1, ": a board needs 'columns'")]
