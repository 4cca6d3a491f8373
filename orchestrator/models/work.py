"""What is to be done: small tables whose rows go away when used, and the workers that use them. Written by `store`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField, JsonText


class QueueEntry(models.Model):
    """A live attempt: waiting while it has no worker, claimed once it has."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    attempt = models.IntegerField()
    agent = models.CharField(max_length=80)
    lane = models.CharField(max_length=8)
    priority = models.IntegerField(default=0)
    ready_at = InstantField()
    timeout_seconds = models.FloatField(default=60)
    held = models.BooleanField(default=False)
    """The run is paused."""
    worker = models.CharField(max_length=64, null=True)
    fence = models.CharField(max_length=36, null=True)
    claimed_at = InstantField(null=True)
    told = models.BooleanField(default=False)
    """Its start is recorded as an event already."""
    waits_for = models.CharField(max_length=200, default="", db_default="")
    """What put it back into the queue: a key of `core.outcomes.Waits`."""
    waits_why = models.TextField(default="", db_default="")
    waits_since = InstantField(null=True)
    """When it was first put back; what is woken takes its place by this."""
    parked_until = InstantField(null=True)
    """It was handed to somebody who will report it; its worker is `parked`."""

    class Meta:
        """One live attempt a step; claims take the highest priority, then the oldest, of a lane."""

        db_table = "orchestrator_queue"
        constraints = [models.UniqueConstraint(fields=["run_id", "path"], name="queue_one_per_step")]
        indexes = [
            models.Index(
                fields=["lane", "-priority", "ready_at", "id"],
                name="queue_claim",
                condition=models.Q(worker__isnull=True, held=False),
            ),
            models.Index(fields=["worker"], name="queue_by_worker", condition=models.Q(worker__isnull=False)),
            models.Index(fields=["waits_for"], name="queue_by_wait", condition=~models.Q(waits_for="")),
        ]


class Stopping(models.Model):
    """A given-up attempt that was at work: asked to end, and not known to have ended."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    attempt = models.IntegerField()
    worker = models.CharField(max_length=64)
    fence = models.CharField(max_length=36)
    asked_at = InstantField()

    class Meta:
        """One a try."""

        db_table = "orchestrator_stopping"
        constraints = [models.UniqueConstraint(fields=["run_id", "path", "attempt"], name="stopping_once")]


class Message(models.Model):
    """Something a run has yet to consider."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.CharField(max_length=36, db_index=True)
    key = models.CharField(max_length=200, unique=True)
    body = models.TextField()
    at = InstantField()
    problem = models.TextField(blank=True, default="")
    """Why it was set aside; empty while it waits."""


class Verdict(models.Model):
    """What a run answered to a caller's message, so that asking again gives the same answer."""

    key = models.CharField(primary_key=True, max_length=200)
    run_id = models.CharField(max_length=36)
    status = models.IntegerField()
    reason = models.TextField(blank=True, default="")
    at = InstantField(db_index=True)


class Timer(models.Model):
    """A promise to wake a step."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    name = models.CharField(max_length=24)
    due_at = InstantField(db_index=True)

    class Meta:
        """One of a name a step."""

        constraints = [models.UniqueConstraint(fields=["run_id", "path", "name"], name="timer_once")]


class Worker(models.Model):
    """One life of a worker process; its heartbeat extends the lease of all it has claimed."""

    id = models.CharField(primary_key=True, max_length=64)
    host = models.CharField(max_length=200)
    pid = models.IntegerField()
    slots = models.IntegerField(default=0)
    started_at = InstantField()
    lease_until = InstantField()


class Artifact(models.Model):
    """A large value, by the SHA-256 of its text."""

    hash = models.CharField(primary_key=True, max_length=64)
    size = models.BigIntegerField()
    content = models.TextField()
    at = InstantField()


class Effect(models.Model):
    """A logical call of an agent to the outside: meant before the act, recorded after it."""

    key = models.CharField(primary_key=True, max_length=300)
    run_id = models.CharField(max_length=36, db_index=True)
    tool = models.CharField(max_length=80)
    done = models.BooleanField(default=False)
    result = JsonText(null=True)
    fence = models.CharField(max_length=36)
    at = InstantField()
