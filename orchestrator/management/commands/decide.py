"""`manage.py decide`: answers an approval from the shell, as the inbox and the API do."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core import codec
from orchestrator.core.errors import OrchestratorError
from orchestrator.core.outcomes import Json
from orchestrator.management.quiet import hush_hints
from orchestrator.services import gates, people


class Command(BaseCommand):
    """Decides at one gate."""

    help = "Decide at an approval: approve, reject or send_back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("approval", type=int, help="number of the approval")
        parser.add_argument("verdict", choices=gates.VERDICTS)
        parser.add_argument("--edits", default="{}", metavar="JSON", help="what to change while approving")
        parser.add_argument("--comment", default="", help="why; needed to reject and to send back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Decide, or say why not."""
        edits = read_edits(options["edits"])
        hush_hints()
        try:
            gate = gates.decide(
                people.shell_account(), options["approval"], options["verdict"], edits, options["comment"]
            )
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        self.stdout.write(f"approval {gate.pk} ({gate.title}): {gate.status}")


def read_edits(text: str) -> dict[str, Json]:
    """Read the edits from the command line."""
    try:
        found = codec.loads(text)
    except codec.NotJson as error:
        raise CommandError(f"--edits: {error}") from error
    if not isinstance(found, dict):
        raise CommandError('--edits: give an object, such as \'{"summary": "shorter"}\'')
    return found
