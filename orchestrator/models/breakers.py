"""Circuit breakers: how each stands, who probes it, and everything that changed it. Written by `store.breakers`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField


class Breaker(models.Model):
    """A breaker that has opened at least once; what has no row is closed."""

    key = models.CharField(primary_key=True, max_length=200)
    """`agent:NAME` or `provider:NAME`."""
    state = models.CharField(max_length=12)
    since = InstantField()
    until = InstantField(null=True)
    """While it is open: when probes may begin; None while only a person closes it."""
    streak = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    by_hand = models.BooleanField(default=False)
    why = models.TextField(blank=True, default="")
    probe_run = models.CharField(max_length=36, blank=True, default="")
    """The run of a saved example that probes it now."""
    version = models.BigIntegerField(default=0)
    """Goes up with every look that may change it: whoever writes it holds the row."""

    class Meta:
        """Few rows; those that are not closed are read every second."""

        db_table = "orchestrator_breaker"


class BreakerProbe(models.Model):
    """A claimed attempt that probes a half-open breaker; it counts only while its fence is good."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    fence = models.CharField(max_length=36)
    at = InstantField()

    class Meta:
        """One a claim."""

        db_table = "orchestrator_breakerprobe"
        constraints = [models.UniqueConstraint(fields=["key", "fence"], name="breaker_probe_once")]


class BreakerChange(models.Model):
    """One change of a breaker: its history."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200)
    was = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    until = InstantField(null=True)
    why = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=40, blank=True, default="")
    """Account of who did it by hand; empty where nobody did."""
    actor_name = models.CharField(max_length=150, blank=True, default="")
    at = InstantField()

    class Meta:
        """The latest changes of a breaker are shown."""

        db_table = "orchestrator_breakerchange"
        indexes = [models.Index(fields=["key", "-id"], name="breaker_change_by_key")]
