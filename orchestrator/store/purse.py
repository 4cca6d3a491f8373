"""What one attempt may spend on calls that are metered: each is held before it is made and settled when it is over."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from functools import partial

from orchestrator.core.agents import AgentSpec
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Usage
from orchestrator.engine import budgets
from orchestrator.engine.budgets import BudgetRefused
from orchestrator.engine.ports import Claim
from orchestrator.reliability.budget import NOTHING, Charge, Unit, parts
from orchestrator.store.spend import Bill, Refused, Scopes, Spending, caller

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 1.0
log = logging.getLogger("signalbox.worker")


class Purse:
    """See the module. Without a budget nothing is held, and a call costs one row in the book."""

    def __init__(
        self, spending: Spending, claim: Claim, spec: AgentSpec, day: Mapping[str, object], stop: threading.Event
    ) -> None:
        self._spending, self._claim, self._spec, self._stop = spending, claim, spec, stop
        self._who = caller(claim, spec)
        self._scopes: Scopes = partial(budgets.scopes, claim, spec, day)
        self._is_budgeted = budgets.is_budgeted(claim, spec, day)
        self._until = time.monotonic() + claim.timeout_seconds
        self._open: set[str] = set()

    def reserve(self, estimate: Usage, id_: str | None = None) -> str:
        """Hold what one call may use up and return the reservation; raises BudgetRefused.

        Where it would fit once calls in flight have settled, it waits for them, as long as the attempt has time.
        Whoever asks again, not knowing whether it was held, gives the same `id_`: then it is held once.
        """
        id_, wait = id_ or uuid.uuid4().hex, FIRST_WAIT_SECONDS
        if not self._is_budgeted:
            return id_
        if estimate.cost_usd is None and "usd" in self._spec.budget.get("call", {}):
            raise BudgetRefused(budgets.unpriced("call budget", self._spec.name))
        wanted = budgets.wanted(estimate, self._spec, self._claim.timeout_seconds)
        while isinstance(held := self._hold(id_, wanted, estimate), Refused):
            if held.is_for_good or time.monotonic() > self._until or self._stop.wait(wait):
                raise BudgetRefused(held.reason)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        self._open.add(id_)
        return id_

    def _hold(self, id_: str, wanted: Charge, estimate: Usage) -> Charge | Refused:
        knows = estimate.cost_usd is not None
        return self._spending.reserve(id_, self._who, self._claim.fence, self._scopes, wanted, knows_price=knows)

    def settle(self, id_: str, used: Usage, bill: Bill) -> None:
        """Count what a call has used up; one that was not made has used up nothing."""
        if used == Usage():
            self._spending.give_back(id_) if id_ in self._open else None
        else:
            self._spending.settle(id_, self._who, partial(_charge, used, bill.seconds), bill)
        self._open.discard(id_)

    def close(self) -> None:
        """Count what is held for calls nobody has settled: the process that made them was killed."""
        for id_ in list(self._open):
            try:
                self._spending.settle_as_held(id_, self._who)
            except TransientError as error:
                log.warning("a call in flight is left to the sweep to settle: %s", error, extra=self._claim.names)
        self._open.clear()


def _charge(used: Usage, seconds: float, held: Charge = NOTHING) -> Charge:
    """Return what budgets are charged; where the price is not known that is what was held, for it is not zero."""
    usd = held.usd if used.cost_usd is None else parts(Unit.USD, used.cost_usd)
    tokens = held.tokens if used.tokens is None else used.tokens
    return Charge(usd=usd, tokens=tokens, calls=1, minutes=round(seconds * 1000))
