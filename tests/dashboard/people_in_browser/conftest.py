"""A running Signalbox whose invoices are checked by a person, on a board, and a browser signed in to it."""

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
OUTPUT = """
output:
  type: object
  required: [verdict]
  properties:
    verdict: {enum: [pay, refuse], title: Verdict}
    note: {type: string, title: Note, description: Why.}
    sure: {type: boolean, title: Sure}
"""
FILES = {
    "clerk": f"""
agent: clerk
role: Decides whether an invoice is paid.
runtime: human
instructions: Compare it with the order. Refuse what was not ordered.
settings: {{title: Check the invoice, deadline: 4h}}
{OUTPUT}""",
    "payer": f"""
agent: payer
role: Decides on small invoices.
runtime: scripted
settings: {{outcomes: [{{ok: {{verdict: pay, note: small enough}}}}]}}
{OUTPUT}""",
    "invoices": """
workflow: invoices
role: Has an invoice checked.
input:
  type: object
  required: [supplier]
  properties: {supplier: {type: string, title: Supplier}, amount: {type: number, title: Amount, default: 120}}
steps:
  - {id: check, agent: clerk}
output: steps.check.output
""",
    "payments": """
workflow: payments
role: Pays what may be paid without asking.
input: {type: object, properties: {amount: {type: number, default: 120}}}
steps:
  - id: pay
    agent: payer
    with: {amount: input.amount}
    autonomy: {act_when: input.amount < 100}
output: steps.pay.output
""",
    "board": """
board: invoices
title: Invoices
columns:
  - {name: Inbox, policy: manual}
  - {name: In progress, policy: {workflow: invoices}}
  - {name: Waiting, policy: gate}
  - {name: Done, policy: done}
  - {name: Stopped, policy: failed}
""",
}


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

    def start(self, workflow: str, **input: object) -> str:
        """Start a run; return its id."""
        return str(self.call("POST", "/runs", {"workflow": workflow, "input": input})["id"])

    def form(self, run: str) -> int:
        """Return the number of the only thing a run asks of a person."""
        (gate,) = self.call("GET", f"/approvals?run={run}")["items"]
        return int(gate["id"])

    def run(self, run: str) -> dict[str, Any]:
        """Return a run as it is."""
        return dict(self.call("GET", f"/runs/{run}"))

    def open(self, path: str, **options: object) -> Page:
        """Open a page in a browser of its own; what its scripts stumble over fails the test."""
        wide = {"viewport": {"width": 1440, "height": 1000}, "reduced_motion": "reduce"}
        context = self.browser.new_context(storage_state=self.state, **{**wide, **options})
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(fault))
        page.goto(f"{self.url}{path}")
        expect(page.locator("[data-live=live]")).to_be_visible()
        return page

    def close(self) -> None:
        """End every browser."""
        for context in self.contexts:
            context.close()
        faults, self.contexts, self.faults = self.faults, [], []
        assert faults == []


@pytest.fixture(scope="package")
def running() -> Iterator[Site]:
    with data_folder() as data, up(data, "--no-demo") as server, sync_playwright() as play:
        note = server.ready()
        for name, text in FILES.items():
            (data / "files").mkdir(exist_ok=True)
            (data / "files" / f"{name}.yaml").write_text(text)
        shell(data, "apply", str(data / "files"))
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
