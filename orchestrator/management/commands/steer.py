"""`manage.py steer`: pauses, resumes, cancels and forks runs, retries and skips steps, as the page and the API do."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.core.errors import OrchestratorError
from orchestrator.management.commands.run import read_input
from orchestrator.management.quiet import hush_hints
from orchestrator.models import Run, User
from orchestrator.queries.runs import run_detail
from orchestrator.services import forks, people, runs

Act = Callable[[User, str, dict[str, Any]], Run]
ACTS: dict[str, Act] = {
    "pause": lambda user, run, given: runs.pause(user, run),
    "resume": lambda user, run, given: runs.resume(user, run),
    "cancel": lambda user, run, given: runs.cancel(user, run, given["reason"]),
    "retry": lambda user, run, given: runs.retry(user, run, given["step"]),
    "skip": lambda user, run, given: runs.skip(user, run, given["step"], given["reason"]),
    "fork": lambda user, run, given: _forked(user, run, given),
}
"""What can be done to a run, in the words of the API."""


def _forked(user: User, run: str, given: dict[str, Any]) -> Run:
    wanted = None if given["input"] is None else read_input(given["input"])
    started = forks.fork(user, run, given["at"], given["step"], wanted, given["key"])
    return run_detail(user, started.run_id)


class Command(BaseCommand):
    """Tells one run something."""

    help = "Steer a run: pause, resume, cancel, retry what failed, skip a step, fork it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("run", help="id of the run")
        parser.add_argument("act", choices=tuple(ACTS))
        parser.add_argument(
            "--step", default="", metavar="PATH", help="of retry (without it: all that failed), skip and fork"
        )
        parser.add_argument("--at", type=int, metavar="N", help="of fork: go on from after this event")
        parser.add_argument("--input", metavar="JSON", help="of fork: for the step, or for a fresh start without one")
        parser.add_argument("--key", help="of fork: the same key again answers with the run it made before")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why, for cancel and skip")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        if options["act"] == "skip" and not options["step"]:
            raise CommandError("--step: name the step to skip, by its path")
        hush_hints()
        try:
            run = ACTS[options["act"]](people.shell_account(), options["run"], options)
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        after = f", forked from run {run.forked_of} after event {run.forked_n}" if options["act"] == "fork" else ""
        self.stdout.write(f"run {run.id}: {'paused' if run.paused else run.status}{after}")
