"""The door of budgets: work that nobody meters counts as one call and its time; a budget used up lets nobody in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Failed, Failure, Ok, Outcome, Parked, Suspended, Usage, Waits
from orchestrator.engine import budgets
from orchestrator.engine.admission import Entry
from orchestrator.reliability.budget import Charge, Refusal, Unit, parts, room
from orchestrator.store.spend import Bill, Refused, Scopes, Spending, caller

WAIT_SECONDS = 1.0
"""How soon something looks again whether calls in flight have given back what they did not need."""
_LEAST = Charge(usd=1, tokens=1, calls=1, minutes=1)
log = logging.getLogger("signalbox.worker")


class BudgetDoor:
    """See the module. Stands last: what does not get to it has spent nothing."""

    def __init__(
        self, spending: Spending, day: Callable[[], Mapping[str, object]], is_metered: Callable[[AgentSpec], bool]
    ) -> None:
        self._spending, self._day, self._is_metered = spending, day, is_metered

    def admit(self, entry: Entry) -> Outcome | None:
        """Hold one call and the time it may take; metered calls are held one by one, so there must only be room."""
        claim, spec, day = entry.claim, entry.spec, self._day()
        if not budgets.is_budgeted(claim, spec, day):
            return None
        scopes: Scopes = partial(budgets.scopes, claim, spec, day)
        if self._is_metered(spec):
            return self._room(scopes, spec)
        wanted = Charge(calls=1, minutes=round(claim.timeout_seconds * 1000))
        # By the fence, so that whoever hears how the claim ended can settle it, in whichever process.
        held = self._spending.reserve(claim.fence, caller(claim, spec), claim.fence, scopes, wanted)
        return _stopped(held) if isinstance(held, Refused) else None

    def _room(self, scopes: Scopes, spec: AgentSpec) -> Outcome | None:
        found = self._spending.look(scopes)
        refusal = room([account for _, account in found], _LEAST)
        if not isinstance(refusal, Refusal):
            return None
        scope, account = found[refusal.number]
        return _stopped(Refused(reason=budgets.in_full(refusal, scope, account, spec.name),
                                is_for_good=refusal.is_for_good))  # fmt: skip

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Settle what was held; what was put back has not been done."""
        claim, spec = entry.claim, entry.spec
        # Somebody else leaves this door when it is over; or nobody has said what it took, and the sweep counts what was
        # held once its claim is gone, as an estimate that a late report mends.
        is_left_open = isinstance(outcome, Parked) or (entry.is_elsewhere and _is_silence(outcome))
        if is_left_open or not budgets.is_budgeted(claim, spec, self._day()) or self._is_metered(spec):
            return
        try:
            if isinstance(outcome, Waits):
                self._spending.give_back(claim.fence)
            else:
                used, bill = _used(outcome, seconds)
                self._spending.settle(claim.fence, caller(claim, spec), lambda held: used, bill)
        except TransientError as error:  # its claim will be gone, and the sweep finds what nobody settled
            log.warning("what an attempt used up is left to the sweep: %s", error, extra=claim.names)


def settle_late(spending: Spending, fence: str, outcome: Outcome) -> None:
    """Put what an attempt has cost into the book though its report comes too late to count: the money is gone.

    How long it took is not known any more, so that stays what was held for it.
    """
    told, bill = _used(outcome, 0.0)
    if told.usd or told.tokens:
        spending.settle_late(fence, lambda held: replace(told, minutes=held.minutes), bill)


def _used(outcome: Outcome, seconds: float) -> tuple[Charge, Bill]:
    """Return one call with its time, and what whoever did it says that it cost."""
    told = outcome.usage if isinstance(outcome, Ok | Failed | Suspended) else Usage()
    usd = 0 if told.cost_usd is None else parts(Unit.USD, told.cost_usd)
    cost = None if told.cost_usd is None else str(told.cost_usd)
    used = Charge(usd=usd, tokens=told.tokens or 0, calls=1, minutes=round(seconds * 1000))
    return used, Bill(cost_usd=cost, seconds=round(seconds, 3))


def _is_silence(outcome: Outcome) -> bool:
    """Tell whether it took too long and nobody says what that has cost."""
    return isinstance(outcome, Failed) and outcome.kind == Failure.TIMEOUT and outcome.usage == Usage()


def _stopped(refused: Refused) -> Outcome:
    if refused.is_for_good:
        return Failed(kind=Failure.OVER_BUDGET, reason=refused.reason)
    return Waits(key="budget", seconds=WAIT_SECONDS, reason=refused.reason)
