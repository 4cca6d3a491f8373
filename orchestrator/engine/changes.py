"""What a store has to write after an advance: the facts, and every row that follows from them. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from orchestrator.core.agents import Lane
from orchestrator.core.book import Book, Recorded
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    AttemptStarted,
    AttemptStopped,
    GateClosed,
    GateDecided,
    GateOpened,
    RoundJudged,
    RunPaused,
    RunResumed,
    StepAssigned,
    StepEnded,
    StepReopened,
    StepsOpened,
    TimerSet,
)
from orchestrator.core.ids import ROOT, StepPath
from orchestrator.core.messages import GoOn
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import AttemptStatus
from orchestrator.core.trials import is_trial
from orchestrator.engine.sent_back import sent_back


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """An attempt that waits for a slot."""

    path: StepPath
    attempt: int
    agent: str
    lane: Lane
    ready_at: float
    timeout_seconds: float


@dataclass(slots=True, kw_only=True)
class Changes:
    """Everything one advance of one run has to write."""

    run: RunState
    events: list[Recorded]
    steps: list[StepState]
    swept: list[tuple[StepPath, float | None]]
    """What was given up or waits again without having been read; to be written before `steps`, which know better."""
    priority: int = 0
    root: StepState | None = None
    """The whole run as a step, when it changed; its output is the run's."""
    queued: list[QueueRow] = field(default_factory=list)
    unqueued: list[StepPath] = field(default_factory=list)
    """Attempts that are over: their queue rows go."""
    given_up: list[StepPath] = field(default_factory=list)
    """Those of them that nobody wants any more: one that is at work is to be stopped."""
    stopped: list[tuple[StepPath, int]] = field(default_factory=list)
    """Given-up attempts that have come to their end."""
    told: list[StepPath] = field(default_factory=list)
    """Attempts whose start is recorded while they go on."""
    attempts: list[Recorded] = field(default_factory=list)
    sent_back: list[StepPath] = field(default_factory=list)
    """Steps whose work did not hold."""
    timers: list[tuple[StepPath, str, float]] = field(default_factory=list)
    no_timers: list[StepPath] = field(default_factory=list)
    gates: list[Recorded] = field(default_factory=list)
    decisions: list[Recorded] = field(default_factory=list)
    gates_closed: list[Recorded] = field(default_factory=list)
    hold: bool | None = None
    """True when the run was paused, False when it was resumed."""
    bound: dict[str, int] = field(default_factory=dict)
    """Versions of agents that the run is bound to from now on."""
    go_on: list[tuple[str, GoOn]] = field(default_factory=list)
    """Messages to itself, with their keys."""
    is_after_end: bool = False
    """Whether the run had ended before: then only its log grows."""
    status_changed: bool = False
    moved: bool = False
    """Whether what follows the run, its card or its trial, may have to move or say something else."""


def changes_of(
    book: Book, before: RunState, lane_of: Callable[[str], Lane], *, priority: int = 0, has_card: bool = False
) -> Changes:
    """Return what follows from the facts a book recorded; `lane_of` gives an agent's lane."""
    made = Changes(
        run=book.run, events=list(book.recorded), steps=list(book.changed.values()), swept=list(book.swept),
        root=book.changed.get(ROOT), status_changed=book.run.status != before.status, priority=priority,
        is_after_end=before.is_ended and not any(isinstance(one.fact, StepReopened) for one in book.recorded),
    )  # fmt: skip
    queued: dict[StepPath, QueueRow] = {}
    for recorded in book.recorded:
        _follow(made, queued, book, recorded, lane_of)
    if made.hold is not None:
        made.hold = book.run.paused  # the run may have ended, or changed its mind, since
    made.queued = list(queued.values())
    made.sent_back = sent_back(book.recorded, book.step)
    made.timers = [timer for timer in made.timers if not _is_over(book, timer[0])]
    made.moved = (has_card or is_trial(book.run.workflow)) and (
        made.status_changed or bool(made.gates or made.gates_closed) or made.run.ended != before.ended
    )
    return made


def _follow(  # noqa: C901 - one case a fact, nothing else
    made: Changes, queued: dict[StepPath, QueueRow], book: Book, recorded: Recorded, lane_of: Callable[[str], Lane]
) -> None:
    fact, at = recorded.fact, recorded.at
    match fact:
        case AttemptQueued():
            queued[fact.path] = QueueRow(
                path=fact.path, attempt=fact.attempt, agent=fact.agent, lane=lane_of(fact.agent),
                ready_at=at + fact.delay_seconds, timeout_seconds=fact.timeout_seconds,
            )  # fmt: skip
        case AttemptStarted():
            made.told.append(fact.path)
        case AttemptEnded():
            if queued.pop(fact.path, None) is None:
                made.unqueued.append(fact.path)
                if fact.status == AttemptStatus.CANCELLED:
                    made.given_up.append(fact.path)
            made.attempts.append(recorded)
        case AttemptStopped():
            made.stopped.append((fact.path, fact.attempt))
        case TimerSet():
            made.timers = [timer for timer in made.timers if timer[:2] != (fact.path, fact.timer)]
            made.timers.append((fact.path, fact.timer, at + fact.delay_seconds))
        case GateOpened():
            made.gates = [one for one in made.gates if one.fact.path != fact.path]
            made.gates_closed = [one for one in made.gates_closed if one.fact.path != fact.path]  # of its life before
            made.gates.append(recorded)
        case GateDecided():
            made.decisions.append(recorded)
        case GateClosed():
            made.gates_closed.append(recorded)
            made.no_timers.append(fact.path)
            made.timers = [timer for timer in made.timers if timer[0] != fact.path]
        case StepAssigned() if fact.agent:
            made.bound[fact.agent] = fact.version
        case RunPaused():
            made.hold = True
        case RunResumed():
            made.hold = False
        case StepEnded() if _wakes(book, fact.path):
            made.no_timers.append(fact.path)
        case StepsOpened() | RoundJudged():
            _go_on(made, book, fact, recorded.n)
        case _:
            pass


def _go_on(made: Changes, book: Book, fact: StepsOpened | RoundJudged, n: int) -> None:
    state = book.step(fact.path)
    if state is not None and not state.is_ended and _is_more(fact, state):
        made.go_on.append((f"go:{book.run.id}:{n}", GoOn(path=fact.path)))


def _wakes(book: Book, path: StepPath) -> bool:
    state = book.step(path)
    return state is not None and state.kind in KINDS and KINDS[state.kind].wakes


def _is_more(fact: StepsOpened | RoundJudged, state: StepState) -> bool:
    """Tell whether what did not fit into this advance is to follow in another one."""
    if isinstance(fact, RoundJudged):
        return fact.more
    return fact.first + len(fact.items) < cast("int", state.memo["n"])


def _is_over(book: Book, path: StepPath) -> bool:
    state = book.step(path)
    return state is not None and state.is_ended
