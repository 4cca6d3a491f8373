"""A running Signalbox with letters to sign, a script that decides too, and real browsers signed in to it."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.desk import shell
from tests.running import data_folder, up

CHROMIUM = os.environ.get("SIGNALBOX_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
LETTERS = """
workflow: letters
role: Has a letter signed.
input:
  type: object
  required: [text]
  properties: {text: {type: string, title: Letter}, copies: {type: integer, title: Copies, default: 1}}
steps:
  - {id: draft, gate: {title: Draft, show: {text: input.text}, deadline: {after: 1h, then: reject}}}
  - id: sign
    gate: {title: Sign, show: {text: input.text, copies: input.copies}, edit: [text], approvers: {quorum: 2}}
"""


class Site:
    """A running Signalbox, a script with a token, and browsers that are signed in."""

    def __init__(self, url: str, token: str, browser: Browser, state: Any) -> None:
        self.url, self.token, self.browser, self.state = url, token, browser, state
        self.contexts: list[BrowserContext] = []
        self.faults: list[object] = []

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API as the script."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)

    def letter(self, text: str, to_be_signed: bool = False) -> int:
        """Start a run and return the number of the approval it waits at."""
        run = self.call("POST", "/runs", {"workflow": "letters", "input": {"text": text, "copies": 2}})["id"]
        (gate,) = self.call("GET", f"/approvals?run={run}")["items"]
        if to_be_signed:
            self.decide(gate["id"], verdict="approve")
            (gate,) = self.call("GET", f"/approvals?run={run}")["items"]
        return int(gate["id"])

    def decide(self, gate: int, **body: object) -> None:
        """Decide as the script."""
        self.call("POST", f"/approvals/{gate}/decision", body)

    def status(self, gate: int) -> str:
        """Return the status of an approval."""
        return str(self.call("GET", f"/approvals/{gate}")["status"])

    def open(self, path: str = "/approvals/", **options: object) -> Page:
        """Open a page in a browser of its own; what its scripts or its content policy stumble over fails the test."""
        wide = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
        context = self.browser.new_context(storage_state=self.state, **{**wide, **options})
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(fault))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{self.url}{path}")
        expect(page.locator("[data-live=live]")).to_be_visible()
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        for gate in self.call("GET", "/approvals?status=open&limit=200")["items"]:
            self.call("POST", f"/runs/{gate['run_id']}/cancel")
        faults, self.contexts, self.faults = self.faults, [], []
        assert faults == []


@pytest.fixture(scope="package")
def running() -> Iterator[Site]:
    with data_folder() as data, up(data, "--no-demo") as server, sync_playwright() as play:
        note = server.ready()
        (data / "letters.yaml").write_text(LETTERS)
        shell(data, "apply", str(data / "letters.yaml"))
        token = shell(data, "token", "script", "--role", "operator")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        first = browser.new_page()
        first.goto(str(note["signin"]))
        yield Site(str(note["url"]), token, browser, first.context.storage_state())
        browser.close()


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    yield running
    running.close()
