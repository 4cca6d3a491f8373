"""A running Signalbox with small boards, and real browsers signed in to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect, sync_playwright

from tests.running import PROJECT, data_folder, environ, up

CHROMIUM = os.environ.get("SIGNALBOX_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
WORKFLOW = """
workflow: nap
input:
  type: object
  required: [minutes]
  properties: {minutes: {type: integer, minimum: 1, default: 5}, note: {type: string, default: soft}}
steps:
  - {id: sign_off, gate: {title: Sign off, show: {note: input.note, minutes: input.minutes}, edit: [note]}}
"""
BOARD = """
board: naps
title: Naps
columns:
  - {name: Ideas, policy: manual}
  - {name: Ready, policy: manual}
  - {name: In progress, policy: {workflow: nap}}
  - {name: Review, policy: gate}
  - {name: Done, policy: done}
  - {name: Stopped, policy: failed}
"""
HERD = """
board: herd
title: Herd
columns:
  - {name: Ideas, policy: manual}
  - {name: In progress, policy: {workflow: nap}, limit: 1}
  - {name: Done, policy: done}
"""
PULLED = """
board: pulled
title: Pulled
columns:
  - {name: Ideas, policy: manual}
  - {name: Ready, policy: manual}
  - name: Napping
    policy: {workflow: nap, pull: Ready, with: {minutes: "5", note: card.guidance}}
    limit: 1
  - {name: Done, policy: done}
  - {name: Stopped, policy: failed}
"""


class Site:
    """A running Signalbox and browsers that are signed in to it."""

    def __init__(self, url: str, browser: Browser, state: dict, data: Path) -> None:
        self.url, self.browser, self.state, self.data = url, browser, state, data
        self.contexts: list[BrowserContext] = []

    def open(self, board: str = "naps", **options: object) -> Page:
        """Open a board in a browser of its own; anything its scripts stumble over fails the test."""
        wide = {"viewport": {"width": 1440, "height": 2000}, "reduced_motion": "reduce"}
        context = self.browser.new_context(storage_state=self.state, **{**wide, **options})
        self.contexts.append(context)
        page = context.new_page()
        page.faults, page.deaf = [], False
        page.route_web_socket(re.compile("/ws/live"), lambda wire: between(page, wire))
        page.on("pageerror", lambda fault: page.faults.append(fault))
        page.goto(f"{self.url}/boards/{board}/")
        expect(page.locator("[data-live=live]")).to_be_visible()
        return page

    def close(self) -> None:
        faults = [fault for context in self.contexts for page in context.pages for fault in getattr(page, "faults", [])]
        for context in self.contexts:
            context.close()
        self.contexts = []
        assert faults == []


def between(page: Page, wire: WebSocketRoute) -> None:
    """Stand between a page and the server: a page that is made deaf hears nothing of what the server sends."""
    server = wire.connect_to_server()
    server.on_message(lambda message: None if page.deaf else wire.send(message))


@pytest.fixture(scope="package")
def running() -> Iterator[Site]:
    with data_folder() as data, up(data, "--no-demo") as server, sync_playwright() as play:
        note = server.ready()
        for name, text in {"nap": WORKFLOW, "naps": BOARD, "herd": HERD, "pulled": PULLED}.items():
            (data / f"{name}.yaml").write_text(text)
        files = [str(data / f"{name}.yaml") for name in ("nap", "naps", "herd", "pulled")]
        command, there = (
            [sys.executable, "manage.py", "apply", *files, "examples/kanban"],
            environ(SIGNALBOX_DATA=str(data)),
        )
        done = subprocess.run(command, cwd=PROJECT, env=there, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        first = browser.new_page()
        first.goto(str(note["signin"]))
        yield Site(str(note["url"]), browser, first.context.storage_state(), data)
        browser.close()


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    yield running
    running.close()
