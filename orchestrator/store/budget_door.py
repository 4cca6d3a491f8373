"""The door of budgets: work that nobody meters counts as one call and its time; a budget used up lets nobody in."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Failed, Failure, Outcome, Waits
from orchestrator.engine import budgets
from orchestrator.engine.admission import Entry
from orchestrator.reliability.budget import Charge, Refusal, room
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
        self._held: dict[str, str] = {}
        """Claims at work to what is held for them."""

    def admit(self, entry: Entry) -> Outcome | None:
        """Hold one call and the time it may take; metered calls are held one by one, so there must only be room."""
        claim, spec, day = entry.claim, entry.spec, self._day()
        if not budgets.is_budgeted(claim, spec, day):
            return None
        scopes: Scopes = partial(budgets.scopes, claim, spec, day)
        if self._is_metered(spec):
            return self._room(scopes, spec)
        id_, time = uuid.uuid4().hex, round(claim.timeout_seconds * 1000)
        held = self._spending.reserve(id_, caller(claim, spec), claim.fence, scopes, Charge(calls=1, minutes=time))
        if isinstance(held, Refused):
            return _stopped(held)
        self._held[claim.fence] = id_
        return None

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
        id_ = self._held.pop(entry.claim.fence, None)
        if id_ is None:
            return
        used = Charge(calls=1, minutes=round(seconds * 1000))
        try:
            if isinstance(outcome, Waits):
                self._spending.give_back(id_)
            else:
                who = caller(entry.claim, entry.spec)
                self._spending.settle(id_, who, lambda held: used, Bill(seconds=round(seconds, 3)))
        except TransientError as error:  # its claim will be gone, and the sweep finds what nobody settled
            log.warning("what an attempt used up is left to the sweep: %s", error, extra=entry.claim.names)


def _stopped(refused: Refused) -> Outcome:
    if refused.is_for_good:
        return Failed(kind=Failure.OVER_BUDGET, reason=refused.reason)
    return Waits(key="budget", seconds=WAIT_SECONDS, reason=refused.reason)
