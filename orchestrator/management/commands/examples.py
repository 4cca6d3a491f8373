"""`manage.py examples`: runs shipped examples to their end, answers their gates by itself, and says how each went."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError, RejectedConflict
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.files.yaml_text import read_text
from orchestrator.management.answers import edits_for
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.temporary import Services, services
from orchestrator.models import Card, Gate, Policy, Run, User
from orchestrator.queries.families import open_gates_of
from orchestrator.queries.patterns import PULLED
from orchestrator.services import gallery, gates, people, runs
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
        me, began = people.shell_account(), time.monotonic()
        try:
            with services(self.stderr.write) as working:
                failed = [name for name in wanted if not self.is_good(me, name, working)]
        except (NotReady, NoServer) as error:
            raise CommandError(str(error)) from error
        good = len(wanted) - len(failed)
        self.stderr.write(f"{good} of {len(wanted)} succeeded in {time.monotonic() - began:.1f} s")
        if failed:
            raise SystemExit(1)

    def is_good(self, me: User, name: str, working: Services) -> bool:
        """Run one example and say how it went."""
        try:
            wrong = work_card(me, name, working) if name == PULLED else work_run(me, name, working)
        except (OrchestratorError, TimeoutError) as error:
            self.stdout.write(f"{name}: {error}")
            return False
        self.stdout.write(f"{name}: {wrong or RunStatus.SUCCEEDED}")
        self.stdout.flush()
        return not wrong


def names() -> list[str]:
    """Return the workflows of the shipped examples, one of each folder, and the board that agents pull from."""
    files = sorted((settings.BASE_DIR / "examples").glob("*/workflow.yaml"))
    return [*(str(read_text(file.read_text()).at("workflow").value) for file in files), PULLED]


def work_run(me: User, name: str, working: Services) -> str:
    """Run a workflow to its end; return why it did not succeed, or nothing."""
    run = finish(me, partial(Run.objects.get, pk=runs.start(me, name, {}).run_id), working)
    return "" if run.status == RunStatus.SUCCEEDED else f"{run.status}: {run.reason}"


def work_card(me: User, name: str, working: Services) -> str:
    """Put a card on a board and wait until an agent has pulled it and it is done; return why it is not, or nothing."""
    card = gallery.put_card(me, name)
    run = finish(me, lambda: Run.objects.filter(card_id=card.pk).order_by("-id").first(), working)
    if run.status != RunStatus.SUCCEEDED:
        return f"{run.status}: {run.reason}"
    done = Card.objects.filter(pk=card.pk, column__policy=Policy.DONE)
    waited(done.exists, working, "its card is not where finished ones go")
    return ""


def finish(me: User, look: Callable[[], Run | None], working: Services) -> Run:
    """Wait for a run, which may have yet to start, and for its end, approving what it asks; raises TimeoutError."""
    found: list[Run] = []

    def is_over() -> bool:
        found[:] = [run] if (run := look()) is not None else []
        if found and found[0].status not in RUN_ENDED:
            for gate in open_gates_of([found[0].id]).get(found[0].id, ()):
                approve(me, gate)
        return bool(found) and found[0].status in RUN_ENDED

    waited(is_over, working, "did not end")
    return found[0]


def waited(is_so: Callable[[], bool], working: Services, words: str) -> None:
    """Wait until something is so, keeping those alive who work; raises TimeoutError."""
    until = time.monotonic() + GIVE_UP_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"{words} within {GIVE_UP_SECONDS:g} s")
        working.ensure()
        time.sleep(PAUSE_SECONDS)


def approve(me: User, gate: Gate) -> None:
    """Approve what a gate shows; somebody in a browser may have been faster."""
    try:
        gates.decide(me, gate.pk, "approve", edits_for(gate), comment="answered by manage.py examples")
    except RejectedConflict:
        return
