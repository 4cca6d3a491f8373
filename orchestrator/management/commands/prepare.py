"""`manage.py prepare`: brings database, static files and examples up to date before anything else starts."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orchestrator.management import statics
from orchestrator.services import first_start, signin
from orchestrator.wiring import engine


class Command(BaseCommand):
    """Prepares one installation; safe to run again at every start."""

    help = "Migrate, collect static files, load the examples, and make a one-time sign-in link for the first admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--url", default="", help="address of the web server, put before the sign-in link")
        parser.add_argument("--output", type=Path, help="write the result to this file instead of standard output")
        parser.add_argument("--no-demo", action="store_true", help="do not load the shipped examples")
        parser.add_argument("--alone", action="store_true", help="no worker runs: give up what dead ones had claimed")
        parser.add_argument("--static-only", action="store_true", help="collect static files and do nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all of it and report as JSON."""
        collected = statics.collect_if_changed()
        if options["static_only"]:
            return
        migrate_if_behind()
        admin = first_start.ensure_admin()
        if options["alone"]:
            engine().expire_all_leases()
        if not options["no_demo"]:
            self.load_examples()
        link = f"{options['url']}/signin/{signin.create_link(admin)}/"
        self.report({"signin": link, "collected": collected}, options["output"])

    def load_examples(self) -> None:
        """Apply the shipped examples."""
        examples = settings.BASE_DIR / "examples"
        if examples.is_dir():
            said = StringIO()
            call_command("apply", str(examples), stdout=said)
            news = [line for line in said.getvalue().splitlines() if not line.endswith(": unchanged")]
            self.stderr.writelines(f"{line}\n" for line in news)

    def report(self, result: dict[str, object], output: Path | None) -> None:
        """Hand the result to whoever asked; a file is for this user only, since the link lets its reader in."""
        text = json.dumps(result)
        if output is None:
            self.stdout.write(text)
            return
        output.touch(mode=0o600)
        output.write_text(text)


def migrate_if_behind() -> None:
    """Migrate, but only when a migration is not applied yet: asking is much quicker than migrating nothing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
