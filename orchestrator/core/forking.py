"""How one run becomes the beginning of another: which moment is taken, what is kept of it, and how it goes on.

Between two messages a run rests. In the middle of what one message set off, signals are on their way that no state
holds: a step that is taken over is told so, and looks by itself at what has come of its children.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.core import ids
from orchestrator.core.book import Book, Recorded
from orchestrator.core.child_runs import kept as kept_below
from orchestrator.core.decide import Advance
from orchestrator.core.events import RunForked, StepEnded, StepOpened, StepReopened, StepsReopened, SubtreeCancelled
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.signals import TakenOver
from orchestrator.core.snapshot import written
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, StepStatus


def moment(recorded: Sequence[Recorded], n: int) -> int:
    """Return the first moment from event `n` on that a state holds all of.

    A subtree that is given up belongs to the end of its top, work that is sent back to what is opened again, and what
    is reopened belongs together.
    """
    if is_reopening(recorded, n):
        at = recorded[n - 1].at
        return next((one.n - 1 for one in recorded[n:] if one.at != at), len(recorded))
    for one in reversed(recorded[:n]):
        fact = one.fact
        if isinstance(fact, StepsReopened) or (isinstance(fact, StepEnded) and (fact.sent_back_to or fact.feedback)):
            n = _reopened(recorded, one, n)
            break
        if isinstance(fact, StepOpened) and fact.feedback:
            break
    while 0 < n < len(recorded) and isinstance(recorded[n - 1].fact, SubtreeCancelled):
        n += 1
    return n


def is_reopening(recorded: Sequence[Recorded], n: int) -> bool:
    """Tell whether event `n` stands among those with which steps that failed were reopened, all of one time."""
    if not 0 < n < len(recorded) or recorded[n].at != recorded[n - 1].at:
        return False
    for one in reversed(recorded[:n]):
        if one.at != recorded[n].at:
            return False
        if isinstance(one.fact, StepReopened):
            return True
    return False


def _reopened(recorded: Sequence[Recorded], back: Recorded, n: int) -> int:
    for one in recorded[back.n :]:
        if one.at != back.at:
            return n
        if isinstance(one.fact, StepOpened) and one.fact.feedback:
            return max(one.n, n)
    return n


def beginning(recorded: Sequence[Recorded], path: StepPath) -> Recorded | None:
    """Return the event with which a step began in this run, or None where it has not, or came with a fork."""
    return next((one for one in recorded if isinstance(one.fact, StepOpened) and one.fact.path == path), None)


def at_rest(state: StepState) -> StepState:
    """Return a step as another run takes it: what was at work there, or open for people, is not here."""
    state = kept_below(state)
    if state.is_ended or state.status == StepStatus.PENDING:
        return state
    memo = {} if state.status == StepStatus.WAITING else state.memo
    status = None if state.attempt_status in LIVE else state.attempt_status
    return replace(state, status=StepStatus.RUNNING, attempt_status=status, started_at=None, memo=memo)


def kept(book: Book) -> dict[str, Json]:
    """Return the steps of a run as another one takes them over, to be written into its first fact."""
    return written({path: at_rest(state) for path, state in book.changed.items()})


def begin(advance: Advance, fact: RunForked) -> None:
    """Begin a run with what another one had come to, and let everything in it go on."""
    book = advance.book
    advance.given = {} if fact.given is None else {fact.step: fact.given}
    advance.record([fact])
    unfinished = sorted(_unfinished(book), key=lambda path: len(ids.ancestors(path)), reverse=True)
    if fact.step:
        advance.record([StepOpened(path=fact.step, feedback=fact.feedback, item=fact.item, agent=fact.agent)])
        advance.settle()
    for path in unfinished:
        _take_up(advance, path)
    root = book.step(ids.ROOT)
    if root is not None and root.is_ended and not book.run.is_ended:
        advance.end(root.status, root.reason)


def _unfinished(book: Book) -> list[StepPath]:
    states = book.changed.values()
    return [state.path for state in states if not state.is_ended and state.status != StepStatus.PENDING]


def _take_up(advance: Advance, path: StepPath) -> None:
    state = advance.book.step(path)
    if state is None or state.is_ended or state.attempt_status in LIVE:
        return  # what its children came to has made it go on already
    if state.attempt or state.memo or any(ids.parent(other) == path for other in advance.book.changed):
        advance.signal(path, TakenOver())
    else:
        advance.begin(path)
        advance.settle()
