"""`manage.py rebuild`: makes the rows of runs anew from their events, or with --check only says where they differ."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError
from orchestrator.core.ids import RunId
from orchestrator.management.quiet import hush_hints
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.rebuild import every_run, rebuilt
from orchestrator.store.spend_check import checked
from orchestrator.wiring import store


class Command(BaseCommand):
    """Rebuilds one run, or all."""

    help = "Make the rows of a run anew from its events; it may be at work. Exit 1 if --check finds differences."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("run", nargs="?", help="id of one run")
        parser.add_argument("--all", action="store_true", help="every run")
        parser.add_argument("--check", action="store_true", help="change nothing, only say what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a row that differed."""
        if bool(options["run"]) == options["all"]:
            raise CommandError("name one run by its id, or give --all")
        hush_hints()
        run_ids = every_run(store()) if options["all"] else [RunId(options["run"])]
        rows = sum(self.one(run_id, check=options["check"]) for run_id in run_ids)
        if options["all"]:
            rows += self.budgets(check=options["check"])
        self.stdout.write(f"rebuild: {rows} rows of {len(run_ids)} runs {'differ' if options['check'] else 'mended'}")
        if self.broken or (rows and options["check"]):
            raise SystemExit(1)

    broken = 0

    def budgets(self, *, check: bool) -> int:
        """Bring budgets up to the book of what was spent."""
        found = checked(store(), mend=not check)
        for line in found:
            self.stdout.write(line)
        return len(found)

    def one(self, run_id: RunId, *, check: bool) -> int:
        """Rebuild one run; one that can't be is said, and the others go on."""
        try:
            found = rebuilt(store(), DjangoLibrary(), run_id, check=check)
        except (OrchestratorError, ValueError, LookupError) as error:
            self.broken += 1
            self.stderr.write(f"run {run_id}: can't be rebuilt: {error}")
            return 0
        for line in found:
            self.stdout.write(f"run {run_id}: {line}")
        return len(found)
