"""Why a card cannot be moved or changed as asked, with what the caller needs to ask again: its place, or choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from orchestrator.boards.work import live_run
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.models import Card, Run


class Choice(StrEnum):
    """What becomes of a live run whose card is moved away."""

    KEEP = "keep"
    STOP = "stop"
    DETACH = "detach"


DONE_WITH = {Choice.KEEP: "kept", Choice.STOP: "stopped", Choice.DETACH: "detached"}
CHOICES: dict[Choice, tuple[str, str]] = {
    Choice.KEEP: ("Let it finish", "The run goes on; the card stays where you put it."),
    Choice.STOP: ("Stop it", "The run is cancelled; what it has finished so far is kept."),
    Choice.DETACH: ("Move only the card", "The run goes on by itself; the card lets go of it."),
}
"""What a person may choose who moves a card away, and what each choice does."""
TAKING: dict[Choice, tuple[str, str]] = {
    Choice.KEEP: ("Let it finish", "The run goes on; the card stays in your hands."),
    Choice.STOP: CHOICES[Choice.STOP],
    Choice.DETACH: ("Take only the card", "The run goes on by itself; the card lets go of it."),
}
"""The same for one who takes a card over."""


def no_such_column() -> RejectedError:
    """Return the refusal of a column that is not of the card's board."""
    problem = Problem(path="column", message="is not of this board", hint="take a column's id from GET /boards/{id}")
    return RejectedError("There is no such column on this board.", [problem])


class SomeoneWasFaster(RejectedConflict):
    """The card is not where, or what, the caller saw."""

    def __init__(self, card: Card) -> None:
        """Say where the card is now."""
        problem = Problem(path="version", message=f"is {card.version} by now", hint="look again, then repeat it")
        super().__init__(f"Someone was faster: the card is in {card.column.name} now.", [problem])
        self.extra: dict[str, Json] = {"current": place_of(card)}


class RunIsLive(RejectedConflict):
    """The card's run is live, and the caller has not said what becomes of it."""

    def __init__(
        self, card: Card, run: Run, choices: Sequence[Choice], words: Mapping[Choice, tuple[str, str]] = CHOICES
    ) -> None:
        """List the choices."""
        found = [Problem(path="run", message=choice.value, hint=words[choice][1]) for choice in choices]
        question = f"A run is at work on this card ({run.workflow}, {run.status}). What should become of it?"
        super().__init__(question, found)
        offered: list[Json] = [
            {"run": choice.value, "label": words[choice][0], "hint": words[choice][1]} for choice in choices
        ]
        self.extra: dict[str, Json] = {"choices": offered, "run_id": run.id, "current": place_of(card)}


def place_of(card: Card) -> dict[str, Json]:
    """Say where a card is kept: its column, the card right below it, and the version a move must name."""
    kept = Card.objects.get(pk=card.pk)
    below = Card.objects.filter(column_id=kept.column_id, rank__gt=kept.rank).order_by("rank").first()
    return {"column": kept.column_id, "before": below.pk if below else None, "version": kept.version}


def check_version(card: Card, version: int) -> None:
    """Refuse a change of a card that has changed since the caller looked."""
    if card.version != version:
        raise SomeoneWasFaster(card)


def check_hand(card: Card, version: int, choice: Choice | None) -> tuple[Choice | None, bool]:
    """Return what becomes of a live run, and whether the hand crossed an agent's pull; raises SomeoneWasFaster.

    A person wins over a pull (P13): who saw the card before it was pulled, and to which nothing else has happened
    since, takes it all the same. A run that has finished nothing by then is stopped; else the person is asked.
    """
    live = live_run(card)
    has_crossed = live is not None and card.pulled_version == card.version == version + 1
    if not has_crossed:
        check_version(card, version)
        return choice, False
    return choice or (Choice.STOP if live is not None and not live.ended else None), True
