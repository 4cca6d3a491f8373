"""Drives a run in memory with scripted agents, people and time, and lets everything go wrong that can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from random import Random

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.book import has_fallen
from orchestrator.core.definition import Workflow
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.look import targets_of
from orchestrator.core.messages import (
    AssignStep,
    CancelRun,
    DecideGate,
    GoOn,
    LoseAttempt,
    Message,
    NoteStart,
    PauseRun,
    ReportAttempt,
    ResumeRun,
    RetryStep,
    SkipStep,
    Verdict,
    WakeStep,
)
from orchestrator.core.outcomes import Json, Outcome
from orchestrator.core.signals import Decision
from orchestrator.core.state import RunState
from orchestrator.core.status import GateStatus, RunStatus
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.requests import StartRequest
from orchestrator.engine.work import Live, Report, report, work
from tests.engine.asked import asked
from tests.engine.family import Family

Act = Callable[[Claim, dict[str, Json]], Outcome]
LEASE = 10.0


class Died(Exception):
    """The process was killed at this point."""


@dataclass
class Simulation:
    """One run in a world of its own. Without `random` nothing goes wrong."""

    workflow: Workflow
    agents: tuple[AgentSpec, ...]
    act: Act
    random: Random = field(default_factory=lambda: Random(1))
    input: Json = None
    hands: dict[str, list[Claim]] = field(default_factory=dict)
    """What each live worker is at."""
    ghosts: list[tuple[str, Claim]] = field(default_factory=list)
    """What workers that are taken for dead are still at."""
    sent: list[Mail] = field(default_factory=list)
    dies_at: str = ""
    others: tuple[Workflow, ...] = ()
    """Workflows that steps may run."""

    def __post_init__(self) -> None:
        self.world = MemoryWorld.make(self.random.random, self._fail)
        self.store, self.engine, self.driver = self.world.store, self.world.engine, self.world.engine.driver
        for workflow in (*self.others, self.workflow):
            self.world.library.add(workflow)
        for spec in self.agents:
            self.world.library.add_agent(spec)

    def _fail(self, point: str) -> None:
        if point == self.dies_at:
            self.dies_at = ""
            raise Died(point)

    def start(self) -> Family:
        """Start the run; return its laws."""
        request = StartRequest(workflow=self.workflow.name, version=self.workflow.version, input=self.input, actor="1")
        self.run_id: RunId = self.engine.start(request).run_id
        self.laws = Family(self.world)
        self.laws.check()
        return self.laws

    @property
    def run(self) -> RunState:
        """Return the run as it is."""
        return self.store.tables.runs[self.run_id].state

    def every(self) -> list[RunId]:
        """Return the run and all that were started below it."""
        return sorted(self.store.tables.runs)

    def call(self, message: Message, key: str | None = None, run_id: RunId | None = None) -> Verdict:
        """Send a message and return the answer."""
        verdict = self.engine.call(run_id or self.run_id, message, key)
        self.laws.check()
        return verdict

    def claim(self, worker: str = "w", lane: Lane = Lane.QUICK, count: int = 1) -> list[Claim]:
        """Let a worker take up to so many attempts."""
        if worker not in self.hands:
            self.hands[worker] = []
            self.store.beat(worker, LEASE)
        made = self.driver.turn([], worker=worker, wants={lane: count})
        self.hands[worker] += made.claims
        return made.claims

    def do(self, claim: Claim, worker: str) -> Report | None:
        """Have an attempt carried out; return its report."""
        now = self.world.clock()
        live = Live(claim=claim, started_at=claim.claimed_at, began=now, stop=threading.Event())
        outcome = work(live, self.store, lambda at, given: asked(at) or self.act(at.claim, given))
        return report(live, outcome, now - claim.claimed_at, worker)

    def hand_in(self, worker: str, claim: Claim, *, more: int = 0) -> None:
        """Report an attempt and claim more of its lane in the same transaction."""
        made = self.do(claim, worker)
        assert made is not None
        mail = Mail(run_id=claim.run_id, message=made.message)
        wants = {claim.lane: more} if more else None
        turn = self.driver.turn([mail], worker=worker, wants=wants, artifacts=made.artifacts)
        self.sent.append(mail)
        if claim in self.hands.get(worker, []):
            self.hands[worker].remove(claim)
        if more:
            self.hands[worker] += turn.claims
        self.driver.drain([claim.run_id, *turn.done.woken])

    def work_off(self) -> int:
        """Do everything that can be done now; return how many attempts that were."""
        done = 0
        while True:
            for worker, claims in list(self.hands.items()):
                for claim in list(claims):
                    self.hand_in(worker, claim)
                    self.laws.check()
                    done += 1
            self.driver.drain(self.every())
            claimed = [self.claim("calm", lane, 8) for lane in (Lane.QUICK, Lane.SLOW)]
            if not any(claimed) and not any(self.hands.values()):
                return done

    def open_gates(self) -> list[tuple[RunId, StepPath]]:
        """Return the gates that wait for people, with their runs."""
        gates = self.store.tables.gates.items()
        return sorted(at for at, gate in gates if gate.status == GateStatus.OPEN)

    def decide(self, at: tuple[RunId, StepPath], verdict: str = "approve", actor: str = "7", **more: object) -> Verdict:
        """Let a person decide."""
        decision = Decision(verdict=verdict, actor=actor, **more)
        return self.call(DecideGate(path=at[1], decision=decision), run_id=at[0])

    def finish(self) -> RunState:
        """Let agents, people and time go on without faults until the run has ended."""
        self.store.busy.clear()
        self.compare()
        for run_id in self.every():
            self.call(ResumeRun(actor="1"), run_id=run_id)
        for turn in range(2000):
            if self.run.is_ended:
                break
            if self.work_off():
                continue
            gates = self.open_gates()
            if gates:
                self.decide(gates[0], actor=str(turn))
            else:
                self._wait()
        assert self.run.is_ended, f"still {self.run.status} when agents, people and time have gone on"
        self.laws.check()
        return self.run

    def compare(self) -> None:
        """Let workers give back claims that they know nothing of, as their caretakers do."""
        for worker, claims in self.hands.items():
            unknown = self.store.held(worker) - {claim.fence for claim in claims}
            self.store.release(worker, sorted(unknown))

    def _wait(self) -> None:
        moment = self.store.next_moment()
        self.world.clock.advance(LEASE + 1 if moment is None else max(moment - self.world.clock(), 0.0) + 0.001)
        for worker in self.hands:
            self.store.beat(worker, LEASE)
        self.engine.sweep()
        self.laws.check()


class Trouble:
    """What can happen to a simulated run; each turn of `stir` picks one thing."""

    def __init__(self, sim: Simulation) -> None:
        self.sim, self.random = sim, sim.random
        self.things: list[tuple[int, Callable[[], None]]] = [
            (6, self.claim), (10, self.finish), (2, self.finish_and_die), (2, self.repeat), (1, self.kill),
            (2, self.haunt), (2, self.note), (3, self.time), (4, self.decide), (1, self.busy), (2, self.steer),
            (2, self.stray), (2, self.again), (1, self.compare), (1, self.retire), (1, self.sweep),
        ]  # fmt: skip

    def stir(self, turns: int) -> None:
        """Let things happen."""
        weights = [weight for weight, _ in self.things]
        for _ in range(turns):
            if self.sim.run.is_ended and self.random.random() < 0.2:
                return
            thing = self.random.choices([thing for _, thing in self.things], weights)[0]
            if self.sim.run.status == RunStatus.FAILED and self.random.random() < 0.3:
                thing = self.again
            with suppress(Died):
                thing()
            self.sim.laws.check()

    def claim(self) -> None:
        worker = self.random.choice(["w1", "w2"])
        self.sim.claim(worker, self.random.choice([Lane.QUICK, Lane.SLOW]), self.random.randint(1, 3))

    def _in_hand(self) -> tuple[str, Claim] | None:
        found = [(worker, claim) for worker, claims in sorted(self.sim.hands.items()) for claim in claims]
        return self.random.choice(found) if found else None

    def finish(self) -> None:
        if (found := self._in_hand()) is not None:
            self.sim.hand_in(*found, more=self.random.randint(0, 2))

    def finish_and_die(self) -> None:
        """Die before or after the commit; after it, the report is known, but what was claimed with it is not."""
        self.sim.dies_at = self.random.choice(["before_commit", "after_commit"])
        try:
            self.finish()
        finally:
            self.sim.dies_at = ""

    def repeat(self) -> None:
        if self.sim.sent:
            with self._no_effect("a message delivered again"):
                for _ in range(self.random.randint(1, 5)):
                    self.sim.driver.turn([self.random.choice(self.sim.sent)])

    def kill(self) -> None:
        if self.sim.hands:
            worker = self.random.choice(sorted(self.sim.hands))
            self.sim.ghosts += [(worker, claim) for claim in self.sim.hands.pop(worker)]
            self.sim.store.tables.workers.drop(worker)

    def haunt(self) -> None:
        if self.sim.ghosts:
            worker, claim = self.random.choice(self.sim.ghosts)
            self.sim.hand_in(worker, claim)

    def note(self) -> None:
        if (found := self._in_hand()) is not None:
            worker, claim = found
            note = NoteStart(path=claim.path, attempt=claim.attempt, fence=claim.fence, worker=worker, started_at=1.0)
            self.sim.driver.turn([Mail(run_id=claim.run_id, message=note)])

    def time(self) -> None:
        self.sim.world.clock.advance(self.random.choice([0.1, 1.0, 5.0, 61.0]))
        for worker in self.sim.hands:
            if self.random.random() < 0.8:
                self.sim.store.beat(worker, LEASE)
        self.sim.engine.sweep()

    def sweep(self) -> None:
        self.sim.engine.sweep()

    def decide(self) -> None:
        gates = self.sim.open_gates()
        if not gates:
            return
        run_id, path = self.random.choice(gates)
        digest = self.sim.store.tables.steps(run_id)[path].memo["digest"]
        decision = Decision(
            verdict=self.random.choice(["approve", "approve", "reject", "send_back", "send_back"]),
            actor=self.random.choice(["7", "8", "9"]),
            edits=self.random.choice([{}, {}, {"n": self.random.randint(0, 9)}]),
            comment=self.random.choice(["", "again, please"]),
            digest=str(self.random.choice(["", digest, "old"])),
            to=self.random.choice(["", "z", *targets_of(self.sim.laws.of[run_id].workflow, path)]),
        )
        key = self.random.choice([None, "k1", "k2"])
        self.sim.call(DecideGate(path=path, decision=decision), key and f"{run_id}{key}", run_id)

    def busy(self) -> None:
        """Let somebody else hold the run, or let it go."""
        run_id = self.random.choice(self.sim.every())
        if run_id in self.sim.store.busy:
            self.sim.store.busy.discard(run_id)
            self.sim.driver.drain([run_id])
        else:
            self.sim.store.busy.add(run_id)

    def steer(self) -> None:
        messages: list[Message] = [PauseRun(actor="1"), ResumeRun(actor="1"), ResumeRun(actor="1"), PauseRun(actor="2")]
        if self.random.random() < 0.05:
            messages = [CancelRun(actor="1", reason="enough")]
        self.sim.call(self.random.choice(messages), run_id=self.random.choice(self.sim.every()))

    def again(self) -> None:
        """Let somebody retry or skip a step, whether that makes sense or not."""
        run_id = self.random.choice(self.sim.every())
        steps = self.sim.store.tables.steps(run_id)
        fallen = sorted(path for path, state in steps.items() if has_fallen(state))
        path = self.random.choice(fallen if fallen and self.random.random() < 0.7 else sorted(steps))
        agent = self.random.choice(["", "", "quick", "slow", "person"])
        messages: list[Message] = [RetryStep(path=path, actor="1"), SkipStep(path=path, actor="1", reason="no need"),
                                   AssignStep(path=path, agent=agent, version=1)]  # fmt: skip
        self.sim.call(self.random.choice(messages), run_id=run_id)

    def stray(self) -> None:
        """Send something that nobody waits for; to an ended step it must do nothing."""
        steps = self.sim.store.tables.steps(self.sim.run_id)
        path = self.random.choice([*sorted(steps), StepPath("nowhere"), StepPath("a#7")])
        attempt = self.random.randint(0, 3)
        report_ = ReportAttempt(path=path, attempt=attempt, fence="guessed", ok=True)
        messages: list[Message] = [
            GoOn(path=path), WakeStep(path=path, timer="nap"), report_,
            LoseAttempt(path=path, attempt=attempt, fence="guessed"),
        ]  # fmt: skip
        if path in steps and steps[path].is_ended:
            messages += [
                WakeStep(path=path, timer="deadline"),
                DecideGate(path=path, decision=Decision(verdict="approve", actor="7")),
            ]
        message = self.random.choice(messages)
        is_over = path not in steps or steps[path].is_ended or not isinstance(message, GoOn)
        with self._no_effect(message) if is_over else nullcontext():
            self.sim.call(message)

    @contextmanager
    def _no_effect(self, what: object) -> Iterator[None]:
        """Check that nothing happens, unless there was other mail."""
        before, was_empty = self.sim.run.n, not self.sim.store.tables.mail
        yield
        assert not was_empty or self.sim.run.n == before, f"{what} had an effect"

    def compare(self) -> None:
        self.sim.compare()

    def retire(self) -> None:
        if self.sim.hands:
            worker = self.random.choice(sorted(self.sim.hands))
            self.sim.ghosts += [(worker, claim) for claim in self.sim.hands.pop(worker)]
            self.sim.store.retire(worker)
