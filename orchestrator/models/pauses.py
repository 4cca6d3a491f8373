"""Agents that a person has paused. Written by `store.pauses`."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import InstantField


class AgentPause(models.Model):
    """An agent that gets no new work until somebody resumes it; what has no row is not paused."""

    agent = models.CharField(primary_key=True, max_length=80)
    why = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=150, blank=True, default="")
    at = InstantField()

    class Meta:
        """Few rows, read every second; who paused what before is in the audit trail."""

        db_table = "orchestrator_agentpause"
