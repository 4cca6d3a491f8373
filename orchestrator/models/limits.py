"""Limits on attempts at once and attempts in a time, and who uses them. Written by `store.limits`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField


class Limit(models.Model):
    """A limit as it was asked for last; its row is the lock under which it is taken."""

    key = models.CharField(primary_key=True, max_length=200)
    """`agent:NAME`, `provider:NAME` or `all`."""
    concurrency = models.IntegerField(null=True)
    calls = models.IntegerField(null=True)
    seconds = models.FloatField(default=0)
    version = models.BigIntegerField(default=0)

    class Meta:
        """One a key."""

        db_table = "orchestrator_limit"


class LimitUse(models.Model):
    """An attempt that began under a limit.

    It is at work while its claim is in the queue under this fence; nothing has to be counted down when it dies. After
    that its beginning is kept for as long as the rate looks back.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    fence = models.CharField(max_length=36)
    """Empty once it has ended."""
    at = InstantField()

    class Meta:
        """Those of a key are counted by time."""

        db_table = "orchestrator_limituse"
        indexes = [models.Index(fields=["key", "at"], name="limit_use_by_key")]
