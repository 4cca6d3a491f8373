"""`manage.py try`: tries one agent alone, on its saved examples or on an input, and says of each what was wrong."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrator.core import codec
from orchestrator.core.errors import OrchestratorError
from orchestrator.management import trials as words
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.commands.run import INTERRUPTED, read_input
from orchestrator.management.loading import load_examples_once
from orchestrator.management.quiet import hush_hints
from orchestrator.management.temporary import services
from orchestrator.models import User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.trials import Result
from orchestrator.services import people, trials
from orchestrator.supervisor.ready import NotReady
from orchestrator.supervisor.valkey import NoServer


class Command(BaseCommand):
    """Tries one agent."""

    help = "Try AGENT on its saved examples, or on one of them, or on an input; exit 1 if any did not pass."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Make the parser; `--version` is the agent's here, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("agent", help="name of the agent")
        parser.add_argument("example", nargs="*", help="which of its examples; all if absent")
        parser.add_argument("--input", metavar="JSON", help="try it on this instead")
        parser.add_argument("--version", dest="wanted", type=int, metavar="N", help="this version, not the current one")
        parser.add_argument("--against", type=int, metavar="M", help="try this version as well, and compare")
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Try it, wait, and say how it went."""
        migrate_if_behind()
        hush_hints()
        load_examples_once()
        try:
            found = self.tried(people.shell_account(), options)
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        except (NotReady, NoServer) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(codec.dumps([words.as_json(one) for one in found]))
        else:
            self.stdout.writelines(f"{line}\n" for line in words.told(found))
        if any(one.why for one in found):
            raise SystemExit(1)

    def tried(self, me: User, options: dict[str, Any]) -> list[Result]:
        """Begin the trials, which refuses at once what does not fit, and wait until somebody has worked on them."""
        current = agent_detail(me, options["agent"]).version
        versions = [options["wanted"] or current, *([options["against"]] if options["against"] else [])]
        if options["input"] is None:
            ids = trials.try_examples(me, options["agent"], options["example"], versions)
        else:
            ids = trials.try_input(me, options["agent"], read_input(options["input"]), versions)
        with services(self.say) as working:
            try:
                return words.wait(ids, self.say, working.ensure)
            except KeyboardInterrupt:
                self.say("the trials go on when workers are there; `manage.py up` starts them")
                raise SystemExit(INTERRUPTED) from None

    def say(self, line: str) -> None:
        """Tell the operator what happens, beside what programs read."""
        self.stderr.write(f"{time.strftime('%H:%M:%S')} {line}", style_func=str)
        self.stderr.flush()
