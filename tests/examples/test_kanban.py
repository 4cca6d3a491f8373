"""The triage of tickets (P13): its board fits its agent, and the same ticket is judged the same, with reasons."""

from __future__ import annotations

import pytest

from examples.kanban.rules import QUEUES, triaged
from orchestrator import agents
from orchestrator.core.boards import BoardSpec
from orchestrator.core.parse_board import read_board
from orchestrator.files.yaml_text import read_text
from tests.examples.conftest import PROJECT

BOARD = PROJECT / "examples" / "kanban" / "board.yaml"


def test_the_board_fits_the_agent_and_hands_guidance_on() -> None:
    specs = {spec.name: spec for spec in agents.load("examples.kanban.agents")}
    board = read_board(read_text(BOARD.read_bytes()), {}, {name: spec.input_schema for name, spec in specs.items()})
    assert isinstance(board, BoardSpec), [str(problem) for problem in board]
    column = board.columns[2]
    assert (column.agent, column.pulls_from, column.limit) == ("triage", "Ready", 2)
    assert (column.with_ or {})["guidance"] == "card.guidance"


@pytest.mark.parametrize(
    ("subject", "text", "queue", "urgency"),
    [
        ("Charged twice", "My invoice shows two payments, please refund one.", "billing", "later"),
        ("The site is down", "Error 500 since an hour, this is urgent.", "bug", "now"),
        ("Cannot sign in", "My password is refused since today.", "access", "soon"),
        ("How do I add a colleague?", "", "question", "later"),
        ("Hello", "Nice weather.", "question", "later"),
        ("Password", "The page for it crashes with an error and a traceback.", "bug", "later"),
    ],
)
def test_a_ticket_is_judged_by_its_words(subject: str, text: str, queue: str, urgency: str) -> None:
    found = triaged(subject, text)
    assert (found["queue"], found["urgency"]) == (queue, urgency)
    assert [reason.split(":")[0] for reason in found["reasons"]] == [queue, urgency]


@pytest.mark.parametrize(
    ("guidance", "queue", "urgency"),
    [
        ("This is access, and urgent: now.", "access", "now"),
        ("not billing", "bug", "later"),
        ("not billing, not bug", "question", "later"),
        ("soon", "billing", "soon"),
        ("thank you", "billing", "later"),
        (" ".join(f"not {queue}" for queue in QUEUES), "question", "later"),
    ],
)
def test_guidance_outweighs_the_words(guidance: str, queue: str, urgency: str) -> None:
    """P13."""
    found = triaged("Charged twice", "An error on the invoice.", guidance)
    assert (found["queue"], found["urgency"]) == (queue, urgency)
    named = {word.strip(".,:") for word in guidance.split()} & {queue, urgency}
    assert all(f"{name}: a person said so" in found["reasons"] for name in named if f"not {name}" not in guidance)
