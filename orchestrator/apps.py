"""Tells Django about the orchestrator, and loads the Celery app once settings are there."""

from __future__ import annotations

import sys
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class OrchestratorConfig(AppConfig):
    """The application that holds every table."""

    name = "orchestrator"
    label = "orchestrator"
    verbose_name = "Signalbox"

    def ready(self) -> None:
        """Load the Celery app, so that tasks sent from any process find the configured broker, and our checks.

        Agents in Python are imported by this process from where the operator keeps them.
        """
        for folder in settings.AGENT_PATHS:
            if str(folder) not in sys.path:
                sys.path.append(str(folder))
        import_module("orchestrator.celery")
        import_module("orchestrator.checks")
