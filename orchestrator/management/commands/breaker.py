"""`manage.py breaker`: shows the breakers of an agent, opens one by hand, or closes it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError
from orchestrator.management.quiet import hush_hints
from orchestrator.queries.breakers import BreakerNow, breakers_of
from orchestrator.services import breakers, people


class Command(BaseCommand):
    """Steers the breakers of one agent."""

    help = "Show the circuit breakers of the agent NAME, open one (trip) or close it (reset)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("name", help="name of the agent")
        parser.add_argument("act", choices=("show", "trip", "reset"), nargs="?", default="show")
        parser.add_argument("--of", choices=breakers.OF, default="agent", help="its own breaker, or its provider's")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why; it is shown and kept")
        parser.add_argument("--seconds", type=float, help="of trip: for how long; until it is reset if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not; then say how they stand."""
        hush_hints()
        me, name, of = people.shell_account(), options["name"], options["of"]
        try:
            if options["act"] == "trip":
                breakers.trip(me, name, of, options["reason"], options["seconds"])
            elif options["act"] == "reset":
                breakers.reset(me, name, of, options["reason"])
            found = breakers_of(me, name)
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        for one in found:
            self.stdout.write(told(one))
            for change in one.changes:
                by = f" by {change.actor_name}" if change.actor_name else ""
                self.stdout.write(f"  {change.at:%Y-%m-%d %H:%M:%S} {change.was} -> {change.state}{by}: {change.why}")


def told(one: BreakerNow) -> str:
    """Say how a breaker stands, in one line."""
    until = "" if one.until is None else f" until {one.until:%H:%M:%S} UTC"
    by_hand = " by hand" if one.by_hand else ""
    why = f": {one.why}" if one.why and one.state != "closed" else ""
    return f"{one.of} {one.name}: {one.state.replace('_', ' ')}{by_hand}{until}{why}"
