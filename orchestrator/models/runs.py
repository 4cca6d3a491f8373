"""Runs and what is derived from their events. Written by `store` alone; the rows can be rebuilt from `Event`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField, JsonText


class Run(models.Model):
    """One execution of a workflow version."""

    id = models.CharField(primary_key=True, max_length=36)
    workflow = models.CharField(max_length=80)
    version = models.CharField(max_length=64)
    title = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=12)
    n = models.PositiveIntegerField(default=0)
    input = JsonText(null=True)
    output = JsonText(null=True)
    output_ref = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=40, blank=True, default="")
    actor_name = models.CharField(max_length=150, blank=True, default="")
    key = models.CharField(max_length=200, null=True, unique=True)
    correlation_id = models.CharField(max_length=36)
    labels = JsonText(null=True)
    agents = JsonText(null=True)
    """Agent name to the version this run is bound to."""
    paused = models.BooleanField(default=False)
    active = models.IntegerField(default=0)
    gates = models.IntegerField(default=0)
    steps = models.IntegerField(default=0)
    ended = models.IntegerField(default=0)
    retries = models.IntegerField(default=0)
    cost_usd = models.CharField(max_length=40, null=True)
    tokens = models.BigIntegerField(null=True)
    priority = models.IntegerField(default=0)
    team_id = models.IntegerField(null=True)
    card_id = models.BigIntegerField(null=True, db_index=True)
    created_at = InstantField()
    ended_at = InstantField(null=True)
    forked_of = models.CharField(max_length=36, blank=True, default="", db_index=True)
    """Id of the run it began from, where it is a fork; `forked_n` is the number of the event after which it did."""
    forked_n = models.PositiveIntegerField(null=True)
    forked_as = models.CharField(max_length=64, blank=True, default="")
    """Hash of what was asked for, so that the same key with something else is told apart."""
    parent_id = models.CharField(max_length=36, blank=True, default="", db_index=True)
    """Id of the run whose step `parent_path` waits for this one; empty when somebody asked for it."""
    parent_path = models.TextField(blank=True, default="")
    depth = models.PositiveIntegerField(default=0)
    """How many runs stand above it."""
    workflows = JsonText(null=True)
    """Workflow name to the version that steps of this run are bound to; null when they run none."""
    budgets = JsonText(null=True)
    """Run id to the budget that its calls count towards: its own and those of runs above it; null for none.

    A step above it with a budget of its own stands here as the id of its run, a colon and its path.
    """
    proven = JsonText(null=True)
    """Agent to whether its version had passed its saved examples when the run began; null where nobody asks."""

    class Meta:
        """Lists are by status and by workflow, newest first (ids sort by time)."""

        indexes = [
            # With the team, so that what is in flight is counted without a look at the rows.
            models.Index(fields=["status", "-id", "team_id"], name="run_by_status"),
            models.Index(fields=["workflow", "-id"], name="run_by_workflow"),
            # Holds the words of runs, which never change, so that a search reads no rows that do not fit.
            models.Index(fields=["id", "title", "workflow", "team_id"], name="run_by_words"),
        ]


class Event(models.Model):
    """A fact of a run; append-only, numbered from 1 without gaps."""

    pk = models.CompositePrimaryKey("run_id", "n")
    run_id = models.CharField(max_length=36)
    n = models.PositiveIntegerField()
    type = models.CharField(max_length=24)
    path = models.TextField()
    at = InstantField()
    data = JsonText()


class Step(models.Model):
    """A step as it is now."""

    pk = models.CompositePrimaryKey("run_id", "path")
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    parent = models.TextField()
    """Path of the enclosing step; the root's own is `-`."""
    kind = models.CharField(max_length=24)
    status = models.CharField(max_length=12)
    agent = models.CharField(max_length=80, blank=True, default="")
    attempt = models.IntegerField(default=0)
    attempt_status = models.CharField(max_length=12, null=True)
    item = JsonText(null=True)
    input = JsonText(null=True)
    refs = JsonText(null=True)
    output = JsonText(null=True)
    output_ref = models.CharField(max_length=64, blank=True, default="")
    failure = models.CharField(max_length=16, null=True)
    reason = models.TextField(blank=True, default="")
    degraded = models.TextField(blank=True, default="")
    feedback = models.TextField(blank=True, default="")
    memo = JsonText(null=True)
    opened_at = InstantField(null=True)
    started_at = InstantField(null=True)
    ended_at = InstantField(null=True)

    class Meta:
        """Children are found by their parent."""

        indexes = [models.Index(fields=["run_id", "parent"], name="step_by_parent")]


class Attempt(models.Model):
    """A try at a step that is over; one at work is in the queue."""

    run_id = models.CharField(max_length=36)
    path = models.TextField()
    attempt = models.IntegerField()
    agent = models.CharField(max_length=80)
    worker = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=12)
    failure = models.CharField(max_length=16, null=True)
    reason = models.TextField(blank=True, default="")
    detail = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    started_at = InstantField(null=True)
    ended_at = InstantField()
    cost_usd = models.CharField(max_length=40, null=True)
    tokens = models.BigIntegerField(null=True)
    sent_back = models.BooleanField(default=False, db_default=False)
    """It succeeded, but what it made did not hold: a review, a check or a person sent it back."""

    class Meta:
        """One row a try; an agent's latest are found by time."""

        constraints = [models.UniqueConstraint(fields=["run_id", "path", "attempt"], name="attempt_once")]
        indexes = [models.Index(fields=["agent", "-ended_at"], name="attempt_by_agent")]
