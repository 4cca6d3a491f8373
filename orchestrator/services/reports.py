"""Reports of attempts that were done elsewhere: they count under the claim their token names, once, and are checked as
those of our own workers are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.db import transaction

from orchestrator import claim_tokens
from orchestrator.claim_tokens import Held
from orchestrator.core import actions, codec
from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import BrokenError, RejectedError, RejectedMissing, TransientError
from orchestrator.core.fitting import checked, tail
from orchestrator.core.messages import ReportAttempt
from orchestrator.core.outcomes import Failed, Failure, Ok, Outcome, Suspended
from orchestrator.core.problems import Problem
from orchestrator.engine.actor import OUTSIDE
from orchestrator.engine.admission import Entry, left
from orchestrator.engine.ports import PARKED
from orchestrator.engine.work import Live, Report, gathered
from orchestrator.engine.work import report as written
from orchestrator.models import Verdict
from orchestrator.services.mailbox import FAMILIES
from orchestrator.store.budget_door import settle_late
from orchestrator.store.ledger import LeaseGone, Ledger, NotAllowed
from orchestrator.store.outside import Holding, Outside
from orchestrator.wiring import doors, engine, most_output, spending, store, with_means

FAILURES = tuple(
    kind.value
    for kind in (Failure.CRASH, Failure.INVALID_INPUT, Failure.MALFORMED, Failure.OVER_LIMIT, Failure.REFUSED,
                 Failure.TIMEOUT, Failure.UNAVAILABLE)
)  # fmt: skip
"""How work may fail elsewhere; the others are ours to say."""


def called_back(token: str, outcome: Outcome) -> None:
    """Take the report of a server that was asked to call back; raises RejectedConflict when it comes too late.

    The work of a step has one key on all attempts, so what came of it is taken by whichever attempt waits for it.
    """
    held = held_by(token, claim_tokens.CALLBACK)
    holding = Outside(store()).holding(held.run_id, held.path)
    now = held
    if holding is not None and holding.claim.fence != held.fence and not _is_known(held):
        if holding.worker != PARKED:
            raise TransientError("This work is on its way to you once more; send the same again in a moment.")
        now = replace(held, attempt=holding.claim.attempt, fence=holding.claim.fence)
    accept(now, holding, outcome, key=_key(held))


def accept(held: Held, holding: Holding | None, outcome: Outcome, *, key: str = "", begun: bool = True) -> None:
    """Put a report to its run; raises RejectedConflict when its claim is gone, TransientError when it is busy.

    `begun` says that the work passed the doors. They are left first, as with our own work: while its claim is good
    they know it, and should we die in between, the same report comes again.
    """
    entry = entry_of(held, holding)
    if entry is not None and isinstance(outcome, Ok):
        outcome = _too_large(entry.spec, outcome) or checked(entry.spec, outcome)
    if entry is not None and isinstance(outcome, Suspended):
        outcome = _allowed(entry, outcome)
    made = _report(held, entry, holding, outcome)
    if entry is not None and begun:
        left(doors(), entry, outcome, max(store().now() - entry.claim.claimed_at, 0.0))
    if entry is None:
        settle_late(spending(), held.fence, outcome)
    with transaction.atomic():
        store().transact(lambda tx: tx.keep(made.artifacts))
        verdict = engine().call(held.run_id, made.message, key or _key(held))
    if verdict.status >= 400:
        raise FAMILIES.get(verdict.status, BrokenError)(verdict.reason)


def _too_large(spec: AgentSpec, outcome: Ok) -> Failed | None:
    """Say that an output is more than its agent or its step lets it bring back (C7)."""
    try:
        codec.within(outcome.output, most_output(spec))
    except codec.TooLarge as error:
        return Failed(kind=Failure.OVER_LIMIT, reason=f"{spec.name} returned too much: {error}.", usage=outcome.usage)
    return None


def held_by(token: str, use: str) -> Held:
    """Return what a token names; raises RejectedMissing for one that is none of ours."""
    try:
        return claim_tokens.read(token, use)
    except claim_tokens.NoToken as error:
        raise RejectedMissing("There is no attempt of this token.") from error


def failure(kind: str, reason: str, detail: str = "") -> Failed:
    """Return a failure as others may report it; raises RejectedError."""
    if kind not in FAILURES:
        hint = f"one of {', '.join(FAILURES)}"
        problem = Problem(path="failure", message=f"{kind[:40]!r} is not one of them", hint=hint)
        raise RejectedError("The report cannot be taken like this.", [problem])
    return Failed(kind=Failure(kind), reason=reason[:2000], detail=tail(detail))


def entry_of(held: Held, holding: Holding | None) -> Entry | None:
    """Return the attempt that is reported; None where the report comes too late: there is nothing to check it by."""
    if holding is None or holding.claim.fence != held.fence:
        return None
    claim, spec = with_means(holding.claim)
    return Entry(claim=claim, spec=spec, input=gathered(claim, store()), is_elsewhere=True)


def _allowed(entry: Entry, asked: Suspended) -> Outcome:
    """Return what is asked for once it is counted, or the failure that says why the agent may not have it (A7)."""
    if not actions.is_bound(entry.spec):
        return asked
    ledger = Ledger(store())
    try:
        for key, agent in actions.asked_agents(asked.requests).items():
            refuses = partial(actions.refused_elsewhere, entry.spec, agent, is_agent=True)
            ledger.begin(entry.claim, agent, key, idempotent=True, refuses=refuses)
            ledger.record(entry.claim.run_id, entry.claim.path, key, None)
    except NotAllowed as refused:
        return Failed(kind=Failure.REFUSED, reason=f"{refused}.", usage=asked.usage)
    except LeaseGone:
        return asked  # it comes too late, and will be told so
    return asked


def _report(held: Held, entry: Entry | None, holding: Holding | None, outcome: Outcome) -> Report:
    if entry is None or holding is None:
        return Report(message=ReportAttempt(path=held.path, attempt=held.attempt, fence=held.fence, ok=False))
    claim = entry.claim
    live = Live(claim=claim, started_at=claim.claimed_at, began=0.0)
    made = written(live, outcome, max(store().now() - claim.claimed_at, 0.0), holding.worker)
    assert made is not None  # only what is over is reported
    return made


def _key(held: Held) -> str:
    return f"{OUTSIDE}{held.fence}"


def _is_known(held: Held) -> bool:
    return Verdict.objects.filter(pk=_key(held)).exists()
