"""What became of the latest trial of each example, by version of its agent. Written by a service and a follower."""

from __future__ import annotations

from django.db import models

from orchestrator.models.fields import JsonText


class Trial(models.Model):
    """The latest trial of an example. The run has the rest, as long as it is kept."""

    agent = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    example = models.CharField(max_length=200)
    run_id = models.CharField(max_length=36, db_index=True)
    """Of the latest trial."""
    is_open = models.BooleanField(default=True)
    """It has not come to its end; the verdict below is that of the one before."""
    passed = models.BooleanField(null=True)
    """Null while none has come to its end."""
    why = JsonText(null=True)
    """What was wrong, a text for each thing."""
    settled_at = models.DateTimeField(null=True)

    class Meta:
        """One for each example of a version; those that are open are looked for every second."""

        constraints = [models.UniqueConstraint(fields=["agent", "version", "example"], name="trial_once")]
        indexes = [models.Index(fields=["run_id"], name="trial_open", condition=models.Q(is_open=True))]
