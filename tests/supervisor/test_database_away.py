"""What a web process answers while its database can't be reached."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import unescape

import pytest

from orchestrator.supervisor import ready
from tests.conftest import poll
from tests.running import PROJECT, environ
from tests.supervisor.test_roles import free_port

SECRET = "a secret that only this test knows, long enough"
COOKIE = f"signalbox_session_{hashlib.sha256(f'cookie name {SECRET}'.encode()).hexdigest()[:8]}"


@pytest.fixture(scope="module")
def address(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a web process whose PostgreSQL is not there."""
    port, tmp_path = free_port(), tmp_path_factory.mktemp("away")
    nowhere = f"postgresql:///nothing?host={tmp_path}"
    environment = environ(
        DATABASE_URL=nowhere, REDIS_URL=redis_url, SIGNALBOX_DATA=str(tmp_path / "data"), SIGNALBOX_SECRET_KEY=SECRET
    )
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=PROJECT, env=environment, check=True)
    line = [sys.executable, "manage.py", "web", "--port", str(port)]
    process = subprocess.Popen(line, cwd=PROJECT, env=environment)
    poll(lambda: ready.responds("127.0.0.1", port, "/healthz"), "the web process answers", 30)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


def ask(url: str, **headers: str) -> tuple[int, str]:
    """Ask for an address; return the status and what it says."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_the_api_says_in_words_that_the_same_can_be_sent_again(address: str) -> None:
    status, text = ask(f"{address}/api/v1/runs", Authorization="Bearer sbx_whatever")
    assert status == 503
    assert json.loads(text)["detail"] == "The database can't be reached just now; send the same again."


def test_a_page_says_the_same(address: str) -> None:
    status, text = ask(f"{address}/runs/", Cookie=f"{COOKIE}=abcdefghijklmnopqrstuvwxyz012345")
    assert status == 503
    assert "The database can't be reached just now; send the same again." in unescape(text)
    assert "looks again by itself" in text
    assert ask(f"{address}/signin/")[0] == 200


def test_it_is_alive_but_not_ready_and_has_nothing_to_count(address: str) -> None:
    assert ask(f"{address}/healthz") == (200, "ok\n")
    status, text = ask(f"{address}/readyz")
    parts = {"status": "not ready", "database": "does not answer", "broker": "ok", "workers": "unknown"}
    assert (status, json.loads(text)) == (503, parts)
    status, text = ask(f"{address}/metrics", Authorization="Bearer sbx_whatever")
    assert (status, json.loads(text)["detail"]) == (503, "The database does not answer, so there is nothing to count.")
