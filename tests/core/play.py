"""Plays one run by hand on the pure core: messages in, facts out, with a fixed clock and fixed dice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec
from orchestrator.core.book import Book, Recorded, after_sweep, has_fallen, is_halted
from orchestrator.core.consider import consider
from orchestrator.core.decide import Advance
from orchestrator.core.definition import Workflow
from orchestrator.core.events import AttemptQueued, Fact, RunStarted
from orchestrator.core.ids import RunId, StepPath, parent, under
from orchestrator.core.look import World
from orchestrator.core.messages import DecideGate, LoseAttempt, Message, ReportAttempt, Verdict
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.signals import Decision
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import LIVE

NOON = 1_767_268_800.0


@dataclass
class Desk:
    """The steps as they were before an advance."""

    states: dict[StepPath, StepState] = field(default_factory=dict)
    artifacts: dict[str, Json] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)

    def step(self, path: StepPath) -> StepState | None:
        return self.states.get(path)

    def open_under(self, path: StepPath) -> Iterable[StepState]:
        return [state for state in self.states.values() if not state.is_ended and under(state.path, path)]

    def fallen(self, path: StepPath) -> Iterable[StepState]:
        below = (state for state in self.states.values() if state.path and parent(state.path) == path)
        return [state for state in below if has_fallen(state)]

    def halted(self, path: StepPath) -> Iterable[StepState]:
        below = (state for state in self.states.values() if state.path and parent(state.path) == path)
        return [state for state in below if is_halted(state)]

    def is_claimed(self, path: StepPath) -> bool:
        return path in self.claimed

    def artifact(self, ref: str) -> Json:
        return self.artifacts[ref]


class Play:
    """See the module."""

    def __init__(self, workflow: Workflow, input: Json = None, agents: Mapping[str, AgentSpec] | None = None) -> None:
        self.workflow, self.input = workflow, input
        self.dice = 0.5
        self.world = World(agents=agents or {}, dice=lambda: self.dice)
        self.desk = Desk()
        self.run = RunState(id=RunId("run"))
        self.now = NOON
        self.facts: list[Fact] = []
        self.recorded: list[Recorded] = []

    def start(self) -> list[Fact]:
        """Start the run; return what happened."""
        advance = self._advance()
        advance.start(RunStarted(workflow=self.workflow.name, version="1", input=self.input, actor="1"))
        return self._keep(advance)

    def send(self, message: Message) -> Verdict:
        """Send a message; what happened is the end of `facts`."""
        advance = self._advance()
        verdict = consider(advance, message)
        self._keep(advance)
        return verdict

    def report(self, path: str, output: Json = None, **more: Any) -> list[Fact]:
        """Report the live attempt of a step; return what happened."""
        before = len(self.facts)
        state = self.step(path)
        verdict = self.send(ReportAttempt(path=state.path, attempt=state.attempt, fence="f", output=output,
                                          **{"ok": "failure" not in more, **more}))  # fmt: skip
        assert verdict.status == 200, verdict
        return self.facts[before:]

    def fail(self, path: str, failure: Failure = Failure.REFUSED, reason: str = "it went wrong") -> list[Fact]:
        """Report that an attempt failed, for good unless said otherwise."""
        return self.report(path, failure=failure, reason=reason)

    def lose(self, path: str) -> list[Fact]:
        """Lose the worker of an attempt."""
        before = len(self.facts)
        self.send(LoseAttempt(path=StepPath(path), attempt=self.step(path).attempt, fence="f"))
        return self.facts[before:]

    def decide(self, path: str, verdict: str = "approve", actor: str = "7", **more: Any) -> Verdict:
        """Let a person decide at a gate."""
        return self.send(DecideGate(path=StepPath(path), decision=Decision(verdict=verdict, actor=actor, **more)))

    def step(self, path: str) -> StepState:
        """Return a step as it is."""
        return self.desk.states[StepPath(path)]

    def has(self, path: str) -> bool:
        """Tell whether there is such a step."""
        return path in self.desk.states

    @property
    def live(self) -> list[str]:
        """Return the steps with a live attempt."""
        return sorted(path for path, state in self.desk.states.items() if state.attempt_status in LIVE)

    def queued(self, path: str) -> AttemptQueued:
        """Return how the latest attempt of a step was queued."""
        return [fact for fact in self.facts if isinstance(fact, AttemptQueued) and fact.path == path][-1]

    def types(self, facts: list[Fact] | None = None) -> list[str]:
        """Return the types of facts, with their paths."""
        return [f"{fact.type} {fact.path}".strip() for fact in (self.facts if facts is None else facts)]

    def _advance(self) -> Advance:
        book = Book(run=self.run, shelf=self.desk)
        return Advance(book=book, workflow=self.workflow, world=self.world, now=self.now)

    def _keep(self, advance: Advance) -> list[Fact]:
        book = advance.book
        self.run = book.run
        for top, at in book.swept:
            self.desk.states = {path: after_sweep(state, top, at) for path, state in self.desk.states.items()}
        self.desk.states.update(book.changed)
        self.desk.artifacts |= {ref: codec.loads(text) for ref, text in book.artifacts.items()}
        self.recorded += book.recorded
        made = [one.fact for one in book.recorded]
        self.facts += made
        return made
