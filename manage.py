#!/usr/bin/env python3
"""The one command of Signalbox: makes its own environment first, then hands over to the command asked for."""

from __future__ import annotations

import os
import sys

# Commands that run until they are stopped, one per kind of process.
ROLES = ("web", "worker", "timers")


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    from orchestrator.supervisor import bootstrap, usage

    if not arguments or arguments in (["help"], ["--help"], ["-h"]):
        print(usage.text())
        return 0
    command = arguments[0]
    try:
        bootstrap.ensure(development=command == "test")
    except bootstrap.NoEnvironment as problem:
        print(f"signalbox: {problem}", file=sys.stderr)
        return 1
    started = bootstrap.started()
    if command == "up":
        from orchestrator.supervisor import up

        return up.main(arguments[1:], started)
    if command == "test":
        from orchestrator.supervisor import testing

        return testing.main(arguments[1:])
    return run_django(arguments)


def run_django(arguments: list[str]) -> int:
    """Run a management command; a setting that makes no sense is answered with words, not with a traceback."""
    from orchestrator.supervisor import leash

    leash.watch_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
    os.environ["SIGNALBOX_ROLE"] = arguments[0] if arguments and arguments[0] in ROLES else "shell"
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["manage.py", *arguments])
    except ImproperlyConfigured as problem:
        print(f"signalbox: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
