"""Loads the shipped examples where a command finds nothing to work with."""

from __future__ import annotations

from io import StringIO

from django.conf import settings
from django.core.management import call_command

from orchestrator.models import AgentVersion


def load_examples_once() -> None:
    """Load the shipped agents and workflows where nothing has been loaded yet, as `up` would have done."""
    examples = settings.BASE_DIR / "examples"
    if examples.is_dir() and not AgentVersion.objects.exists():
        call_command("apply", str(examples), stdout=StringIO())
