"""The facts: everything that can happen to a run, as one frozen class each. Their fields are what is stored."""

from __future__ import annotations

from typing import TypeAlias, get_args

from orchestrator.core.events.attempts import (
    AttemptEnded,
    AttemptQueued,
    AttemptStarted,
    AttemptStopped,
    PersonAsked,
)
from orchestrator.core.events.blackboard import BoardClosed, BoardConflict, BoardRefused, BoardWritten
from orchestrator.core.events.children import ChildDropped, ChildEnded, ChildMoved, ChildRequested, ChildRetried
from orchestrator.core.events.converse import (
    MessageRepeated,
    MessageReturned,
    MessageSent,
    PeerDown,
    PeerRevived,
    PeerSpoke,
    TalkClosed,
    TalkJudged,
)
from orchestrator.core.events.gates import GateClosed, GateDecided, GateOpened
from orchestrator.core.events.handoffs import HandoffJudged
from orchestrator.core.events.loops import RoundJudged
from orchestrator.core.events.maps import MapResumed, MapSized, StepsOpened
from orchestrator.core.events.pools import SlotsSet, WorkMoved, WorkTaken
from orchestrator.core.events.reviews import ReviewJudged
from orchestrator.core.events.routes import RouteChosen
from orchestrator.core.events.runs import RunEnded, RunForked, RunPaused, RunResumed, RunStarted
from orchestrator.core.events.steps import (
    StepAssigned,
    StepEnded,
    StepOpened,
    StepReopened,
    StepRetried,
    StepSkipped,
    StepsReopened,
    SubtreeCancelled,
    TimerSet,
)
from orchestrator.core.events.waits import WaitBegun

__all__ = [
    "FACTS",
    "AttemptEnded",
    "AttemptQueued",
    "AttemptStarted",
    "AttemptStopped",
    "BoardClosed",
    "BoardConflict",
    "BoardRefused",
    "BoardWritten",
    "ChildDropped",
    "ChildEnded",
    "ChildMoved",
    "ChildRequested",
    "ChildRetried",
    "Fact",
    "GateClosed",
    "GateDecided",
    "GateOpened",
    "HandoffJudged",
    "MapResumed",
    "MapSized",
    "MessageRepeated",
    "MessageReturned",
    "MessageSent",
    "PeerDown",
    "PeerRevived",
    "PeerSpoke",
    "PersonAsked",
    "ReviewJudged",
    "RoundJudged",
    "RouteChosen",
    "RunEnded",
    "RunForked",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "SlotsSet",
    "StepAssigned",
    "StepEnded",
    "StepOpened",
    "StepReopened",
    "StepRetried",
    "StepSkipped",
    "StepsOpened",
    "StepsReopened",
    "SubtreeCancelled",
    "TalkClosed",
    "TalkJudged",
    "TimerSet",
    "WaitBegun",
    "WorkMoved",
    "WorkTaken",
]

Fact: TypeAlias = (
    RunStarted
    | RunForked
    | RunPaused
    | RunResumed
    | RunEnded
    | StepOpened
    | StepsOpened
    | StepsReopened
    | StepRetried
    | StepAssigned
    | StepSkipped
    | StepReopened
    | MapResumed
    | MapSized
    | RoundJudged
    | WaitBegun
    | AttemptQueued
    | AttemptStarted
    | AttemptEnded
    | AttemptStopped
    | PersonAsked
    | StepEnded
    | TimerSet
    | GateOpened
    | GateDecided
    | GateClosed
    | SubtreeCancelled
    | HandoffJudged
    | ReviewJudged
    | RouteChosen
    | SlotsSet
    | WorkTaken
    | WorkMoved
    | ChildRequested
    | ChildRetried
    | ChildMoved
    | ChildEnded
    | ChildDropped
    | BoardWritten
    | BoardConflict
    | BoardRefused
    | BoardClosed
    | MessageSent
    | MessageReturned
    | MessageRepeated
    | PeerSpoke
    | PeerDown
    | PeerRevived
    | TalkJudged
    | TalkClosed
)

FACTS: dict[str, type[Fact]] = {fact.type: fact for fact in get_args(Fact)}
"""Every fact by its type, for reading them back."""
