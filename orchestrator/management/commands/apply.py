"""`manage.py apply`: loads agents, workflows and boards from files, or says on which lines they are wrong."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orchestrator.core.errors import RejectedError
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.quiet import hush_hints
from orchestrator.services import library, people


class Command(BaseCommand):
    """Loads files and folders."""

    help = "Load or update agents, workflows and boards from YAML files; prints every error with file and line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder to look through")
        parser.add_argument("--check", action="store_true", help="only check, load nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load them, or exit with 1."""
        migrate_if_behind()
        hush_hints()
        try:
            loaded = library.apply_paths(people.shell_account(), options["paths"], check=options["check"])
        except library.Unloadable as refused:
            for fault in refused.faults:
                self.stderr.write(str(fault))
            self.stderr.write(refused.detail)
            raise SystemExit(1) from refused
        except RejectedError as refused:
            self.stderr.write(refused.detail)
            raise SystemExit(1) from refused
        for one in loaded:
            self.stdout.write(f"{one.noun} {one.name}: {WORDS[one.is_new]}")


WORDS = {True: "loaded", False: "unchanged", None: "fits"}
