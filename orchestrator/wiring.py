"""The composition root: picks adapters and returns the assembled engine and worker of this process."""

from __future__ import annotations

import logging
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings

from orchestrator import claim_tokens, live, logs
from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.definition import Workflow
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Usage
from orchestrator.core.sharing import Shared
from orchestrator.dispatch.doorbell import Doorbell
from orchestrator.engine.actor import Actor
from orchestrator.engine.admission import Door, Entry, through
from orchestrator.engine.allowed import allowed
from orchestrator.engine.budgets import BudgetRefused
from orchestrator.engine.caretaker import Caretaker
from orchestrator.engine.driver import Driver
from orchestrator.engine.engine import Engine
from orchestrator.engine.ports import Claim
from orchestrator.engine.work import Live, patiently
from orchestrator.engine.worker import Worker
from orchestrator.once import once_a_process
from orchestrator.reliability.limits import limit_of
from orchestrator.runtimes.catalogue import DEFAULT_BINARIES, METERED, Catalogue
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.http_hosts import Hosts
from orchestrator.runtimes.http_settings import Rules
from orchestrator.runtimes.port import Call, EffectRefused, Job, OverBudget, Sharing
from orchestrator.store.answers import Answers
from orchestrator.store.breaker_door import BreakerDoor
from orchestrator.store.breakers import Breakers
from orchestrator.store.budget_door import BudgetDoor
from orchestrator.store.code import Code
from orchestrator.store.ledger import InDoubt, LeaseGone, Ledger
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.limits import LimitDoor
from orchestrator.store.pauses import PauseDoor, Pauses
from orchestrator.store.purse import Purse
from orchestrator.store.spend import Bill, Spending
from orchestrator.store.standing_in import StandingIn
from orchestrator.store.store import DjangoStore
from orchestrator.store.tool_answers import ToolAnswers

BEGAN = time.time()
"""When this process began to import, in seconds since 1970."""
log = logging.getLogger("signalbox.worker")


class LiveHints:
    """Hints by Celery and the channel layer."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell

    def ring(self, lanes: Mapping[Lane, int]) -> None:
        """Say that so many attempts of each lane wait for a slot."""
        self._doorbell.ring(lanes)
        if lanes.get(Lane.REMOTE):
            live.publish({live.WORK: 0})

    def tell(self, topics: Mapping[str, int]) -> None:
        """Say that something that people watch has changed."""
        live.publish(topics)

    def follow(self) -> None:
        """Say that runs with cards have moved on."""
        self._doorbell.follow()


class EngineControl:
    """What an attempt may do while it runs."""

    def __init__(self, at_work: Live, ledger: Ledger, purse: Purse) -> None:
        claim = self._claim = at_work.claim
        self._at_work, self._ledger, self._purse = at_work, ledger, purse
        self._shared = Shared()
        self._speaker = live.Speaker(
            run_id=claim.run_id, path=claim.path, attempt=claim.attempt, fence=claim.fence, claimed_at=claim.claimed_at
        )
        self.stop: threading.Event = at_work.stop
        self.kill: threading.Event = at_work.kill

    def progress(self, fraction: float, note: str) -> None:
        """Say how far it is."""
        live.streams().progress(self._speaker, fraction, note)

    def emit(self, text: str) -> None:
        """Stream a piece of the answer."""
        live.streams().emit(self._speaker, text)

    def once(
        self, tool: str, key: str, call: Callable[[], Json], *, idempotent: bool = False, sharing: Sharing | None = None
    ) -> Json:
        """Do an outside effect at most once per logical call; what only looks, once for all who look alike."""
        if sharing is not None:
            call = self._shared_call(tool, call, sharing)
        try:
            return self._ledger.once(self._claim, tool, key, call, idempotent=idempotent)
        except (InDoubt, LeaseGone) as refused:
            raise EffectRefused(str(refused)) from refused

    def _shared_call(self, tool: str, call: Callable[[], Json], sharing: Sharing) -> Callable[[], Json]:
        """Return a call that others' results will do for, and its own for others, while its code is what it was."""
        targets = [sharing.target] if sharing.target else []
        files = code().of_targets(targets, is_inline=is_inline(self._claim), since=self._claim.claimed_at)
        if files is None:
            return call
        shelf = ToolAnswers(store(), self._claim, tool, self.stop)
        return partial(shelf.given, codec.canonical([sharing.key, files]), sharing.seconds, call)

    def forget(self, tool: str) -> None:
        """Forget what is recorded of a tool in this step, so that it is asked anew."""
        self._ledger.forget(self._claim, tool)

    def effects(self) -> tuple[str, ...]:
        """Return the keys of what was done in this step, or may have been."""
        return self._ledger.begun(self._claim)

    def reserve(self, estimate: Usage) -> str:
        """Set aside what a call may use up."""
        id_ = uuid.uuid4().hex
        try:
            return patiently(self._at_work, lambda: self._purse.reserve(estimate, id_))
        except BudgetRefused as refused:
            raise OverBudget(str(refused)) from refused

    def settle(self, reservation: str, used: Usage, call: Call) -> None:
        """Note what a call has used up."""
        cost = None if used.cost_usd is None else str(used.cost_usd)
        bill = Bill(provider=call.provider, model=call.model, tokens_in=call.tokens_in, cost_usd=cost,
                    tokens_cached=call.tokens_cached, tokens_out=call.tokens_out, seconds=call.seconds)  # fmt: skip
        patiently(self._at_work, lambda: self._purse.settle(reservation, used, bill))

    def write(self, key: str, value: Json) -> None:
        """Keep a write for the report."""
        self._shared.writes[key] = value

    def send(self, agent: str, message: Json) -> None:
        """Keep a message for the report."""
        self._shared.sends.append((agent, message))

    def with_shared(self, outcome: Outcome) -> Outcome:
        """Return a good outcome with what was written and sent meanwhile."""
        if not isinstance(outcome, Ok) or not self._shared.told:
            return outcome
        return replace(outcome, output=self._shared.with_output(outcome.output), shared=self._shared.told)


