"""Tells Django about the orchestrator, and loads the Celery app once settings are there."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    """The application that holds every table."""

    name = "orchestrator"
    label = "orchestrator"
    verbose_name = "Signalbox"

    def ready(self) -> None:
        """Load the Celery app, so that tasks sent from any process find the configured broker, and our checks."""
        import_module("orchestrator.celery")
        import_module("orchestrator.checks")
