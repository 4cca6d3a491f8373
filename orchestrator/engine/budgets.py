"""Which budgets a call counts towards, what it may use up, and what is said when it does not fit. Pure.

Budgets are of a call, a step, a run with all that its steps run, an agent's day, and a day over everything (C1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from orchestrator.core import ids
from orchestrator.core.agents import AgentSpec
from orchestrator.core.handoffs import WORK
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Usage
from orchestrator.engine.ports import Claim
from orchestrator.reliability.budget import Account, Charge, Limits, Refusal, Unit, in_words, limits_of, parts

SETTING = "SIGNALBOX_BUDGET_DAY_"


class BudgetRefused(Exception):
    """A budget does not hold a call. The message names it, says how far it is used up, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One budget that a call counts towards."""

    key: str
    """Under which it is kept."""
    name: str
    limits: Limits
    remedy: str
    """With `{unit}` where the unit belongs."""
    closes: bool = False
    """Whether nothing begins under it any more once something did not fit."""


def is_budgeted(claim: Claim, spec: AgentSpec, day: Mapping[str, object]) -> bool:
    """Tell whether any budget speaks of what a claim does; without one, nothing is held."""
    return bool(claim.budgets or spec.budget or day)


def scopes(claim: Claim, spec: AgentSpec, day: Mapping[str, object], date: str) -> tuple[Scope, ...]:
    """Return the kept budgets that an agent's calls in a claim count towards, on a day such as `2026-02-28`."""
    found = [_above(whose, amounts, claim) for whose, amounts in claim.budgets.items()]
    if spec.budget.get("step"):
        remedy = f"Raise budget.step.{{unit}} of agent '{spec.name}', and start the run again."
        found.append(Scope(key=step_key(claim.run_id, claim.path), name=f"step budget of agent '{spec.name}'",
                           limits=limits_of(spec.budget["step"]), remedy=remedy))  # fmt: skip
    if spec.budget.get("day"):
        remedy = f"Raise budget.day.{{unit}} of agent '{spec.name}', or wait until 00:00 UTC."
        found.append(Scope(key=agent_key(spec.name, date), name=f"day budget of agent '{spec.name}'",
                           limits=limits_of(spec.budget["day"]), remedy=remedy))  # fmt: skip
    if day:
        remedy = f"Raise {SETTING}{{UNIT}}, or wait until 00:00 UTC."
        found.append(Scope(key=day_key(date), name="day budget", limits=limits_of(day), remedy=remedy))
    return tuple(sorted(found, key=lambda scope: scope.key))


def _above(whose: str, amounts: Mapping[str, object], claim: Claim) -> Scope:
    run_id, _, path = whose.partition(":")
    of_which = "" if run_id == claim.run_id else f" of {run_id}, which this run is a part of,"
    if path:
        remedy = "Raise budget.{unit} of this step in its workflow, and start the run again."
        return Scope(key=above_key(whose), name=f"budget of step '{path}'{of_which}", limits=limits_of(amounts),
                     remedy=remedy)  # fmt: skip
    remedy = "Raise budget.{unit} of its workflow, and start it again."
    return Scope(key=above_key(whose), name=f"run budget{of_which}", limits=limits_of(amounts), remedy=remedy,
                 closes=True)  # fmt: skip


def of_step(run_id: str, path: str) -> str:
    """Return what a claim calls the budget that a workflow sets for one of its steps; a run's is called by its id.

    Work that somebody has done over, or by another agent (`draft/Work#2`), is that of the step around it.
    """
    at = StepPath(path)
    around = ids.parent(at) if ids.name_of(at) == WORK else None
    return f"{run_id}:{around or at}"


def above_key(whose: str) -> str:
    """Return the key of a budget by what a claim calls it."""
    return f"work:{whose}" if ":" in whose else f"run:{whose}"


def run_key(run_id: str) -> str:
    """Return the key of a run's budget."""
    return above_key(run_id)


def work_key(run_id: str, path: str) -> str:
    """Return the key of the budget that a workflow sets for a step: its attempts and all they ask for."""
    return above_key(of_step(run_id, path))


def step_key(run_id: str, path: str) -> str:
    """Return the key of the budget that an agent sets for a step: all attempts there count towards it."""
    return f"step:{run_id}:{path}"


def agent_key(agent: str, date: str) -> str:
    """Return the key of an agent's budget of a day."""
    return f"agent:{agent}:{date}"


def day_key(date: str) -> str:
    """Return the key of the budget of a day over everything."""
    return f"day:{date}"


def date_of(moment: float) -> str:
    """Return the day in UTC of seconds since 1970."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def wanted(estimate: Usage, spec: AgentSpec, timeout_seconds: float) -> Charge:
    """Return what to hold for one metered call: its estimate, but not more than one call may take, and its time."""
    usd = 0 if estimate.cost_usd is None else parts(Unit.USD, estimate.cost_usd)
    caps = limits_of(spec.budget.get("call", {}))
    amount = Charge(usd=usd, tokens=estimate.tokens or 0, calls=1, minutes=round(timeout_seconds * 1000))
    capped = {unit.value: min(amount.of(unit), most) for unit, most in caps.items() if unit is not Unit.CALLS}
    return replace(amount, **capped)


def in_full(refusal: Refusal, scope: Scope, account: Account, agent: str) -> str:
    """Say which budget does not hold a call of an agent, how far it is used up, and what to do about it."""
    if refusal.wanted is None and not account.closed:
        return unpriced(scope.name, agent)
    why = f": nothing begins under it since a call did not fit ({account.closed})" if account.closed else ""
    unit = account.closed.partition(":")[0] or refusal.unit
    remedy = scope.remedy.format(unit=unit, UNIT=unit.upper())
    figures = why or f" ({amounts(refusal, account)})"
    return f"The {scope.name} does not hold this call of agent '{agent}'{figures}. {remedy}"


def amounts(refusal: Refusal, account: Account) -> str:
    """Say of a budget that does not hold something how far it is used up, such as `calls: limit 5 calls, …`."""
    unit = refusal.unit
    limit, spent, held = (in_words(unit, amount) for amount in
                          (account.limits[unit], account.spent.of(unit), account.held.of(unit)))  # fmt: skip
    wanted = "of unknown price" if refusal.wanted is None else in_words(unit, refusal.wanted)
    return f"{unit}: limit {limit}, spent {spent}, held for calls in flight {held}, wanted {wanted}"


def unpriced(name: str, agent: str) -> str:
    """Say that a budget in money can't hold a call of unknown price."""
    return (
        f"The {name} is in usd, and nobody knows what a call of agent '{agent}' costs: its model is on no price list. "
        "Give its prices in the agent's settings, or set the budget in tokens."
    )
