"""Work that is done elsewhere: leasing it, keeping it alive, its effects and its end.

A lease is a claim like any other; its token names it, and whoever has lost it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from orchestrator import claim_tokens, live
from orchestrator.claim_tokens import Held
from orchestrator.core import actions
from orchestrator.core.errors import RejectedConflict, RejectedError
from orchestrator.core.fitting import input_refused
from orchestrator.core.messages import NoteStart
from orchestrator.core.outcomes import Failed, Failure, Json, Outcome, Waits
from orchestrator.core.problems import Problem
from orchestrator.engine.admission import Entry, admitted, left
from orchestrator.engine.ports import Mail
from orchestrator.engine.work import answered, gathered
from orchestrator.services import reports
from orchestrator.services.access import Verb, require
from orchestrator.store.ledger import InDoubt, LeaseGone, Ledger, NotAllowed
from orchestrator.store.outside import Holding, Outside, named
from orchestrator.wiring import doors, driver, store, with_means

LEAST_SECONDS, SECONDS, MOST_SECONDS = 5.0, 30.0, 3600.0
"""How long a lease may be, and is unless asked otherwise, from its last heartbeat."""
MOST_AGENTS = 100
MOST_REFUSED = 20
"""Attempts that may not begin, which one asking for work clears away."""
MOST_TEXT = 16_384
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,31}", re.ASCII)
_ASKING = re.compile(r"[A-Za-z0-9]{8,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody elsewhere wants work."""

    agents: Sequence[str]
    worker: str
    asking: str
    """A random word; the same again is the same asking, whose answer was lost."""
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """An attempt that somebody elsewhere does now."""

    token: str
    holding: Holding
    input: Mapping[str, Json]
    answers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A sign of life, with what the work says meanwhile."""

    fraction: float | None = None
    note: str = ""
    text: str = ""
    seconds: float = SECONDS


def lease(actor: object, asking: Asking) -> Leased | None:
    """Hand out one attempt of these agents; None when there is none now."""
    user = require(actor, Verb.WORK)
    _check(asking)
    outside, name = Outside(store()), named(asking.worker, asking.asking)
    for _ in range(MOST_REFUSED):
        holding = outside.lease(asking.agents, name, asking.seconds, user.team_id)
        if holding is None:
            return None
        begun = _begun(holding)
        if begun is not None:
            return begun
    return None


def beat(actor: object, token: str, sign: Sign) -> bool:
    """Hold a lease for longer and pass on what the work says; False when it is lost and the work should stop."""
    _check_seconds(sign.seconds)
    held, holding = _held(actor, token)
    if holding is None or not Outside(store()).extend(held.run_id, held.path, held.fence, sign.seconds):
        return False
    if sign.text or sign.fraction is not None:
        claim = holding.claim
        speaker = live.Speaker(run_id=claim.run_id, path=claim.path, attempt=claim.attempt, fence=claim.fence,
                               claimed_at=claim.claimed_at)  # fmt: skip
        if sign.text:
            live.streams().emit(speaker, sign.text[:MOST_TEXT])
        if sign.fraction is not None:
            live.streams().progress(speaker, min(max(sign.fraction, 0.0), 1.0), sign.note[:200])
    return True


def report(actor: object, token: str, outcome: Outcome) -> None:
    """Take what came of leased work; raises RejectedConflict when the lease is lost. The same again is the same."""
    held, holding = _held(actor, token)
    reports.accept(held, holding, outcome)


def give_back(actor: object, token: str) -> None:
    """Take back work that was not done, without counting it as a try."""
    held, holding = _held(actor, token)
    entry = reports.entry_of(held, holding)
    if entry is not None:
        claim, waits = entry.claim, Waits(key="", seconds=0.0)
        left(doors(), entry, waits, max(store().now() - claim.claimed_at, 0.0))
        store().put_back(claim, waits)
        driver().hints.ring({claim.lane: 1})


def begin_effect(actor: object, token: str, tool: str, key: str, *, idempotent: bool) -> tuple[bool, Json]:
    """Say whether a logical call was made already, and with what result; else it may be made now.

    Raises RejectedConflict where nobody knows whether it was made, the lease is lost, or the agent's contract does not
    allow it, which ends the step (A7).
    """
    held, holding = _held(actor, token)
    if holding is None:
        raise RejectedConflict("This work is not yours any more: its lease is lost, or nobody wants it.")
    claim = holding.claim
    spec = driver().actor.library.agent(claim.agent, claim.agent_version)
    refuses = partial(actions.refused_elsewhere, spec, tool) if actions.is_bound(spec) else None
    try:
        return Ledger(store()).begin(claim, tool, key, idempotent=idempotent, again=True, refuses=refuses)
    except NotAllowed as refused:  # it ends here: whoever wants to do this may not be asked to say so
        reports.accept(held, holding, Failed(kind=Failure.REFUSED, reason=f"{refused}."))
        raise RejectedConflict(f"It may not be done: {refused}. The step has failed.") from refused
    except (InDoubt, LeaseGone) as refused:
        raise RejectedConflict(f"It may not be done: {refused}.") from refused


def end_effect(actor: object, token: str, key: str, result: Json, *, failed: bool) -> None:
    """Record what came of a logical call, or that it has not happened.

    It counts without the lease too: what has happened has happened.
    """
    held, _ = _held(actor, token)
    ledger = Ledger(store())
    if failed:
        ledger.undo(held.run_id, held.path, key, held.fence)
    else:
        ledger.record(held.run_id, held.path, key, result)


def _begun(holding: Holding) -> Leased | None:
    """Get leased work ready; None when it may not begin now, or is over already."""
    held = claim_tokens.held_by(holding.claim)
    claim, spec = with_means(holding.claim)
    given = gathered(claim, store())
    earlier = answered(claim, store()) if claim.attempt > 1 else {}
    entry = Entry(claim=claim, spec=spec, input=given, is_resumed=bool(earlier), is_elsewhere=True)
    stopped = input_refused(spec, given) or admitted(doors(), entry)
    if isinstance(stopped, Waits):
        if not stopped.is_back:
            store().put_back(claim, stopped)
        return None
    if stopped is not None:
        reports.accept(held, holding, stopped, begun=False)
        return None
    begun = NoteStart(path=claim.path, attempt=claim.attempt, fence=claim.fence, worker=holding.worker,
                      started_at=claim.claimed_at)  # fmt: skip
    driver().drain(driver().turn([Mail(run_id=claim.run_id, message=begun)]).done.woken)
    return Leased(token=claim_tokens.made(held, claim_tokens.WORK), holding=holding, input=given, answers=earlier)


def _held(actor: object, token: str) -> tuple[Held, Holding | None]:
    """Return what a token names, and the claim itself while it is held under that very fence."""
    require(actor, Verb.WORK)
    held = reports.held_by(token, claim_tokens.WORK)
    found = Outside(store()).holding(held.run_id, held.path)
    require(actor, Verb.WORK, found)
    return held, found if found is not None and found.claim.fence == held.fence else None


def _check(asking: Asking) -> None:
    wrong = []
    if not asking.agents or len(asking.agents) > MOST_AGENTS or any(len(name) > 80 for name in asking.agents):
        hint = f"1 to {MOST_AGENTS} names"
        wrong.append(Problem(path="agents", message="these are no names of agents", hint=hint))
    if not _NAME.fullmatch(asking.worker):
        hint = "letters, digits, dots and dashes, at most 32"
        wrong.append(Problem(path="worker", message="this is no name of a worker", hint=hint))
    if not _ASKING.fullmatch(asking.asking):
        hint = "8 to 20 letters and digits by chance, others each time"
        wrong.append(Problem(path="asking", message="this is no random word", hint=hint))
    if wrong:
        raise RejectedError("Work cannot be asked for like this.", wrong)
    _check_seconds(asking.seconds)


def _check_seconds(seconds: float) -> None:
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        hint = f"{LEAST_SECONDS:g} to {MOST_SECONDS:g}"
        problem = Problem(path="seconds", message=f"{seconds:g} is no length of a lease", hint=hint)
        raise RejectedError("Work cannot be held like this.", [problem])
