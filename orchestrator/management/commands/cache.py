"""`manage.py cache`: shows what answers are kept of agents and what they saved, or drops those of one agent."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import RejectedError
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.queries.savings import Shelf, shelves
from orchestrator.services import answers, people


class Command(BaseCommand):
    """Shows or drops."""

    help = "Show what answers are kept of agents and what they saved, or drop those of one agent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("act", choices=("show", "drop"))
        parser.add_argument("agent", nargs="?", default="", help="of drop: whose answers; of show: only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line an agent, or how many answers are gone."""
        migrate_if_behind()
        agent = options["agent"]
        if options["act"] == "show":
            lines = [line(one) for one in shelves(agent=agent)]
            self.stdout.write("\n".join(lines or ["no answers are kept; agents that say `cache: 1h` have theirs kept"]))
            return
        if not agent:
            raise CommandError("name the agent whose answers go: manage.py cache drop AGENT")
        try:
            count = answers.drop(people.shell_account(), agent, everywhere=True)
        except RejectedError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{agent}: {count} answer{'s'[: count != 1]} dropped")


def line(one: Shelf) -> str:
    """Say what is kept of an agent."""
    saved = one.saved
    making = f", {one.making} being made" if one.making else ""
    money = f"${saved.usd:.4f}, " if saved.usd is not None else ""
    return (
        f"{one.agent}: {one.answers} kept{making}; given again {saved.hits} time{'s'[: saved.hits != 1]}, "
        f"which saved {money}{saved.tokens:,} tokens and {saved.seconds:.1f} s of work"
    )
