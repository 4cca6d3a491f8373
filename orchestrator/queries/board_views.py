"""What a card, a column and a board say of themselves, in words that pages and the API share. Read in `boards`."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Board, Card, Column, Gate, Policy, Run
from orchestrator.queries.board_filter import place_name, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """A card with what its run says now."""

    card: Card
    run: Run | None
    gate: Gate | None
    """The gate its run waits at."""
    comments: int = 0
    waits: str = ""
    """What it waits for where agents pull cards; empty where none do, and while it is passed by."""

    @property
    def is_live(self) -> bool:
        """Tell whether a run is at work on it."""
        return self.run is not None and self.run.status not in RUN_ENDED

    @property
    def is_queued(self) -> bool:
        """Tell whether it waits for a free place of a workflow column."""
        return self.card.follows and not self.card.run_id

    @property
    def status(self) -> str:
        """Return the status of its run, `queued` while it waits for a place, or `pending` without a run."""
        return status_of(self.card, self.run.status if self.run else None)

    @property
    def is_archived(self) -> bool:
        """Tell whether it was taken off the board."""
        return self.card.archived_at is not None

    @property
    def why(self) -> str:
        """Say why it is not moving."""
        if self.is_archived:
            return "archived; restore it to go on with it"
        if self.card.taken_by is not None:
            return self._held
        if self.waits and not self.is_live:
            return self.waits
        if self.card.why or self.run is not None:
            return self.card.why
        is_end = self.card.column.policy in (Policy.DONE, Policy.FAILED)
        return "" if is_end else "waits for someone to move it"

    @property
    def _held(self) -> str:
        assert self.card.taken_by is not None  # asked only of such
        who = self.card.taken_by.get_username()
        after = f"its run goes on: {self.card.why}" if self.is_live else "hand it back to let the work go on"
        return f"{who} has taken it over; {after}"

    @property
    def can_take(self) -> bool:
        """Tell whether taking it over would keep an agent from it, or take it out of one's hands."""
        is_awaited = bool(self.waits) or self.is_live or self.is_queued or self.card.column.policy == Policy.WORKFLOW
        return is_awaited and not self.is_archived and self.card.taken_by is None

    @property
    def can_start(self) -> bool:
        """Tell whether it stands in a workflow column with nothing at work on it and nothing it waits for."""
        is_there = self.card.column.policy == Policy.WORKFLOW and not self.is_archived
        return is_there and not self.is_live and not self.is_queued and self.card.taken_by is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A column with the cards that are drawn."""

    column: Column
    cards: tuple[CardView, ...]
    total: int
    at_work: int
    """Cards whose run is live: each takes one place."""
    waiting: int
    """Cards that wait for a free place."""
    wanted: int
    """Cards that the reader's filter lets through; all of them without one."""
    pullers: str = ""
    """Who pulls cards from here."""

    @property
    def fragment_id(self) -> str:
        """Return the id of the element that shows its head."""
        return f"column-{self.column.pk}"

    @property
    def is_full(self) -> bool:
        """Tell whether all places are taken."""
        return self.column.limit is not None and self.at_work >= self.column.limit

    @property
    def hidden(self) -> int:
        """Count the cards that are not drawn."""
        return self.wanted - len(self.cards)

    @property
    def last(self) -> str:
        """Return the place of the last card that is drawn, as an address names it."""
        return place_name(self.cards[-1].card) if self.cards else ""

    @property
    def policy(self) -> str:
        """Say in words what the column does with a card."""
        match self.column.policy:
            case Policy.WORKFLOW if self.column.source is not None:
                return f"{self.column.worker} pulls from {self.column.source.name}, {self._at_work}"
            case Policy.WORKFLOW:
                limit = f" · {self.column.limit} at once" if self.column.limit is not None else ""
                runs = f"{self.column.agent} works here" if self.column.agent else f"runs {self.column.workflow}"
                return f"{runs}{limit}"
            case Policy.GATE:
                return "waits here for a person"
            case Policy.DONE:
                return "what has succeeded"
            case Policy.FAILED:
                return "what has failed or was cancelled"
            case _ if self.pullers:
                return f"{self.pullers} pulls from here"
            case _:
                return "people put cards here"

    @property
    def _at_work(self) -> str:
        return f"{self.at_work} of {self.column.limit} at work" if self.column.limit else f"{self.at_work} at work"

    @property
    def refuses(self) -> str:
        """Say why a card without a live run may not enter; empty where it may."""
        if self.column.policy != Policy.GATE:
            return ""
        return f"{self.column.name} holds cards whose run waits for a person; start the run first."


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """A board with its columns, as of one version."""

    board: Board
    columns: tuple[ColumnView, ...]

    @property
    def runnable(self) -> frozenset[str]:
        """Return the workflows that columns of this board run."""
        return frozenset(one.column.workflow for one in self.columns if one.column.policy == Policy.WORKFLOW)
