"""Attempts that stand at the door of answers: the test is the worker, and the work is a function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.ids import RunId
from orchestrator.core.outcomes import Json, Ok, Outcome, Waits
from orchestrator.engine.admission import Entry, through
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.work import Live, report
from orchestrator.store.answers import Answers
from orchestrator.store.code import Code
from orchestrator.store.store import DjangoStore
from orchestrator.store.tx import sql_of
from tests.contracts.worlds import World

A = {"id": "a", "agent": "quick"}
SPEC = AgentSpec(name="quick", role="Answers.", runtime="scripted", lane=Lane.QUICK, cache_seconds=3600.0)


class Desk:
    """An agent at its door. `calls` counts what it really did."""

    def __init__(self, world: World, spec: AgentSpec = SPEC, code: Code | None = None) -> None:
        assert isinstance(world.store, DjangoStore)
        self.world, self.store, self.spec = world, world.store, spec
        self.rung: Counter[Lane] = Counter()
        self.door = Answers(self.store, lambda lanes: self.rung.update(lanes), code or Code([], 0.0))
        self.calls = 0

    def claim(self, given: Json = None, **more: Any) -> Claim:
        """Start a run that asks, and claim its attempt."""
        self.world.start(A, input={"q": 1} if given is None else given, **more)
        return self.world.claim()[0]

    def enter(self, claim: Claim, **more: Any) -> tuple[Outcome | None, Entry]:
        """Come to the door."""
        given: Mapping[str, Json] = claim.input if isinstance(claim.input, dict) else {}
        entry = Entry(claim=claim, spec=self.spec, input=more.pop("given", given), **more)
        return self.door.admit(entry), entry

    def work(self) -> Outcome:
        """Do it."""
        self.calls += 1
        return Ok(output={"n": self.calls})

    def ask(self, claim: Claim, work: Callable[[], Outcome] | None = None, **more: Any) -> Outcome:
        """Pass the door, work, and have it reported, as a worker does."""
        given: Mapping[str, Json] = claim.input if isinstance(claim.input, dict) else {}
        entry = Entry(claim=claim, spec=self.spec, input=more.pop("given", given), **more)
        outcome = through((self.door,), entry, work or self.work)
        if isinstance(outcome, Waits):
            if not outcome.is_back:
                self.store.put_back(claim, outcome)
            return outcome
        made = report(Live(claim=claim, started_at=claim.claimed_at, began=0.0), outcome, 0.01, "w")
        if made is not None:
            self.world.driver.turn([Mail(run_id=claim.run_id, message=made.message)], artifacts=made.artifacts)
        return outcome

    def rows(self, columns: str, table: str = "answer") -> list[Any]:
        """Return what is kept."""
        return list(self.store.transact(lambda tx: sql_of(tx).read(f"SELECT {columns} FROM orchestrator_{table}", [])))

    def waiting(self) -> list[Any]:
        """Return what each entry of the queue that has no worker waits for."""
        return [row[0] for row in self.rows("waits_for, worker", "queue") if row[1] is None]

    def output(self, run_id: RunId) -> Json:
        """Return what a run's step came to."""
        return self.world.window.steps(run_id)["a"].output
