"""`manage.py test`: brings up what the tests need and runs them, in processes that do not disturb each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import FrameType

from orchestrator.supervisor.places import PROJECT
from orchestrator.supervisor.testing_services import Services

# A browser driven from a test and an event loop of another test cannot share a process; chaos needs quiet.
APART = (
    ("tests/supervisor", "tests/management", "tests/docs"),
    ("tests/browser",),
    ("tests/journeys",),
    ("tests/chaos",),
)
# What touches the database by hand-written SQL runs on both databases.
BOTH_DATABASES = ("tests/store", "tests/engine", "tests/contracts")
# These wait for real processes and for what a person would see, on a busy machine perhaps too long: what failed is
# tried once more, alone, and said to be unsteady if it then passes. All else has one chance: a race that shows once in
# ten times is a fault.
SECOND_CHANCE = APART[:3]
FAILED, NOTHING_COLLECTED = 1, 5


def main(arguments: list[str]) -> int:
    """Run all tests, or what the arguments ask pytest for, and return the exit code."""
    signal.signal(signal.SIGTERM, interrupt)
    # Whoever was started in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    services = Services()
    strict = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    try:
        services.start()
        for words in services.missing:
            say(f"{'missing' if strict else 'skipping what needs it'}: {words}")
        if strict and services.missing:
            return 1
        environ = os.environ | services.environ | ({"SIGNALBOX_TEST_REQUIRE_ALL": "1"} if strict else {})
        return run_all([arguments] if arguments else suites(), environ)
    except KeyboardInterrupt:
        return 130
    finally:
        services.stop()


def interrupt(number: int, frame: FrameType | None) -> None:
    """Treat a polite request to stop like Ctrl-C, so that the services are stopped too."""
    raise KeyboardInterrupt


def suites() -> list[list[str]]:
    """List the pytest runs that together are all tests."""
    together = [f"--ignore={folder}" for group in APART for folder in group]
    both = [folder for folder in BOTH_DATABASES if exists(folder)]
    twice = [[*both, "--database", "postgres"]] if both else []
    return [
        ["tests", *together],
        *twice,
        *(there for group in APART if (there := [folder for folder in group if exists(folder)])),
    ]


def exists(folder: str) -> bool:
    """Tell whether a folder holds tests."""
    return any((PROJECT / folder).rglob("test_*.py"))


def run_all(runs: list[list[str]], environ: dict[str, str]) -> int:
    """Run pytest once per list of arguments, all of them even if one fails, and sum up."""
    results: list[tuple[str, str, int, float]] = []
    for arguments in runs:
        started = time.monotonic()
        code = run(arguments, environ)
        word = "passed"
        if code == FAILED and tuple(arguments) in SECOND_CHANCE:
            code = run([*arguments, "--last-failed"], environ)
            word = "UNSTEADY: some passed only the second time,"
        code = 0 if code == NOTHING_COLLECTED and len(runs) > 1 else code
        results.append((" ".join(arguments), word if code == 0 else "FAILED", code, time.monotonic() - started))
    for name, word, _, seconds in results:
        say(f"{word} in {seconds:.0f} s: pytest {name}")
    return max(code for _, _, code, _ in results)


def run(arguments: list[str], environ: dict[str, str]) -> int:
    """Run pytest in a process of its own and return its exit code."""
    say(f"pytest {' '.join(arguments)}")
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=PROJECT, env=environ).returncode


def say(text: str) -> None:
    """Tell what happens."""
    print(f"signalbox: {text}", file=sys.stderr, flush=True)
