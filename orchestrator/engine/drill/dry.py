"""One dry run: agents answer what is made up, people say yes by rule, time is virtual, at most one thing is wrong."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.drill.catches import Told
from orchestrator.core.drill.places import shape
from orchestrator.core.drill.samples import TASTES, Hints, Taste
from orchestrator.core.ids import ROOT
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.state import RunState
from orchestrator.core.status import RunStatus
from orchestrator.engine.drill.hands import Asked, Hands
from orchestrator.engine.drill.people import Person
from orchestrator.engine.drill.places import node_of, spot_of
from orchestrator.engine.drill.wrong import Wrong
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.requests import StartRequest
from orchestrator.engine.work import Live, Report, report, work

MOST_CALLS = 600
"""Attempts of one dry run."""
MOST_EVENTS = 6_000
MOST_SECONDS = 400 * 86_400.0
"""Virtual time of one dry run."""
WORKER = "drill"
AT_ONCE = 64
"""Attempts of a lane that are at work together."""
LEASE_SECONDS = 10 * MOST_SECONDS
"""No worker of a dry run dies by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is drilled, and in which world."""

    workflow: Workflow
    input: Json = None
    agents: Mapping[str, AgentSpec] = field(default_factory=dict)
    """Everybody there is, by name."""
    others: tuple[Workflow, ...] = ()
    """Workflows that steps may run."""
    hints: Hints = field(default_factory=dict)
    """Texts that conditions ask for, by name of a field."""
    dice: Callable[[], Callable[[], float]] = lambda: lambda: 0.5
    """Makes the dice of one dry run, the same each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What came of a dry run."""

    status: RunStatus
    reason: str = ""
    failure: Failure | None = None
    degraded: str = ""
    told: Told = ()
    """Everything that happened, in order."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """What was met, by the shape of its spot."""
    asked: tuple[Asked, ...] = ()
    """Steps that agents were asked to do, each once."""
    calls: Mapping[str, int] = field(default_factory=dict)
    """Attempts by step."""
    gates: tuple[str, ...] = ()
    """Steps at which people were asked, each once."""
    seconds: float = 0.0
    """Virtual time it took."""
    output: Json = None
    hits: int = 0
    """How often the fault was put in."""
    slipped: int = 0
    """How often a value that is wrong was taken for an answer."""
    waits: str = ""
    """The gate at which it stands because nobody was to come."""
    cut: str = ""
    """Which bound it ran into; empty where it came to rest by itself."""
    broke: str = ""
    """What the engine itself stumbled over; empty as it should be."""

    @property
    def count(self) -> int:
        """Return how many attempts it took."""
        return sum(self.calls.values())


def dry_run(
    setting: Setting, taste: Taste = TASTES[0], wrong: Wrong | None = None, gates: frozenset[str] | None = None
) -> Trace:
    """Run a workflow dry; people come to these gates only, or to all when none are named."""
    return _Dry(setting, taste, wrong, gates).run()


class _Dry:
    """A dry run while it is at work."""

    def __init__(self, setting: Setting, taste: Taste, wrong: Wrong | None, gates: frozenset[str] | None) -> None:
        self.world = MemoryWorld.make(setting.dice(), bits=_numbered())
        for flow in (*setting.others, setting.workflow):
            self.world.library.add(flow)
        for spec in setting.agents.values():
            self.world.library.add_agent(spec)
        self.setting, self.store, self.driver = setting, self.world.store, self.world.engine.driver
        self.hands = Hands(self.world, taste, wrong, setting.hints)
        self.person = Person(self.world, taste, wrong, gates)
        self.at_work: list[tuple[float, int, Claim, Report]] = []
        self.began = self.world.clock()
        self.claimed = 0

    @property
    def run_state(self) -> RunState:
        """Return the run as it is."""
        return self.store.tables.runs[self.run_id].state

    def run(self) -> Trace:
        """Run to the end, to a gate nobody comes to, or to a bound."""
        flow = self.setting.workflow
        self.store.beat(WORKER, LEASE_SECONDS)
        request = StartRequest(workflow=flow.name, version=flow.version, input=self.setting.input, actor="drill")
        self.run_id = self.world.engine.start(request).run_id
        cut = ""
        while not self.run_state.is_ended and not (cut := self._bound()):
            self._begin()
            if not self._go_on():
                cut = "" if self.person.waiting() else "it stands still, and nothing is to come"
                break
        return self._traced(cut)

    def _bound(self) -> str:
        """Return which bound it has reached."""
        if self.claimed >= MOST_CALLS:
            return f"it goes on after {MOST_CALLS:,} attempts"
        if sum(row.state.n for row in self.store.tables.runs.values()) >= MOST_EVENTS:
            return f"it goes on after {MOST_EVENTS:,} events"
        days = MOST_SECONDS / 86_400
        return f"it goes on after {days:g} days" if self.world.clock() - self.began > MOST_SECONDS else ""

    def _begin(self) -> None:
        """Take up everything that waits for a slot, and know when each piece of it will be done."""
        for claim in self.driver.turn([], worker=WORKER, wants=dict.fromkeys(Lane, AT_ONCE)).claims:
            self.claimed += 1
            live = Live(claim=claim, started_at=claim.claimed_at, began=claim.claimed_at)
            outcome = work(live, self.store, self.hands.perform)
            seconds = self.hands.seconds(claim, outcome)
            made = report(live, outcome, seconds, WORKER)
            assert made is not None  # nothing waits or is cut off here
            heapq.heappush(self.at_work, (claim.claimed_at + seconds, self.claimed, claim, made))

    def _go_on(self) -> bool:
        """Let what comes first happen: work is done, a person decides, something is due; tell whether anything did."""
        due = self.store.next_moment()
        if self.at_work and (due is None or self.at_work[0][0] <= due):
            self._hand_in()
            return True
        if not self.at_work and self.person.decide():
            return True
        is_over = not self.at_work and not self.store.tables.queue and self.person.is_awaited()
        if due is None or is_over:
            return False
        self._advance(due)
        self.world.engine.sweep()
        return True

    def _hand_in(self) -> None:
        """Report what is done now, all of it in one transaction."""
        at, mail, artifacts = self.at_work[0][0], list[Mail](), dict[str, str]()
        self._advance(at)
        while self.at_work and self.at_work[0][0] == at:
            _, _, claim, made = heapq.heappop(self.at_work)
            mail.append(Mail(run_id=claim.run_id, message=made.message))
            artifacts.update(made.artifacts)
        turn = self.driver.turn(mail, worker=WORKER, artifacts=artifacts)
        self.driver.drain([*(one.run_id for one in mail), *turn.done.woken])

    def _advance(self, to: float) -> None:
        self.world.clock.advance(max(to - self.world.clock(), 0.0))

    def _traced(self, cut: str) -> Trace:
        tables, run = self.store.tables, self.run_state
        root = tables.steps(self.run_id).get(ROOT)
        told = [
            (run_id, spot_of(self.world, run_id, one.fact.path), one.fact)
            for (run_id, _), one in tables.events.items()
            if one.fact.path or run_id == self.run_id  # the end of a run below is also that of the step it stands for
        ]
        nodes = {shape(spot): node_of(self.world, run_id, fact.path) for run_id, spot, fact in told}
        aside = [row.problem for row in tables.mail.values() if row.problem]
        return Trace(
            status=run.status, reason=run.reason, failure=root.failure if root else None,
            degraded=root.degraded if root else "", told=tuple((spot, fact) for _, spot, fact in told), nodes=nodes,
            asked=tuple(self.hands.asked.values()), calls=self.hands.calls, gates=tuple(self.person.met),
            seconds=self.world.clock() - self.began, output=self._output(),
            hits=self.hands.hits + self.person.hits, slipped=self.hands.slipped,
            waits="" if run.is_ended or cut else self.person.waiting(), cut=cut, broke="; ".join(aside[:3]),
        )  # fmt: skip

    def _output(self) -> Json:
        row = self.store.tables.runs[self.run_id]
        return self.store.artifact(row.output_ref) if row.output_ref else row.output


def _numbered() -> Callable[[int], int]:
    """Return what makes ids one after the other."""
    numbers = count(1)
    return lambda bits: next(numbers)
