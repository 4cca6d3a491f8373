"""What a tool is to an agent that may use it, and how a call of one may come to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from orchestrator.core.outcomes import Json

Arguments: TypeAlias = "dict[str, Json]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCard:
    """One tool, ready to be called in this attempt; every call passes the gate of `gate.py`."""

    name: str
    description: str
    """For whoever chooses among tools, such as a model."""
    schema: dict[str, Json] = field(default_factory=dict)
    """JSON Schema of the arguments; it describes an object."""
    call: Callable[[Arguments], Json]
    """Do it, or return what is recorded of it.

    Raises `NotDone` with words for a model, which may go on; `port.Suspend` when a person or another agent has to
    answer first (the requests of several calls may be handed in together as one `Suspended`); `port.EffectRefused` when
    it may not be made at all: that ends the step as REFUSED. A model's conversation that is played again has to make
    its calls in the order it made them in.
    """


class NotDone(Exception):
    """A call of a tool came to nothing; its words say why, and what would do."""


class Unfit(NotDone):
    """The arguments do not fit the tool; nothing was done."""


class Rejected(NotDone):
    """A person said no; nothing was done, and it will not be."""


class ToolFailed(NotDone):
    """The tool itself says that it could not do it."""


class Unreachable(Exception):
    """A server of tools could not be asked what it has; the attempt ends as UNAVAILABLE and is tried again."""
