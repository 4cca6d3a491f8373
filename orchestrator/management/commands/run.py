"""`manage.py run`: starts a run from the shell and, with --wait, follows it to its end."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from orchestrator.core import codec
from orchestrator.core.errors import OrchestratorError
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.management.following import follow
from orchestrator.management.quiet import hush_hints
from orchestrator.management.temporary import described, is_up, services
from orchestrator.models import Run, User, WorkflowVersion
from orchestrator.queries.runs import run_detail, step_counts, value_of
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import people, runs
from orchestrator.supervisor.ready import NotReady
from orchestrator.supervisor.valkey import NoServer

INTERRUPTED = 130


class Command(BaseCommand):
    """Starts one run."""

    help = "Start a run of WORKFLOW; with --wait follow it and exit with 0 only if it succeeded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("workflow", help="name of the workflow")
        parser.add_argument("--input", default="{}", metavar="JSON", help="what the run is given")
        parser.add_argument("--key", help="the same key again answers with the run it started before")
        parser.add_argument("--title", help="what the run is called in lists")
        parser.add_argument("--priority", type=int, default=runs.USUAL_PRIORITY, help="1, the most urgent, to 5")
        parser.add_argument("--wait", action="store_true", help="follow the run to its end")
        parser.add_argument("--json", action="store_true", help="print the run as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start it, and follow it if asked to."""
        self.as_json: bool = options["json"]
        migrate_if_behind()
        hush_hints()
        self.load_examples_once(options["workflow"])
        me = people.shell_account()
        try:
            self.run_it(me, options)
        except OrchestratorError as error:
            raise CommandError("\n".join([error.detail, *(f"  {problem}" for problem in error.problems)])) from error
        except (NotReady, NoServer) as error:
            raise CommandError(str(error)) from error

    def run_it(self, me: User, options: dict[str, Any]) -> None:
        """Start the run; whoever is to work on it is there before, so that no time is lost."""
        given = read_input(options["input"])
        if not options["wait"]:
            self.report(me, self.start(me, given, options))
            return
        runs.fitting_input(workflow_detail(me, options["workflow"]), given)  # before anything is started for it
        with services(self.say) as working:
            working.ensure()
            started = self.start(me, given, options)
            try:
                run = follow(me, started.id, self.say, working.ensure)
            except KeyboardInterrupt:
                self.say(f"run {started.id} goes on when workers are there; `manage.py up` starts them")
                raise SystemExit(INTERRUPTED) from None
            self.report(me, run)
        if run.status != RunStatus.SUCCEEDED:
            raise SystemExit(1)

    def start(self, me: User, given: Json, options: dict[str, Any]) -> Run:
        """Start the run."""
        started = runs.start(
            me, options["workflow"], given, key=options["key"], title=options["title"], priority=options["priority"]
        )
        return run_detail(me, started.run_id)

    def report(self, me: User, run: Run) -> None:
        """Print the run as it is now."""
        if self.as_json:
            self.stdout.write(codec.dumps(as_json(me, run)))
        elif run.ended_at is not None:
            self.stdout.write(codec.dumps(value_of(run)) if run.status == RunStatus.SUCCEEDED else run.reason)
        else:
            self.stdout.write(run.id)
            url = described(settings.PLACES.up).get("url") if is_up(settings.PLACES) else None
            self.say(f"see {url}/runs/{run.id}/" if url else "no worker is live here; `manage.py up` takes it up")

    def say(self, line: str) -> None:
        """Tell the operator what happens, beside what programs read."""
        self.stderr.write(f"{time.strftime('%H:%M:%S')} {line}", style_func=str)
        self.stderr.flush()

    def load_examples_once(self, workflow: str) -> None:
        """Load the shipped examples where nothing has been loaded yet, as `up` would have done."""
        examples = settings.BASE_DIR / "examples"
        if examples.is_dir() and not WorkflowVersion.objects.exists():
            call_command("apply", str(examples), stdout=self.stderr)


def read_input(text: str) -> Json:
    """Read the input from the command line."""
    try:
        return codec.loads(text)
    except codec.NotJson as error:
        raise CommandError(f"--input: {error}") from error


def as_json(me: User, run: Run) -> Json:
    """Return what programs read of a run."""
    return {
        "id": run.id, "workflow": run.workflow, "version": run.version, "status": run.status, "reason": run.reason,
        "input": run.input, "output": value_of(run), "steps": dict(step_counts(me, run.id)), "cost_usd": run.cost_usd,
        "tokens": run.tokens, "correlation_id": run.correlation_id, "events": run.n,
    }  # fmt: skip
