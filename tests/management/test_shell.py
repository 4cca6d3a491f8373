"""Commands in a shell, as operators and scripts use them: real processes on a data folder of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import poll
from tests.running import PROJECT, data_folder, environ, processes_of, up

LETTERS = """
workflow: letters
input: {type: object, required: [text], properties: {text: {type: string}}}
steps:
  - id: sign
    gate: {title: Sign the letter, show: {text: input.text}, edit: [text]}
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with data_folder() as folder:
        (folder / "letters.yaml").write_text(LETTERS)
        yield folder


def start(data: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=environ(SIGNALBOX_DATA=str(data)), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def manage(data: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command to its end; return its exit code and what it wrote to each stream."""
    process = start(data, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def follow(process: subprocess.Popen[str], words: str) -> str:
    """Read what a command says until it says this, and return that line."""
    assert process.stderr
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"it ended without saying {words!r}")


def test_a_run_is_followed_to_its_gate_and_answered_from_another_shell(data: Path) -> None:
    """H1: with workers of its own, gone afterwards."""
    assert manage(data, "apply", str(data / "letters.yaml"))[0] == 0
    process = start(data, "run", "letters", "--input", '{"text": "Dear all"}', "--wait", "--json")
    number = follow(process, "answer with").partition("decide ")[2].split()[0]
    code, _, err = manage(data, "decide", number, "approve", "--edits", '{"txt": "x"}')
    assert (code, "edits.txt" in err) == (1, True)
    assert manage(data, "decide", number, "approve", "--edits", '{"text": "Dear you"}')[0] == 0
    out, _ = process.communicate(timeout=30)
    run = json.loads(out)
    assert (process.returncode, run["status"], run["output"]) == (0, "succeeded", {"text": "Dear you"})
    assert run["cost_usd"] is None
    poll(lambda: not processes_of(data), "nothing is left", 5)
    assert manage(data, "verify")[0] == 0


def test_a_rejected_run_ends_with_one_and_its_reason(data: Path) -> None:
    manage(data, "apply", str(data / "letters.yaml"))
    process = start(data, "run", "letters", "--input", '{"text": "Dear all"}', "--wait")
    number = follow(process, "answer with").partition("decide ")[2].split()[0]
    assert manage(data, "decide", number, "reject", "--comment", "too short")[0] == 0
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "too short" in out


def test_an_interrupted_wait_ends_at_once_and_leaves_no_process_but_the_run(data: Path) -> None:
    manage(data, "apply", str(data / "letters.yaml"))
    process = start(data, "run", "letters", "--input", '{"text": "Dear all"}', "--wait")
    follow(process, "answer with")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 9
    assert process.returncode == 130
    assert "goes on" in err
    poll(lambda: not processes_of(data), "nothing is left", 5)


def test_a_killed_wait_leaves_no_process(data: Path) -> None:
    manage(data, "apply", str(data / "letters.yaml"))
    process = start(data, "run", "letters", "--input", '{"text": "Dear all"}', "--wait")
    follow(process, "answer with")
    assert processes_of(data)
    process.kill()
    process.communicate(timeout=10)
    poll(lambda: not processes_of(data), "nothing is left", 5)


def test_what_does_not_fit_is_said_by_name_and_starts_nothing(data: Path) -> None:
    """R1."""
    manage(data, "apply", str(data / "letters.yaml"))
    for given, words in (('{"text": 5}', "input.text"), ("{oops", "--input"), ("{}", "input.text")):
        code, out, err = manage(data, "run", "letters", "--input", given, "--wait")
        assert (code, out) == (1, "")
        assert words in err
    code, _, err = manage(data, "run", "lettres")
    assert (code, "letters" in err) == (1, True)


def test_a_broken_file_is_refused_with_file_and_line(data: Path) -> None:
    broken = data / "broken.yaml"
    broken.write_text(LETTERS.replace("input.text", "input.txt"))
    code, out, err = manage(data, "apply", "--check", str(broken))
    assert (code, out) == (1, "")
    assert f"{broken}:6: " in err


def test_a_token_is_printed_alone_and_once(data: Path) -> None:
    """U4."""
    code, out, _ = manage(data, "token", "ci", "--role", "operator")
    assert code == 0
    assert out.strip().startswith("sbx_")
    assert len(out.split()) == 1
    assert manage(data, "token", "ci", "--role", "viewer")[1] != out
    assert manage(data, "token", "admin", "--role", "viewer")[0] == 1
    assert manage(data, "token", "ci")[0] != 0
    code, _, wrong = manage(data, "token", "ci", "--role", "viewer", "--days", "0")
    assert (code, "cannot last that long" in wrong) == (1, True)


def call(url: str, token: str = "", body: object = None) -> tuple[int, dict[str, Any]]:
    """Make an HTTP request; return its status and what came back."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_script_works_with_a_live_server_by_http(data: Path) -> None:
    """U4, H2: a token, a run, its approval, its end."""
    with up(data, "--no-demo") as running:
        url = str(running.ready()["url"])
        assert call(f"{url}/readyz") == (200, {"status": "ready", "database": "ok", "broker": "ok", "workers": "ok"})
        manage(data, "apply", str(data / "letters.yaml"))
        token = manage(data, "token", "ci", "--role", "operator")[1].strip()
        assert call(f"{url}/api/v1/runs")[0] == 401
        status, run = call(f"{url}/api/v1/runs", token, {"workflow": "letters", "input": {"text": "x"}})
        assert (status, run["status"]) == (201, "waiting")
        _, waiting = call(f"{url}/api/v1/approvals", token)
        (approval,) = waiting["items"]
        decision = {"verdict": "approve", "digest": approval["digest"], "edits": {"text": "y"}}
        assert call(f"{url}/api/v1/approvals/{approval['id']}/decision", token, decision)[0] == 200
        _, run = call(f"{url}/api/v1/runs/{run['id']}", token)
        assert (run["status"], run["output"]) == ("succeeded", {"text": "y"})


def test_a_run_uses_the_workers_of_a_live_up(data: Path) -> None:
    with up(data, "--no-demo") as running:
        running.ready()
        manage(data, "apply", str(data / "letters.yaml"))
        before = set(processes_of(data))
        code, out, _ = manage(data, "run", "letters", "--input", '{"text": "x"}', "--json")
        assert (code, json.loads(out)["status"]) == (0, "waiting")
        process = start(data, "run", "letters", "--input", '{"text": "y"}', "--wait")
        line = follow(process, "in the inbox")
        assert str(running.described()["url"]) in line
        assert set(processes_of(data)) - before == {process.pid}
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        assert running.process.poll() is None
