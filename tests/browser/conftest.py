"""One Signalbox with its examples for the whole folder, and three people before it: admin, operator and viewer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.desk import Desk, shell
from tests.running import data_folder, up

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
LIBRARY = "tests/browser/library"
PATIENCE = 20_000
"""Milliseconds; a busy machine is no fault of a page."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start a browser without a window; without one these tests are skipped, by name."""
    program = os.environ.get("SIGNALBOX_TEST_CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.skip("there is no Chromium; SIGNALBOX_TEST_CHROMIUM names one")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def installation(chromium: Browser) -> Iterator[Desk]:
    """Run `up` and make the accounts, each by the command an administrator would use."""
    with data_folder() as data, up(data) as server:
        note = server.ready()
        desk = Desk(str(note["url"]), data, chromium, lambda: server.log("web"))
        desk.sign_in("admin", str(note["signin"]))
        with ThreadPoolExecutor(2) as hands:
            applied = hands.submit(shell, data, "apply", LIBRARY)
            for who in ("operator", "viewer"):
                desk.tokens[who] = shell(data, "token", who, "--role", who)
                desk.sign_in(who, shell(data, "signin", who))
            applied.result()
        yield desk
        for name in ("web", "worker", "timers"):
            assert "Traceback" not in server.log(name), server.log(name)


@pytest.fixture
def desk(installation: Desk) -> Iterator[Desk]:
    """Give the installation to one test; its browsers are closed after it."""
    yield installation
    installation.close()