@once_a_process
def store() -> DjangoStore:
    """Return this process's store."""
    return DjangoStore(worker_pid=os.getpid())


@once_a_process
def spending() -> Spending:
    """Return the book of what was spent."""
    return Spending(store())


@once_a_process
def runtimes() -> Catalogue:
    """Return this process's runtimes."""
    binaries = (*DEFAULT_BINARIES, *settings.COMMANDS)
    http = Rules(hosts=Hosts(allowed=tuple(settings.HTTP_HOSTS)), names=tuple(settings.HTTP_ENV))
    return Catalogue(roots=settings.ROOTS, binaries=binaries, import_paths=_import_paths(), http=http)


def _import_paths() -> list[Path]:
    return [settings.BASE_DIR, *settings.AGENT_PATHS]


@once_a_process
def code() -> Code:
    """Return what this process knows of the code of agents."""
    return Code(_import_paths(), BEGAN)


@once_a_process
def driver() -> Driver:
    """Return this process's driver."""
    from orchestrator.celery import app  # it needs settings, which core tests do without

    actor = Actor(library=DjangoLibrary(), dice=random.random, most_deep=settings.DEPTH)
    return Driver(store=store(), actor=actor, hints=LiveHints(Doorbell(app)), results=store())


@once_a_process
def engine() -> Engine:
    """Return this process's engine."""
    return Engine(store=store(), driver=driver(), clock=time.time)


def perform(at_work: Live, given: dict[str, Json]) -> Outcome:
    """Carry out one attempt, with its names on every line that is logged meanwhile; what it is given is on none."""
    with logs.bound(**at_work.claim.names):
        began = time.monotonic()
        outcome = _perform(at_work, given)
        level, names = _ending(at_work.claim, outcome)
        if log.isEnabledFor(level):
            log.log(level, "attempt ended", extra=names | {"ms": round((time.monotonic() - began) * 1000, 1)})
        return outcome


def _ending(claim: Claim, outcome: Outcome) -> tuple[int, dict[str, str]]:
    """Say how an attempt ended; of the quick ones there are thousands a second, so their success is no news."""
    match outcome:
        case Failed():
            return logging.WARNING, {"status": "failed", "failure": outcome.kind.value}
        case Ok():
            return logging.DEBUG if claim.lane == Lane.QUICK else logging.INFO, {"status": "succeeded"}
        case _:
            return logging.INFO, {"status": type(outcome).__name__.lower()}


