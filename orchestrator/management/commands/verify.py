"""`manage.py verify`: checks that everything that is kept agrees; exit 1 and a list when anything is off."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand

from orchestrator.core.ids import RunId
from orchestrator.queries.audit import chain_findings
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.verify import findings
from orchestrator.wiring import store


class Command(BaseCommand):
    """Looks at every run, or at one."""

    help = "Check runs, steps, events, claims, gates and cards against each other, and the seals of the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("run", nargs="?", help="id of one run; all runs if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line a finding."""
        only = RunId(options["run"]) if options["run"] else None
        count = 0
        others = chain_findings() if only is None else ()
        for finding in chain(findings(store(), DjangoLibrary(), only), others):
            self.stdout.write(finding)
            count += 1
        if count:
            raise SystemExit(1)
        self.stdout.write("verify: everything agrees")
