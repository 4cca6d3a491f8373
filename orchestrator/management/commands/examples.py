"""`manage.py examples`: runs shipped examples to their end, answers their gates by itself, and says how each went."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError, RejectedConflict
from orchestrator.core.status import RUN_ENDED, GateStatus, RunStatus
from orchestrator.files.yaml_text import read_text
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.temporary import Services, services
from orchestrator.models import Gate, Run, User
from orchestrator.queries.runs import run_detail
from orchestrator.services import gates, people, runs
from orchestrator.supervisor.ready import NotReady
from orchestrator.supervisor.valkey import NoServer

GIVE_UP_SECONDS = 300.0
PAUSE_SECONDS = 0.1


class Command(BaseCommand):
    """Runs one example after another."""

    help = "Run shipped examples to their end, gates approved by themselves; exit 1 if any failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="workflows of examples; all if absent")
        parser.add_argument("--all", action="store_true", help="run all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line each."""
        shipped = names()
        wanted = options["names"] or shipped
        unknown = [name for name in wanted if name not in shipped]
        if unknown:
            raise CommandError(f"no example is called '{unknown[0]}'; there are {', '.join(shipped)}")
        migrate_if_behind()
        call_command("apply", str(settings.BASE_DIR / "examples"), stdout=self.stderr)
        me = people.shell_account()
        try:
            with services(self.stderr.write) as working:
                failed = [name for name in wanted if not self.is_good(me, name, working)]
        except (NotReady, NoServer) as error:
            raise CommandError(str(error)) from error
        if failed:
            raise SystemExit(1)

    def is_good(self, me: User, name: str, working: Services) -> bool:
        """Run one example and say how it went."""
        try:
            run = finish(me, runs.start(me, name, {}).run_id, working)
        except (OrchestratorError, TimeoutError) as error:
            self.stdout.write(f"{name}: {error}")
            return False
        is_good = run.status == RunStatus.SUCCEEDED
        self.stdout.write(f"{name}: {run.status}" + ("" if is_good else f": {run.reason}"))
        self.stdout.flush()
        return is_good


def names() -> list[str]:
    """Return the workflows of the shipped examples."""
    files = sorted((settings.BASE_DIR / "examples").glob("*/workflow.yaml"))
    return [str(read_text(file.read_text()).at("workflow").value) for file in files]


def finish(me: User, run_id: str, working: Services) -> Run:
    """Wait for the end of a run, approving what it asks; raises TimeoutError."""
    until = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < until:
        working.ensure()
        run = run_detail(me, run_id)
        if run.status in RUN_ENDED:
            return run
        for gate in Gate.objects.filter(run_id=run_id, status=GateStatus.OPEN):
            approve(me, gate)
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"did not end within {GIVE_UP_SECONDS:g} s")


def approve(me: User, gate: Gate) -> None:
    """Approve what a gate shows; somebody in a browser may have been faster."""
    try:
        gates.decide(me, gate.pk, "approve", comment="answered by manage.py examples")
    except RejectedConflict:
        return
