"""The budgets of a dry run, in calls and minutes of virtual work: what is made up costs no money and no tokens."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Failed, Failure
from orchestrator.engine import budgets
from orchestrator.engine.budgets import Scope
from orchestrator.engine.ports import Claim
from orchestrator.reliability.budget import Account, Charge, Refusal, Unit, room

COUNTED = (Unit.CALLS, Unit.MINUTES)


class Purse:
    """See the module. The budget of a day over everything is not of one run, and left out."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def refused(self, claim: Claim, spec: AgentSpec) -> Failed | None:
        """Return why a budget does not hold an attempt, in the words of the engine; None where all do."""
        scopes = self._scopes(claim, spec)
        accounts = [self._account(one) for one in scopes]
        found = room(accounts, Charge(calls=1, minutes=1))
        if not isinstance(found, Refusal):
            return None
        scope, account = scopes[found.number], accounts[found.number]
        reason = budgets.in_full(found, scope, account, spec.name)
        if scope.closes and not account.closed:
            self._accounts[scope.key] = replace(account, closed=budgets.amounts(found, account))
        return Failed(kind=Failure.OVER_BUDGET, reason=reason)

    def spend(self, claim: Claim, spec: AgentSpec, seconds: float) -> None:
        """Count an attempt and its time towards its budgets."""
        used = Charge(calls=1, minutes=round(seconds * 1000))
        for scope in self._scopes(claim, spec):
            account = self._account(scope)
            self._accounts[scope.key] = replace(account, spent=account.spent + used)

    def _scopes(self, claim: Claim, spec: AgentSpec) -> tuple[Scope, ...]:
        return budgets.scopes(claim, spec, {}, budgets.date_of(claim.claimed_at))

    def _account(self, scope: Scope) -> Account:
        limits = {unit: most for unit, most in scope.limits.items() if unit in COUNTED}
        return self._accounts.get(scope.key, Account(limits=limits))
