"""`manage.py agent`: shows what an agent is doing, pauses it, or resumes it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError
from orchestrator.management.quiet import hush_hints
from orchestrator.models import User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.pauses import paused
from orchestrator.queries.queue import Load, loads
from orchestrator.services import pauses, people


class Command(BaseCommand):
    """Steers one agent."""

    help = "Show what the agent NAME is doing, keep new work from it (pause), or let work go to it again (resume)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", help="name of the agent")
        parser.add_argument("act", choices=("show", "pause", "resume"), nargs="?", default="show")
        parser.add_argument("--reason", default="", metavar="TEXT", help="of pause: why; it is shown and kept")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not; then say how it stands."""
        hush_hints()
        me, name = people.shell_account(), options["name"]
        try:
            agent_detail(me, name)
            if options["act"] == "pause":
                pauses.pause(me, name, options["reason"])
            elif options["act"] == "resume":
                pauses.resume(me, name)
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        self.stdout.write(told(me, name))


def told(me: User, name: str) -> str:
    """Say in one line whether an agent is paused and what it has in hand."""
    pause, load = paused(me, [name]).get(name), loads(me).get(name, Load())
    work = f"{load.working} at work, {load.queued} waiting"
    if pause is None:
        return f"agent {name}: {work}"
    drained = "draining" if load.working else "drained"
    why = f": {pause.why}" if pause.why else ""
    return f"agent {name}: paused by {pause.actor_name} at {pause.at:%Y-%m-%d %H:%M:%S} UTC{why}; {drained}, {work}"
