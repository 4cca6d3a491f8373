"""`manage.py doctor`: says what is worth mending with agents and workflows, and how ready each workflow is."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from orchestrator.core import codec
from orchestrator.core.doctor.finding import Finding
from orchestrator.core.doctor.readiness import Point, State
from orchestrator.core.outcomes import Json
from orchestrator.management.commands.prepare import migrate_if_behind
from orchestrator.queries.doctor import examined
from orchestrator.services import people

MARKS = {State.READY: "✓", State.LACKING: "✗", State.UNKNOWN: "–"}


class Command(BaseCommand):
    """Examines everything that is loaded."""

    help = "Say what is worth mending with agents and workflows, and how ready each workflow is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="only these agents and workflows")
        parser.add_argument("--json", action="store_true", help="print it as JSON")
        parser.add_argument("--strict", action="store_true", help="exit 1 if there is any finding or lacking point")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and say what was found."""
        migrate_if_behind()
        found, reports = examined(people.shell_account(), measured=True)
        wanted = set(options["names"])
        found = tuple(one for one in found if not wanted or one.name in wanted)
        reports = {name: points for name, points in reports.items() if not wanted or name in wanted}
        if options["json"]:
            self.stdout.write(codec.dumps(as_json(found, reports)))
        else:
            self.say(found, reports)
        lacking = any(one.state == State.LACKING for points in reports.values() for one in points)
        if options["strict"] and (found or lacking):
            raise SystemExit(1)

    def say(self, found: tuple[Finding, ...], reports: dict[str, tuple[Point, ...]]) -> None:
        """Print it."""
        for one in found:
            self.stdout.write(str(one))
            self.stdout.write(f"    {one.why} [{one.check}]")
        for name, points in reports.items():
            self.stdout.write(
                f"workflow {name}: {sum(one.state == State.READY for one in points)} of {len(points)} ready"
            )
            for point in points:
                remedy = f"; {point.remedy}" if point.remedy else ""
                self.stdout.write(f"  {MARKS[point.state]} {point.name}: {point.words}{remedy}")
        self.stdout.write(f"{len(found)} finding{'s'[: len(found) != 1]}")


def as_json(found: tuple[Finding, ...], reports: dict[str, tuple[Point, ...]]) -> Json:
    """Return what programs read."""
    return {
        "findings": [codec.plain(one) for one in found],
        "readiness": {name: [codec.plain(one) for one in points] for name, points in reports.items()},
    }
