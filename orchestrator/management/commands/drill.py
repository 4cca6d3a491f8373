"""`manage.py drill`: lets each step of a workflow go wrong in dry runs, and says what caught it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core import codec
from orchestrator.core.drill.faults import MEANS, Fault
from orchestrator.core.drill.report import Report, as_json
from orchestrator.core.errors import OrchestratorError
from orchestrator.management import drills as words
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.commands.run import read_input
from orchestrator.management.loading import load_examples_once
from orchestrator.services import people
from orchestrator.services.drills import drill_workflow


class Command(BaseCommand):
    """Drills one workflow."""

    help = "Drill WORKFLOW in dry runs, each with one fault in one step; exit 1 if something is not caught."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        faults = ", ".join(f"{one.value} ({MEANS[one]})" for one in Fault)
        parser.add_argument("workflow", help="name of the workflow")
        parser.add_argument("--input", metavar="JSON", help="what the dry runs are given; made up if absent")
        parser.add_argument("--step", action="append", default=[], metavar="PATH", help="only this step, or in it")
        parser.add_argument("--fault", action="append", default=[], metavar="NAME", help=f"only this fault: {faults}")
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same gives the same report")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drill it, and say what came of it."""
        migrate_if_behind()
        load_examples_once()
        found = self.drilled(options)
        if options["json"]:
            self.stdout.write(codec.dumps(as_json(found)))
        else:
            self.stdout.writelines(f"{line}\n" for line in words.told(found))
        if not found.is_good:
            raise SystemExit(1)

    def drilled(self, options: dict[str, Any]) -> Report:
        """Return the report; what does not fit is said as everywhere."""
        given = None if options["input"] is None else read_input(options["input"])
        try:
            return drill_workflow(people.shell_account(), options["workflow"], given, options["step"],
                                  options["fault"], seed=options["seed"])  # fmt: skip
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
