"""A board as its file describes it. Its rows, cards and moves are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """What happens to a card in a column."""

    MANUAL = "manual"
    WORKFLOW = "workflow"
    GATE = "gate"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """One column."""

    name: str
    policy: Policy = Policy.MANUAL
    workflow: str = ""
    """What a card that enters starts; empty unless the policy is `workflow`."""
    agent: str = ""
    """The agent that does the work alone; `workflow` is then the one that is made for it."""
    pulls_from: str = ""
    """The column whose cards are taken from there as places become free; empty where cards come by hand."""
    with_: Mapping[str, str] | None = None
    """Name of a run's input to the expression over `card` it comes from; None gives the card's own input."""
    limit: int | None = None
    """How many cards may be at work here; None means any number."""


def alone(agent: str) -> str:
    """Return the name of the workflow in which an agent works alone."""
    return f"agent-{agent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSpec:
    """One board, columns from left to right."""

    name: str
    title: str
    columns: tuple[ColumnSpec, ...]
