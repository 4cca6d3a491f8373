"""The book of what was spent, and the budgets it counts towards. Written by `store` alone.

Amounts are whole numbers: money in nano-dollars, time in milliseconds, as `reliability.budget` counts them.
"""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField, JsonText


class Budget(models.Model):
    """How much of one budget is spent, and held for calls in flight. Its limits stand where it is defined."""

    key = models.TextField(primary_key=True)
    """`run:ID`, `step:ID:PATH`, `agent:NAME:DAY` or `day:DAY`."""
    usd = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    calls = models.BigIntegerField(default=0)
    minutes = models.BigIntegerField(default=0)
    usd_held = models.BigIntegerField(default=0)
    tokens_held = models.BigIntegerField(default=0)
    calls_held = models.BigIntegerField(default=0)
    minutes_held = models.BigIntegerField(default=0)
    closed = models.TextField(default="")
    """What did not fit any more, so that nothing begins under it; empty while it is open."""


class Reservation(models.Model):
    """What one call in flight may use up."""

    id = models.CharField(primary_key=True, max_length=36)
    run_id = models.CharField(max_length=36, db_index=True)
    path = models.TextField()
    attempt = models.IntegerField()
    fence = models.CharField(max_length=36)
    agent = models.CharField(max_length=80)
    version = models.IntegerField()
    budgets = JsonText()
    """Keys of the budgets that hold it."""
    usd = models.BigIntegerField()
    tokens = models.BigIntegerField()
    calls = models.BigIntegerField()
    minutes = models.BigIntegerField()
    day = models.CharField(max_length=10)
    at = InstantField()


class Spend(models.Model):
    """One call that is over. Its id is that of its reservation, so that it is settled once."""

    id = models.CharField(primary_key=True, max_length=36)
    run_id = models.CharField(max_length=36, db_index=True)
    path = models.TextField()
    attempt = models.IntegerField()
    agent = models.CharField(max_length=80)
    version = models.IntegerField()
    provider = models.CharField(max_length=80)
    """Empty for work that no provider meters."""
    model = models.CharField(max_length=200)
    tokens_in = models.BigIntegerField()
    tokens_cached = models.BigIntegerField()
    tokens_out = models.BigIntegerField()
    cost_usd = models.CharField(max_length=40, null=True)
    """Exactly; null where nobody knows the price. Unknown is never zero."""
    seconds = models.FloatField()
    usd = models.BigIntegerField()
    """What budgets were charged; where the cost is unknown, what was held for it."""
    tokens = models.BigIntegerField()
    calls = models.BigIntegerField()
    minutes = models.BigIntegerField()
    is_estimate = models.BooleanField(default=False)
    """Its worker died before it could say what was used up, so what was held counts as spent."""
    day = models.CharField(max_length=10)
    """In UTC, of the budgets it counts towards."""
    at = InstantField()

    class Meta:
        """Found by day, and by an agent's day."""

        indexes = [models.Index(fields=["day", "agent"], name="spend_by_day")]
