"""A web process of its own on this test's database, with doors of its own: `python -m tests.api.web DATABASE WHERE`.

It takes a request as one line of JSON, `[path, token, body]`, and prints `[status, body]`. WHERE is `nowhere`, or the
point at which it kills itself: `left` (the doors know how work ended, its run does not) or `admitted` (work has passed
the doors, and whoever asked for it does not know).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

from orchestrator import settings

PROMPT = "ready\n"


def main(database: str, where: str) -> None:
    """Answer requests until the input ends."""
    settings.DATABASES["default"]["NAME"] = database
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()
    from django.test import Client  # these need Django's models

    from orchestrator.services import reports, work

    def die(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if where == "left":
        reports.engine = die
    elif where == "admitted":
        work.NoteStart = die  # type: ignore[assignment,misc]  # it never returns
    print(PROMPT, end="", flush=True)
    for line in sys.stdin:
        path, token, body = json.loads(line)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = Client().post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
        print(json.dumps([answer.status_code, answer.content.decode()]), flush=True)


class Web:
    """Such a process, seen from a test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it listens."""
        self._process = process
        assert process.stdout is not None
        assert process.stdout.readline() == PROMPT

    def post(self, path: str, token: str, body: object) -> tuple[int, Any]:
        """Send a request; the status is 0 where it died of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([path, token, body]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            assert self._process.wait(30) == -signal.SIGKILL
            return 0, None
        status, text = json.loads(line)
        return status, json.loads(text) if text else None


@contextmanager
def another(where: str = "nowhere") -> Iterator[Web]:
    """Start such a process."""
    from django.conf import settings as here
    from django.db import connection

    from tests.running import PROJECT, environ

    name = str(connection.settings_dict["NAME"])
    url = os.environ["SIGNALBOX_TEST_POSTGRES"] if connection.vendor == "postgresql" else ""
    there = environ(
        SIGNALBOX_DATA=str(here.DATA), DATABASE_URL=url, DJANGO_SETTINGS_MODULE="orchestrator.settings",
        REDIS_URL=here.REDIS,
    )  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "tests.api.web", name, where], cwd=PROJECT, env=there, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield Web(process)
        finally:
            process.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
