"""Runs the actor over a store: one transaction, then what has to happen after its commit. Every door leads here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId
from orchestrator.core.messages import Verdict
from orchestrator.engine.actor import Actor, Done
from orchestrator.engine.changes import Changes
from orchestrator.engine.ports import Claim, Hints, Mail, Store, Tx
from orchestrator.engine.work import Results

ROUNDS = 200
"""How often one call drains mailboxes again; the sweep takes over after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a transaction came to, with the attempts it claimed."""

    done: Done
    claims: list[Claim] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """See the module."""

    store: Store
    actor: Actor
    hints: Hints
    results: Results
    fail: Callable[[str], None] = lambda point: None
    """Called at named points of the hot path; tests kill the process there."""

    def turn(
        self,
        mail: Sequence[Mail],
        *,
        worker: str = "",
        wants: Mapping[Lane, int] | None = None,
        artifacts: Mapping[str, str] | None = None,
        wait_seconds: float = 0.0,
        also: Iterable[RunId] = (),
    ) -> Turn:
        """Consider messages and claim attempts in one transaction; afterwards tell those who should know."""

        def work(tx: Tx) -> Turn:
            if artifacts:
                tx.keep(artifacts)
            done = self.actor.consider(tx, mail, wait_seconds, also) if mail or also else Done()
            claims = tx.claim(worker, wants) if wants else []
            self.fail("before_commit")
            return Turn(done=done, claims=claims)

        made = self.store.transact(work)
        self.fail("after_commit")
        self.tell(made.done.changes, made.claims)
        return made

    def drain(self, run_ids: Iterable[RunId]) -> None:
        """Consider what waits for these runs until nothing does: commit, unlock, look again."""
        left = list(run_ids)
        for _ in range(ROUNDS):
            left = self.store.waiting_mail_of(left)
            if not left:
                return
            done = self.turn([], also=left).done
            if not done.held:
                return  # others hold them, and look again when they let go
            left += sorted(done.woken)

    def call(self, mail: Mail, wait_seconds: float) -> Verdict:
        """Put one message through and return the run's answer, in the open transaction of this thread or in its own."""
        done = self.store.transact(lambda tx: self.actor.consider(tx, [mail], wait_seconds))
        self.store.after_commit(lambda: self._called(mail.run_id, done))
        return done.verdicts[0]

    def _called(self, run_id: RunId, done: Done) -> None:
        self.tell(done.changes)
        self.drain([run_id, *done.woken])

    def tell(self, changes: Sequence[Changes], claims: Sequence[Claim] = ()) -> None:
        """Ring as often as there is more to claim than before, and say what people watch has changed.

        An attempt that was claimed here instead of a new one has had its ring: whoever hears it finds the new one.
        """
        lanes: Counter[Lane] = Counter()
        topics: dict[str, int] = {}
        for one in changes:
            topics[f"run.{one.run.id}"] = one.run.n
            if one.status_changed:
                topics["runs"] = 0
            if one.gates or one.gates_closed:
                topics["inbox"] = 0
            for row in one.queued:
                if not one.run.paused and row.ready_at <= one.events[-1].at:
                    lanes[row.lane] += 1
        lanes.subtract(claim.lane for claim in claims)
        if any(one.hold is False for one in changes):  # what a pause held back waits now
            lanes = Counter(self.store.ready())
        if +lanes:
            self.hints.ring(+lanes)
        if topics:
            self.hints.tell(topics)
        if any(one.moved for one in changes):
            self.hints.follow()