def _perform(at_work: Live, given: dict[str, Json]) -> Outcome:
    claim, spec = patiently(at_work, lambda: with_means(at_work.claim))
    runtime = runtimes().get(spec.runtime)
    if runtime is None:
        return Failed(kind=Failure.UNAVAILABLE, reason=f"this worker has no runtime '{spec.runtime}'")
    job = Job(
        run_id=claim.run_id, path=claim.path, attempt=claim.attempt, spec=spec, input=given,
        request_id=f"{claim.run_id}:{claim.path}", correlation_id=claim.correlation_id,
        timeout_seconds=claim.timeout_seconds, data_dir=settings.DATA,
        memory_bytes=_least(settings.MEMORY_BYTES, spec.limits.get("memory")),
        output_bytes=most_output(spec), answers=at_work.answers,
        agents=_agents(at_work, spec),
        report_to=lambda: claim_tokens.address(claim_tokens.held_by(claim)),
    )  # fmt: skip
    purse = Purse(spending(), claim, spec, settings.BUDGET_DAY, at_work.stop)
    control = EngineControl(at_work, Ledger(store()), purse)
    entry = Entry(claim=claim, spec=spec, input=given, is_resumed=bool(at_work.answers))
    try:
        return through(doors(), entry, lambda: control.with_shared(execute(runtime, job, control)))
    finally:
        purse.close()


def with_means(claim: Claim) -> tuple[Claim, AgentSpec]:
    """Return a claim and its agent with what the workflow says of the step's means."""
    return allowed(claim, driver().actor.library.agent(claim.agent, claim.agent_version), _workflow(claim))


def _workflow(claim: Claim) -> Workflow:
    return driver().actor.library.workflow(claim.workflow, claim.version)


def most_output(spec: AgentSpec) -> int:
    """Return how many bytes one attempt may bring back."""
    return _least(settings.OUTPUT_BYTES, spec.limits.get("output"))


def _least(most_bytes: int, megabytes: float | None) -> int:
    """Return what one attempt may take: what its agent says, never more than the operator."""
    return most_bytes if megabytes is None else min(most_bytes, round(megabytes * (1 << 20)))


def _agents(at_work: Live, spec: AgentSpec) -> dict[str, Json]:
    """Return what an agent may know of the agents among its tools; for one that has none this asks nothing."""
    names = {tool.agent for tool in spec.tools if tool.agent}
    if not names:
        return {}

    def read() -> dict[str, Json]:
        bound = store().bound(at_work.claim.run_id)
        found = [driver().actor.library.agent(name, bound[name]) for name in sorted(names & {*bound})]
        return {one.name: {"role": one.role, "input": one.input_schema} for one in found}

    return patiently(at_work, read)


@once_a_process
def doors() -> tuple[Door, ...]:
    """Return what an attempt has to pass before it begins, in order: what costs least and refuses most comes first."""
    the = StandingIn(store(), driver().actor.library)
    answers = Answers(store(), driver().hints.ring, code())
    return (
        answers,
        PauseDoor(pauses(), the),
        BreakerDoor(breakers(), the.peers, the.stands_in, the.waited, settings.BREAKER_WAIT),
        limits(),
        # Last: whoever is sent back before has spent nothing.
        BudgetDoor(spending(), lambda: settings.BUDGET_DAY, lambda spec: spec.runtime in METERED),
    )


@once_a_process
def pauses() -> Pauses:
    """Return the pauses of agents as this process knows them."""
    return Pauses(store(), driver().hints)


@once_a_process
def breakers() -> Breakers:
    """Return the breakers as this process knows them."""
    return Breakers(store(), driver().hints, random.random)


@once_a_process
def limits() -> LimitDoor:
    """Return what limits attempts at once and in a time."""
    configured = {key: limit_of(most) for key, most in settings.LIMITS.items()}
    return LimitDoor(store(), driver().hints, configured, lambda claim: _workflow(claim).limits)


def is_inline(claim: Claim) -> bool:
    """Tell whether a claim is carried out in the slot's own thread."""
    return claim.lane == Lane.QUICK


class Crew:
    """The worker of this process with its caretaker."""

    def __init__(self, end: Callable[[], None]) -> None:
        slots = {Lane.QUICK: settings.SLOTS_QUICK, Lane.SLOW: settings.SLOTS_SLOW}
        self.worker = Worker(driver(), perform, slots, is_inline)
        self._caretaker = Caretaker(self.worker, end, settings.STOP_GRACE)
        runtimes().warm()
        self._caretaker.start()

    def stop(self) -> None:
        """Stop in good order."""
        self.worker.stop()
        self._caretaker.stop()
        runtimes().close()
