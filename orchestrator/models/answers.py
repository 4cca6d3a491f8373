"""Answers that may be given again, and what that saved (C3). Written by `store` alone."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField, JsonText


class Answer(models.Model):
    """What an agent made of an input, or somebody who is making it."""

    key = models.CharField(primary_key=True, max_length=64)
    """See `reliability.cache.key_of`."""
    team_id = models.IntegerField(null=True)
    agent = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    """The step that makes it, or has made it."""
    fence = models.CharField(max_length=36, default="")
    """Of the claim under which it is being made; empty once it is there."""
    waiting = models.IntegerField(default=0)
    """How many came while it was being made, each counted every time it looked."""
    output = JsonText(null=True)
    output_ref = models.CharField(max_length=64, default="")
    cost_usd = models.CharField(max_length=40, null=True)
    tokens = models.BigIntegerField(null=True)
    seconds = models.FloatField(default=0)
    """What it cost to make, and how long it took."""
    hits = models.IntegerField(default=0)
    made_at = InstantField(null=True)
    expires_at = InstantField(db_index=True)

    class Meta:
        """Found by its key; listed and dropped by its agent."""

        indexes = [models.Index(fields=["agent"], name="answer_by_agent")]


class Saving(models.Model):
    """A step that was answered from what was kept, and what it did not use up because of that."""

    pk = models.CompositePrimaryKey("run_id", "path")
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    team_id = models.IntegerField(null=True)
    agent = models.CharField(max_length=80)
    of_run = models.CharField(max_length=36)
    of_path = models.TextField()
    """The step whose answer it got."""
    age_seconds = models.FloatField()
    usd = models.FloatField(null=True)
    """An estimate by nature: what the same call had cost before. Null where nothing metered it."""
    tokens = models.BigIntegerField(null=True)
    seconds = models.FloatField()
    at = InstantField()

    class Meta:
        """Added up by agent and time."""

        indexes = [models.Index(fields=["agent", "at"], name="saving_by_agent")]
