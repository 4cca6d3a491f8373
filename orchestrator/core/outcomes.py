"""How an attempt or a step can end. A runtime returns one of these and never raises for what an agent did."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Failure(StrEnum):
    """Why work failed; retry policies choose by it."""

    INVALID_INPUT = "invalid_input"  # the input does not fit the agent's contract: never retried
    MALFORMED = "malformed"  # what came back is not JSON
    SCHEMA = "schema"  # JSON, but not what the contract says: retried once
    TIMEOUT = "timeout"
    CRASH = "crash"  # the agent raised, or its process died
    LOST = "lost"  # the worker died and its lease ran out
    UNAVAILABLE = "unavailable"  # something it needs is away: 429, 5xx, a refused connection
    REFUSED = "refused"  # a call the agent may not make: never retried
    REJECTED = "rejected"  # a person said no: not the agent's failure
    OVER_LIMIT = "over_limit"  # memory, output or time given to the step is used up
    EXPRESSION = "expression"  # an expression of the workflow could not be evaluated
    EXPIRED = "expired"  # a deadline passed
    UNMET = "unmet"  # what it made does not pass the checks of whoever takes it
    BRANCH = "branch"  # a child failed
    STUCK = "stuck"  # a loop came to no good end: out of rounds, no better, going in circles; never retried
    UNMATCHED = "unmatched"  # no case of a branch holds: never retried
    OVER_BUDGET = "over_budget"  # money, tokens, calls or minutes set aside for it are used up: never retried
    TRIPPED = "tripped"  # the breaker of the agent or its provider is open: not tried, the next in line is
    DEPTH = "depth"  # runs would stand too deep in each other: never retried


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an attempt used up."""

    cost_usd: Decimal | None = None
    """Money; None where nothing meters it. Unknown is never zero."""
    tokens: int | None = None
    """Tokens in and out; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ok:
    """It did what it should."""

    output: Json = None
    """The value, as plain JSON."""
    usage: Usage = Usage()
    degraded: str = ""
    """Why the result is less than asked for; empty when it is whole."""
    note: str = ""
    """What to show beside it, such as the command line that was run."""
    shared: tuple[str, ...] = ()
    """What of the output was written or sent while it worked, as `core.sharing` tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It did not, and why."""

    kind: Failure
    reason: str
    """One sentence for a person: what went wrong and where."""
    detail: str = ""
    """Evidence: a traceback, the end of standard error, the first bytes of what came back. At most 4,000 characters."""
    usage: Usage = Usage()
    note: str = ""
    retry_after_seconds: float | None = None
    """How long whoever refused asked to be left alone (`Retry-After`); None where it did not say. Never an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """It was stopped because nobody wants its result any more."""

    reason: str = ""
    killed: bool = False
    """Whether it had to be killed, because it did not end when it was asked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """It asked for something (a person, another agent) and freed its slot; it goes on when the answers are in."""

    requests: tuple[dict[str, Json], ...]
    continuation: Json = None
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """It can't go on yet: its claim goes back into the queue, which is no event and counts as no try."""

    key: str
    """What it waits for, such as `limit:agent:researcher`; whoever frees that wakes it."""
    seconds: float
    """When to look again in any case."""
    reason: str = ""
    """For a person."""
    is_back: bool = False
    """It is in the queue already: whoever had it wait put it there under the same lock, so that nothing was missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """It was handed to somebody who will report it later, under the claim's fence; the slot is free (S8)."""

    seconds: float
    """How long they have; then it is lost, and made again with the same request id."""
    to: str = ""
    """Who, for a person."""


Outcome: TypeAlias = Ok | Failed | Cancelled | Suspended | Waits | Parked
