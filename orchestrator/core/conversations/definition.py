"""A conversation as it is defined: who takes part, how it begins, what is done when answers differ, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from orchestrator.core.definition import Node

START = "start"
"""Who the first messages come from: what stands in the file."""
POST = "post"
"""Who tells a sender what became of a message that could not be delivered."""
BEGIN, ARBITER, PERSON = "Begin", "Arbiter", "Person"
"""Steps that nobody wrote: what the first messages say, and who decides when answers differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who takes part; each of its turns is a step of its own."""

    node: Node
    """What is done in a turn: the call of an agent."""
    scratch: str = ""
    """The field of its output that is kept for it alone, and given back at its next turn."""
    replacement: str = ""
    """The agent that takes over its inbox when its own has failed for good."""

    @property
    def name(self) -> str:
        """Return what others write to."""
        return self.node.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to come from several answers to one."""

    how: str
    """precedence, vote, arbiter or person."""
    names: tuple[str, ...] = ()
    """Of `precedence`: whose answer counts, the first who has one."""
    field: str = ""
    """Of `vote`: the field of answers that is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converse(Node):
    """Let agents write to each other until everybody is quiet, or all have answered."""

    kind: ClassVar[str] = "converse"

    peers: tuple[Peer, ...]
    begin: Node | None = None
    """What the first messages say, as a step that hands on what it is given; None when it could not be read."""
    openings: tuple[str, ...] = ()
    """Who gets the first messages, one after the other."""
    conflict: tuple[Rule, ...] = ()
    """Tried in order when answers differ; none means that it fails then."""
    deciders: tuple[Node, ...] = ()
    """An arbiter's step, a person's gate."""
    messages: int = 100
    turns: int = 20
    """The most turns of each."""
    hops: int = 20
    """The longest path a message may have behind it."""
    repeats: int = 2
    """How many messages in a row two may send each other that they have sent before."""
    minutes: float | None = None
    unread_seconds: float | None = None
    """How long a message may wait to be read; None means for ever."""
    revive_seconds: float | None = None
    """How long after it failed a peer is tried again, the first time; it doubles. None means never."""
    revivals: int = 3
    """How often in a row a peer is tried again."""
    otherwise: str = ""
    """Expression of its result when a limit stops it; empty means that it fails then."""
    output: str = ""
    """Expression of its result; empty means `answer`, `answers`, `decided` and `talk`."""
    by_name: Mapping[str, Peer] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Find peers by name from now on."""
        object.__setattr__(self, "by_name", {one.name: one for one in self.peers})
