"""`up` on a data folder: readiness, sign-in, refusals, and children that are brought back."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import poll
from tests.running import PROJECT, Running, environ


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Message
    text: str


def get(address: str, **headers: str) -> Answer:
    """Ask for a page without following redirects."""
    parts = urlsplit(address)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as connection:
        connection.request("GET", parts.path or "/", headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())


def test_the_note_says_where_it_runs_and_who_it_is(running: Running) -> None:
    note = running.ready()
    assert note["pid"] == running.process.pid
    assert str(note["signin"]).startswith(str(note["url"]) + "/signin/")
    assert urlsplit(str(note["url"])).port != 8000
    assert float(str(note["ready_seconds"])) > 0
    assert running.note.stat().st_mode & 0o077 == 0, "the link lets its reader in, so only the owner may read it"


def test_no_page_is_shown_without_signing_in(running: Running) -> None:
    answer = get(str(running.ready()["url"]))
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/signin/")


def test_the_link_signs_in_once(running: Running) -> None:
    """U4."""
    note = running.ready()
    first = get(str(note["signin"]))
    cookies = "; ".join(value.split(";")[0] for value in first.headers.get_all("Set-Cookie", []))
    assert first.status == 302
    assert get(str(note["url"]), Cookie=cookies).status == 200
    second = get(str(note["signin"]))
    assert second.status == 410
    assert "manage.py signin" in second.text


def test_another_link_can_be_had_from_the_shell(running: Running) -> None:
    made = subprocess.run(
        [sys.executable, "manage.py", "signin"],
        cwd=PROJECT,
        env=environ(SIGNALBOX_DATA=str(running.data)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout.startswith(str(running.ready()["url"]))
    assert get(made.stdout.strip()).status == 302


def test_a_page_asked_for_under_a_foreign_name_is_refused(running: Running) -> None:
    """S26: a name that someone else points at this machine."""
    assert get(str(running.ready()["url"]), Host="elsewhere.example").status == 400


def test_a_second_up_on_the_same_folder_names_the_first(running: Running) -> None:
    second = Running(running.data)
    assert f"process {running.process.pid} runs on {running.data} already" in second.output()
    assert second.process.returncode == 1
    assert running.note.exists()


def test_a_taken_port_is_refused_with_the_way_out(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = Running(data, "--port", str(taken.getsockname()[1]))
        assert "--port 0 picks a free port" in refused.output()
    assert refused.process.returncode == 1


def test_no_setting_that_makes_no_sense_is_started_with(data: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", "0", "--data", str(data)],
        cwd=PROJECT,
        env=environ(SIGNALBOX_SLOTS_QUICK="many"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1
    assert "SIGNALBOX_SLOTS_QUICK is 'many', but it must be a whole number" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", ["worker", "web", "timers", "valkey"])
def test_a_child_that_is_killed_is_brought_back(running: Running, name: str) -> None:
    """R5."""
    before = running.child(name)
    os.kill(before, signal.SIGKILL)
    poll(lambda: running.child_or_none(name) not in (None, before), f"a new {name} runs", 20)
    poll(lambda: get(str(running.ready()["url"])).status == 302, "pages are served", 20)


def test_the_port_stays_the_same_when_web_is_brought_back(running: Running) -> None:
    url = running.ready()["url"]
    os.kill(running.child("web"), signal.SIGKILL)
    # The listening socket is the supervisor's: the request waits there for the next web process.
    assert get(str(url)).status == 302


def test_what_other_programs_read_is_one_whole_json(running: Running) -> None:
    assert set(json.loads(running.note.read_text())) >= {"url", "signin", "pid", "ready_seconds"}
