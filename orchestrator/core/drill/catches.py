"""What caught a fault, read off what happened: each fact that took it up says how, in the order it came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.asking import APPROVE, ASK
from orchestrator.core.definition import Node
from orchestrator.core.drill.places import plain, shape
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    BoardClosed,
    BoardConflict,
    BoardRefused,
    Fact,
    GateClosed,
    GateOpened,
    HandoffJudged,
    PeerDown,
    ReviewJudged,
    RoundJudged,
    RouteChosen,
    StepEnded,
    TalkClosed,
    TalkJudged,
    WorkMoved,
)
from orchestrator.core.ids import StepPath, parent
from orchestrator.core.outcomes import Failure
from orchestrator.core.people import FORM
from orchestrator.core.status import AttemptStatus, GateStatus, StepStatus


class By(StrEnum):
    """What can catch a fault."""

    CONTRACT = "contract"  # of the agent, or of who is given what it made
    TIME = "time"  # its timeout, or a deadline
    RETRY = "retry"
    FALLBACK = "fallback"  # another agent stands in
    DEGRADE = "degrade"  # a declared result stands for it
    CONTAINED = "contained"  # optional, or tolerated by what encloses it
    SUPERVISOR = "supervisor"  # of a hand-off: again, to another agent, degraded, to a person
    ROUTE = "route"  # the next best agent has it
    REVIEW = "review"
    ROUNDS = "rounds"  # a loop goes on
    GUARD = "guard"  # a loop, board or conversation that gets nowhere is stopped
    MERGE = "merge"  # a vote, a contradiction that is told
    BOARD = "board"  # a write that lost to others or did not fit
    PEERS = "peers"  # a conversation goes on without, or with another
    BUDGET = "budget"
    PERSON = "person"
    FAILED = "failed"  # nothing else did: the run fails, with its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Catch:
    """One thing that took a fault up."""

    by: By
    words: str
    times: int = 1

    def __str__(self) -> str:
        """Say it, with how often."""
        return f"{self.words} ({self.times} times)" if self.times > 1 else self.words


Told = Sequence[tuple[str, Fact]]
"""Facts in order, each with where its step stands, as a path of the outermost run."""


def catches(told: Told, clean: Told, nodes: Mapping[str, Node]) -> tuple[Catch, ...]:
    """Return what took a fault up: what had not happened without it. `nodes` are by the shape of their spots."""
    usual = Counter(_all(clean, nodes))
    found: dict[tuple[By, str], int] = {}
    for key in _all(told, nodes):
        if usual[key] > 0:
            usual[key] -= 1
        else:
            found[key] = found.get(key, 0) + 1
    return tuple(Catch(by=by, words=words, times=times) for (by, words), times in found.items())


def _all(told: Told, nodes: Mapping[str, Node]) -> Iterator[tuple[By, str]]:
    last: dict[str, AttemptEnded] = {}
    for spot, fact in told:
        if isinstance(fact, AttemptEnded):
            last[spot] = fact
        elif isinstance(fact, AttemptQueued) and spot in last and not fact.resumed:
            yield _again(last[spot], fact)
        yield from _one(spot, fact, nodes)
    yield from _contained(told, nodes)


def _again(before: AttemptEnded, queued: AttemptQueued) -> tuple[By, str]:
    if before.agent == queued.agent:
        return By.RETRY, "tried again"
    return By.FALLBACK, f"{queued.agent} stood in"


def _one(spot: str, fact: Fact, nodes: Mapping[str, Node]) -> Iterator[tuple[By, str]]:
    match fact:
        case AttemptEnded():
            yield from _attempt(fact)
        case StepEnded():
            yield from _step(spot, fact, nodes)
        case GateOpened():
            yield By.PERSON, _asked(plain(spot))
        case (
            GateClosed(status=GateStatus.EXPIRED) | GateClosed(status=GateStatus.APPROVED, reason="the deadline passed")
        ):
            yield By.TIME, f"the deadline of '{plain(spot)}'"
        case _:
            yield from _of_kind(spot, fact)


def _asked(place: str) -> str:
    """Say what a person is asked: by a gate, by an agent, or to do a step."""
    step, _, last = place.rpartition("/")
    words = {
        ASK: f"a person answers '{step}'",
        APPROVE: f"a person approves a call of '{step}'",
        FORM: f"a person does '{step}'",
    }
    return words.get(last, f"a person decides at '{place}'")


def _attempt(fact: AttemptEnded) -> Iterator[tuple[By, str]]:
    match fact.failure:
        case Failure.SCHEMA | Failure.MALFORMED:
            yield By.CONTRACT, f"the contract of {fact.agent}"
        case Failure.INVALID_INPUT:
            yield By.CONTRACT, f"the contract of {fact.agent}, who is given it"
        case Failure.TIMEOUT:
            yield By.TIME, f"the timeout of {fact.agent}"
        case Failure.OVER_BUDGET | Failure.OVER_LIMIT:
            yield By.BUDGET, fact.reason
        case Failure.REFUSED if fact.status == AttemptStatus.FAILED and fact.agent.startswith("rule."):
            yield By.CONTRACT, f"a rule: {fact.reason}"


def _step(spot: str, fact: StepEnded, nodes: Mapping[str, Node]) -> Iterator[tuple[By, str]]:
    node = nodes.get(shape(spot))
    if node is None or not fact.path:
        return
    if node.kind == "loop" and (fact.failure == Failure.STUCK or fact.degraded):
        yield By.GUARD, f"the limits of '{plain(spot)}': {fact.degraded or fact.reason}"
    elif fact.degraded and getattr(node, "degrade", None) is not None and " stood in for " not in fact.degraded:
        yield By.DEGRADE, fact.degraded


def _of_kind(spot: str, fact: Fact) -> Iterator[tuple[By, str]]:
    """Say what a review, a supervisor or a loop did about it."""
    place = plain(spot)
    match fact:
        case ReviewJudged(verdict="redo"):
            yield By.REVIEW, f"the review '{place}' sent it back"
        case ReviewJudged(verdict="ask"):
            yield By.REVIEW, f"the review '{place}' did not let it pass"
        case HandoffJudged(verdict=verdict) if verdict != "pass":
            yield By.SUPERVISOR, f"the supervisor of '{place}': {_VERDICTS.get(verdict, verdict)}"
        case WorkMoved():
            yield By.SUPERVISOR, f"the pool '{place}' gave it to {fact.to_agent}"
        case RouteChosen() if fact.agent and fact.failed:
            yield By.ROUTE, f"the route '{place}' chose {fact.agent}"
        case RoundJudged(done=False):
            yield By.ROUNDS, f"another round of '{place}'"
        case _:
            yield from _of_many(place, fact)


def _of_many(place: str, fact: Fact) -> Iterator[tuple[By, str]]:
    """Say what a board or a conversation did about it."""
    match fact:
        case BoardConflict():
            yield By.BOARD, f"the board '{place}': {fact.by} had to do it again, others were faster"
        case BoardRefused():
            yield By.BOARD, f"the board '{place}' did not take it"
        case BoardClosed(why=why) | TalkClosed(why=why) if why not in ("quiet", "until", "answered"):
            yield By.GUARD, f"the limits of '{place}': {fact.reason or why}"
        case PeerDown():
            yield By.PEERS, f"the conversation '{place}': {_THEN.get(fact.then, fact.then)}"
        case TalkJudged():
            yield By.MERGE, f"the conversation '{place}' has its answers judged"
        case TalkClosed(dissent=dissent) if dissent:
            yield By.MERGE, f"the conversation '{place}' came to one answer by {fact.decided}; others are kept"


_VERDICTS = {"retry": "done again", "reroute": "given to another agent", "degrade": "a declared result stands for it",
             "escalate": "a person is asked", "fail": "it failed"}  # fmt: skip
_THEN = {"revive": "it is tried again later", "replace": "another agent takes over", "gone": "it goes on without"}


def _contained(told: Told, nodes: Mapping[str, Node]) -> Iterator[tuple[By, str]]:
    """Say where a failure stopped climbing: what encloses it did well all the same."""
    ends = {spot: fact for spot, fact in told if isinstance(fact, StepEnded)}
    for spot, fact in ends.items():
        above = parent(StepPath(spot))
        if fact.status != StepStatus.FAILED or above is None or fact.sent_back_to:
            continue
        around = ends.get(above)
        if around is None or around.status != StepStatus.SUCCEEDED:
            continue
        node, outer = nodes.get(shape(spot)), nodes.get(shape(above))
        if node is not None and node.optional:
            yield By.CONTAINED, f"'{plain(spot)}' is optional"
        elif outer is not None and outer.kind in ("parallel", "map", "supervise", "loop", "blackboard"):
            yield By.CONTAINED, f"'{plain(above)}' goes on without it"
