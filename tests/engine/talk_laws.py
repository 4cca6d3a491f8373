"""What must hold of every conversation, checked from its events alone: no message is lost, none is read twice."""

from __future__ import annotations

from collections import defaultdict

from orchestrator.core.conversations.definition import Converse
from orchestrator.core.conversations.memory import OUTSIDE, Memory
from orchestrator.core.definition import Workflow
from orchestrator.core.events import (
    AttemptQueued,
    Fact,
    MessageReturned,
    MessageSent,
    PeerDown,
    PeerSpoke,
    RunForked,
    StepEnded,
    StepOpened,
    StepReopened,
)
from orchestrator.core.ids import StepPath, name_of, parent
from orchestrator.core.lookup import node_at
from orchestrator.core.snapshot import states_of
from orchestrator.core.status import StepStatus

Place = tuple[StepPath, str]


class TalkLaws:
    """Keeps every inbox a second time, by a rule of its own."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.inbox: dict[Place, list[int]] = defaultdict(list)
        self.hand: dict[Place, list[int]] = defaultdict(list)
        self.last: dict[StepPath, int] = defaultdict(int)
        self.read: set[tuple[StepPath, int]] = set()

    def see(self, fact: Fact) -> None:
        """Follow a fact, and check it."""
        match fact:
            case RunForked():
                self._taken_over(fact)
            case MessageSent() | MessageReturned():
                self._came(fact)
            case PeerSpoke():
                self._over(fact.path, fact.peer)
            case PeerDown():
                place = (fact.path, fact.peer)
                self.inbox[place] = [*self.hand.pop(place, []), *self.inbox[place]]
            case _:
                self._turn(fact)

    def _came(self, fact: MessageSent | MessageReturned) -> None:
        assert fact.id == self.last[fact.path] + 1, f"message {fact.id} follows {self.last[fact.path]}"
        self.last[fact.path] = fact.id
        if isinstance(fact, MessageReturned) and fact.about:
            holders = [place for place, ids in self.inbox.items() if place[0] == fact.path and fact.about in ids]
            assert len(holders) == 1, f"message {fact.about} lay in {holders}"
            self.inbox[holders[0]].remove(fact.about)
        self.inbox[fact.path, fact.to].append(fact.id)

    def _over(self, path: StepPath, peer: str) -> None:
        for one in self.hand.pop((path, peer), []):
            assert (path, one) not in self.read, f"message {one} was read twice"
            self.read.add((path, one))

    def _turn(self, fact: Fact) -> None:
        """A turn is given all that lies in its inbox, and nothing else."""
        above = parent(fact.path)
        if above is None or not isinstance(node_at(self.workflow, above), Converse):
            return
        place = (above, name_of(fact.path))
        if place[1] in OUTSIDE:
            return
        if isinstance(fact, StepOpened | StepReopened):
            self.hand[place] += self.inbox.pop(place, [])
            assert self.hand[place], f"'{fact.path}' began without mail"
        elif isinstance(fact, StepEnded) and fact.status == StepStatus.SKIPPED:
            self._over(*place)
        elif isinstance(fact, AttemptQueued) and fact.input is not None:
            given = fact.input["inbox"]
            assert isinstance(given, list)
            ids = [one["id"] for one in given if isinstance(one, dict)]
            assert ids == self.hand[place], f"'{fact.path}' is given {ids}, and has {self.hand[place]}"

    def _taken_over(self, fact: RunForked) -> None:
        """Believe what another run had come to: its own laws have looked at it."""
        for state in states_of(fact).values():
            if state.kind != "converse":
                continue
            memory = Memory.of(state)
            self.last[state.path] = memory.ids
            for name, box in memory.boxes.items():
                self.inbox[state.path, name] = [one.id for one in box.inbox]
                self.hand[state.path, name] = [one.id for one in box.hand]
