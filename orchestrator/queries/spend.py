"""What budgets hold and what was spent, for pages, the API and those who watch over an installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, Q, Sum

from orchestrator.engine import budgets
from orchestrator.models import AgentVersion, Budget, Run, Spend
from orchestrator.reliability.budget import PARTS, Unit, limits_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One unit of one budget, in the unit itself: dollars, tokens, calls, minutes."""

    unit: str
    limit: Decimal
    spent: Decimal
    held: Decimal
    """For calls in flight."""

    @property
    def share(self) -> float:
        """Return how much of it is spent or held, 1 for all."""
        return float((self.spent + self.held) / self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls to one model have used up, over all time."""

    provider: str
    model: str
    calls: int
    unpriced: int
    """Calls among them whose price nobody knows."""
    tokens: int
    usd: Decimal


def run_budget(run: Run) -> tuple[BudgetLine, ...]:
    """Return the budget of a run that the viewer may see, unit by unit; empty where it has none."""
    limits = (run.budgets or {}).get(run.id)
    return _lines({budgets.run_key(run.id): limits})[budgets.run_key(run.id)] if limits else ()


def step_budget(run: Run, path: str, limits: Mapping[str, object]) -> tuple[BudgetLine, ...]:
    """Return the budget that the workflow sets for a step of a run that the viewer may see, unit by unit."""
    key = budgets.work_key(run.id, path)
    return _lines({key: limits})[key] if limits else ()


def agent_days(agents: Sequence[AgentVersion]) -> dict[str, tuple[BudgetLine, ...]]:
    """Return the budgets of today (UTC) of these agents, those that have one; in one question."""
    today = _today()
    days = {one.name: one.spec.get("budget", {}).get("day") for one in agents}
    lines = _lines({budgets.agent_key(name, today): limits for name, limits in days.items() if limits})
    return {name: lines[budgets.agent_key(name, today)] for name, limits in days.items() if limits}


def day_budget() -> tuple[BudgetLine, ...]:
    """Return the budget of today (UTC) over everything; empty where there is none."""
    key = budgets.day_key(_today())
    return _lines({key: settings.BUDGET_DAY})[key] if settings.BUDGET_DAY else ()


def spent() -> list[Spent]:
    """Return what was ever spent, by provider and model; what no provider meters is left out."""
    rows = Spend.objects.exclude(provider="").values("provider", "model").order_by("provider", "model")
    sums = rows.annotate(calls_sum=Sum("calls"), tokens_sum=Sum("tokens"), usd_sum=Sum("usd"),
                         unpriced=Count("id", filter=Q(cost_usd=None)))  # fmt: skip
    return [
        Spent(provider=row["provider"], model=row["model"], calls=row["calls_sum"], unpriced=row["unpriced"],
              tokens=row["tokens_sum"], usd=Decimal(row["usd_sum"]) / PARTS[Unit.USD])
        for row in sums
    ]  # fmt: skip


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _lines(limits: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[BudgetLine, ...]]:
    rows = {row.key: row for row in Budget.objects.filter(key__in=limits)}
    return {key: tuple(_line(unit, most, rows.get(key)) for unit, most in limits_of(amounts).items())
            for key, amounts in limits.items()}  # fmt: skip


def _line(unit: Unit, most: int, row: Budget | None) -> BudgetLine:
    spent, held = (getattr(row, unit.value), getattr(row, f"{unit.value}_held")) if row else (0, 0)
    parts = PARTS[unit]
    return BudgetLine(unit=unit.value, limit=_said(most, parts), spent=_said(spent, parts), held=_said(held, parts))


def _said(amount: int, parts: int) -> Decimal:
    return (Decimal(amount) / parts).quantize(Decimal("0.000000001")) if parts > 1 else Decimal(amount)
