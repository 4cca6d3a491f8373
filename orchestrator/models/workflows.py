"""Versions of workflows and agents; a run pins those it started with."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import JsonText


class WorkflowVersion(models.Model):
    """One version of a workflow, named by the hash of its content."""

    name = models.CharField(max_length=80)
    version = models.CharField(max_length=64)
    role = models.TextField(blank=True, default="")
    source = JsonText()
    """The content as it was applied, as JSON."""
    frozen = JsonText(null=True)
    """The same with patterns written out as they were then, which is what runs; null where there are none."""
    text = models.TextField(blank=True, default="")
    """The file as it was written, for showing errors and differences on its lines."""
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A version is kept once."""

        constraints = [models.UniqueConstraint(fields=["name", "version"], name="workflow_version_once")]


class AgentVersion(models.Model):
    """One version of an agent's contract."""

    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    spec = JsonText()
    text = models.TextField(blank=True, default="")
    """The file as it was written; empty for one that never was a file."""
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A version is kept once."""

        constraints = [models.UniqueConstraint(fields=["name", "version"], name="agent_version_once")]
