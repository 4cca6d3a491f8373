"""Gates, and what people decided at them. Written by `store`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField, JsonText


class Gate(models.Model):
    """A place where a run waits, or waited, for people."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.CharField(max_length=36)
    path = models.TextField()
    status = models.CharField(max_length=12)
    title = models.TextField()
    shown = JsonText()
    digest = models.CharField(max_length=64)
    edit = JsonText()
    edit_schema = JsonText(null=True)
    role = models.CharField(max_length=16)
    group = models.CharField(max_length=80, blank=True, default="")
    quorum = models.IntegerField(default=1)
    not_starter = models.BooleanField(default=False)
    starter = models.CharField(max_length=40, blank=True, default="")
    team_id = models.IntegerField(null=True)
    opened_at = InstantField()
    deadline_at = InstantField(null=True)
    deadline_then = models.CharField(max_length=12, blank=True, default="")
    closed_at = InstantField(null=True)
    reason = models.TextField(blank=True, default="")

    class Meta:
        """One a step; the inbox asks for the open ones."""

        constraints = [models.UniqueConstraint(fields=["run_id", "path"], name="gate_once")]
        indexes = [models.Index(fields=["status", "deadline_at"], name="gate_by_status")]


class GateDecision(models.Model):
    """One person's recorded decision: who, when, what they saw, what they changed, why."""

    run_id = models.CharField(max_length=36)
    path = models.TextField()
    n = models.PositiveIntegerField()
    """Number of the event that records it."""
    verdict = models.CharField(max_length=12)
    actor = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=150, blank=True, default="")
    edits = JsonText(null=True)
    comment = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)
    at = InstantField()

    class Meta:
        """Found by their gate."""

        constraints = [models.UniqueConstraint(fields=["run_id", "n"], name="decision_once")]
        indexes = [models.Index(fields=["run_id", "path"], name="decision_by_gate")]


class GateLook(models.Model):
    """When a person who may decide first looked at a request: what their time for it is counted from."""

    run_id = models.CharField(max_length=36)
    path = models.TextField()
    actor = models.CharField(max_length=40)
    at = InstantField()

    class Meta:
        """One a person and gate."""

        db_table = "orchestrator_gatelook"
        constraints = [models.UniqueConstraint(fields=["run_id", "path", "actor"], name="look_once")]
