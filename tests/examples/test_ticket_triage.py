"""The triage of tickets as a controller (P14): a branch for each kind, a search that widens in a loop, a short wait."""

from __future__ import annotations

from pathlib import Path

from examples.ticket_triage.agents import Answer, Hit, ticket_answer, ticket_hand_over, ticket_list
from orchestrator.core.outcomes import Json
from tests.examples.conftest import Hands
from tests.examples.reading import call, workflow


def search(hands: Hands, folder: Path, subject: str, round: int) -> dict[str, Json]:
    given: dict[str, Json] = {"subject": subject, "text": "", "round": round, "folder": str(folder)}
    found = call(hands.catalogue, folder, "ticket-search", given)
    assert isinstance(found, dict)
    return found


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P14."""
    read = workflow("ticket_triage", hands.catalogue)
    assert set(read.agents) == {"triage", "ticket-search", "ticket-answer", "ticket-hand-over", "ticket-list"}


def test_a_search_asks_for_less_in_each_round_and_ends_with_one_word(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nCards follow their runs.\n\nBoards have columns and hold cards.\n")
    (tmp_path / "b.txt").write_text("Nothing about it.")
    needed = [search(hands, tmp_path, "Which columns hold broken cards?", round)["needed"] for round in range(1, 7)]
    assert needed == [4, 3, 2, 1, 1, 1]
    assert search(hands, tmp_path, "Which columns hold broken cards?", 1)["hits"] == []
    assert search(hands, tmp_path, "Which columns hold broken cards?", 2)["hits"] == [
        {"file": "a.md", "text": "Boards have columns and hold cards.", "words": ["columns", "hold", "cards"]}
    ]


def test_what_nobody_wrote_about_is_not_found_in_any_round(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Cards follow their runs.")
    assert search(hands, tmp_path, "Zebra?", 9)["hits"] == []
    assert search(hands, tmp_path, "?", 9)["hits"] == []


def test_an_answer_quotes_and_a_hand_over_gives_reasons() -> None:
    answered = ticket_answer("How?", "later", [Hit(file="a.md", text="So.", words=["how"])])
    assert (answered["queue"], answered["due"], answered["reply"]) == ("answered", "this week", "> So.\n\n(a.md)")
    handed = ticket_hand_over("Twice", "billing", "now", ["billing: it says 'bill'", "now: it says 'urgent'"])
    assert (handed["queue"], handed["due"]) == ("billing", "at once")


def test_a_question_nobody_can_answer_goes_to_people() -> None:
    assert ticket_answer("Zebra?", "soon", []) == {
        "subject": "Zebra?", "queue": "question", "due": "today", "reply": "Nothing was found in the documentation.",
    }  # fmt: skip


def test_the_list_begins_with_what_is_due_at_once() -> None:
    def answer(due: str) -> Answer:
        return Answer(subject=due, queue="bug", due=due, reply="")

    listed = ticket_list([answer(due) for due in ("this week", "at once", "today")])
    assert [one["due"] for one in listed] == ["at once", "today", "this week"]
