"""Cards over HTTP: reading, moving, changing them, taking them over. A refused move says why, and where the card is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.shapes import Body, number
from orchestrator.boards.places import Spot
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.queries import boards as queries
from orchestrator.queries.board_views import CardView
from orchestrator.services import card_guidance, card_hands
from orchestrator.services import cards as services
from orchestrator.services.card_refusals import Choice

router = Router(tags=["boards"])

Id = Annotated[int, Field(ge=1, lt=1 << 63)]


class MoveWanted(Body):
    """Where a card should go."""

    column: Id
    before: Id | None = Field(None, description="The card that will stand right below; at the end if absent.")
    after: Id | None = Field(None, description="The card that will stand right above.")
    version: int = Field(description="The card's version as you saw it; refused with 409 if it has changed.")
    run: str | None = Field(None, description="What becomes of a live run: keep, stop or detach.")


class RunWanted(Body):
    """An act on a card as it was seen."""

    version: int = Field(description="The card's version as you saw it.")


class TakeWanted(RunWanted):
    """A card to be taken over."""

    run: str | None = Field(None, description="What becomes of a live run: keep, stop or detach.")


class GuidanceWanted(RunWanted):
    """What the next agent should know."""

    text: str = Field(description="Takes the place of what is there; empty withdraws it.")


class EditWanted(RunWanted):
    """What should stand on a card; what is left out stays as it is."""

    title: str | None = None
    description: str | None = None
    input: dict[str, JsonValue] | None = None
    priority: int | None = Field(None, description="1, the most urgent, to 5.")
    labels: list[str] | None = None
    assignee: Id | None = Field(None, description="An account's id; null for nobody.")


class CardLine(Schema):
    """A card."""

    id: int
    column: int
    title: str
    description: str
    input: JsonValue
    priority: int
    labels: list[str]
    assignee: int | None
    version: int
    status: str = Field(description="Its run's status; queued while it waits for a free place; pending without a run.")
    why: str = Field(description="Why it is not moving.")
    run_id: str | None
    follows: bool = Field(description="Whether it moves itself with its run.")
    pulled_by: str | None = Field(description="The agent or workflow that pulled it.")
    taken_by: str | None = Field(description="Who has taken it over; nobody pulls it until it is handed back.")
    guidance: str = Field(description="What the next run is told; it stays until a run that was given it succeeds.")
    archived: bool = Field(description="Whether it was taken off the board.")
    approval: int | None = Field(description="The open approval its run waits at.")
    changed_at: datetime


@router.get("/cards/{card_id}", response=CardLine)
def get_card(request: HttpRequest, card_id: str) -> CardLine:
    """Show a card."""
    return card_line(queries.card_detail(caller(request), number(card_id)))


@router.post("/cards/{card_id}/move", response=CardLine)
def move_card(request: HttpRequest, card_id: str, wanted: MoveWanted) -> CardLine:
    """Move a card. Where a run is live, `run` says what becomes of it; without it, 409 lists the choices."""
    user = caller(request)
    spot = Spot(before=wanted.before, after=wanted.after)
    services.move(user, number(card_id), wanted.column, spot, version=wanted.version, run=choice(wanted.run))
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/run", response=CardLine)
def run_card(request: HttpRequest, card_id: str, wanted: RunWanted) -> CardLine:
    """Start another run of a card whose run is over, in the column of its workflow."""
    user = caller(request)
    services.run_again(user, number(card_id), wanted.version)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/edit", response=CardLine)
def edit_card(request: HttpRequest, card_id: str, wanted: EditWanted) -> CardLine:
    """Change what is written on a card; a run that works on it already keeps the input it was started with."""
    user = caller(request)
    given = wanted.dict(exclude_unset=True, exclude={"version"})
    changes = {"assignee_id" if name == "assignee" else name: value for name, value in given.items()}
    services.edit(user, number(card_id), wanted.version, **changes)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/take-over", response=CardLine)
def take_over_card(request: HttpRequest, card_id: str, wanted: TakeWanted) -> CardLine:
    """Take a card over: nobody pulls it until it is handed back. Where a run is live, 409 lists the choices."""
    user = caller(request)
    card_hands.take_over(user, number(card_id), wanted.version, choice(wanted.run))
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/hand-back", response=CardLine)
def hand_back_card(request: HttpRequest, card_id: str, wanted: RunWanted) -> CardLine:
    """Hand a card back to its agent."""
    user = caller(request)
    card_hands.hand_back(user, number(card_id), wanted.version)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/guidance", response=CardLine)
def guide_card(request: HttpRequest, card_id: str, wanted: GuidanceWanted) -> CardLine:
    """Leave guidance for the agent's next run."""
    user = caller(request)
    card_guidance.guide(user, number(card_id), wanted.version, wanted.text)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/archive", response=CardLine)
def archive_card(request: HttpRequest, card_id: str, wanted: RunWanted) -> CardLine:
    """Take a card off its board; 409 while a run is at work on it."""
    user = caller(request)
    services.archive(user, number(card_id), wanted.version)
    return card_line(queries.card_detail(user, number(card_id)))


@router.post("/cards/{card_id}/restore", response=CardLine)
def restore_card(request: HttpRequest, card_id: str) -> CardLine:
    """Put an archived card back at the end of its column."""
    user = caller(request)
    services.restore(user, number(card_id))
    return card_line(queries.card_detail(user, number(card_id)))


def choice(text: str | None) -> Choice | None:
    """Read what should become of a live run; raises RejectedError for anything else."""
    if text is None or text in tuple(Choice):
        return Choice(text) if text else None
    problem = Problem(path="run", message=f"{text[:40]!r} is not one of them", hint=f"one of {', '.join(Choice)}")
    raise RejectedError("The card cannot be moved like this.", [problem])


def card_line(view: CardView) -> CardLine:
    """Return a card as the API words it."""
    card = view.card
    return CardLine(
        id=card.pk, column=card.column_id, title=card.title, description=card.description, input=card.input,
        priority=card.priority, labels=card.labels, assignee=card.assignee_id, version=card.version,
        status=view.status, why=view.why, run_id=card.run_id or None, follows=card.follows,
        pulled_by=card.pulled_by or None, taken_by=card.taken_by.get_username() if card.taken_by else None,
        guidance=card.guidance, archived=view.is_archived,
        approval=view.gate.pk if view.gate else None, changed_at=card.changed_at,
    )  # fmt: skip
