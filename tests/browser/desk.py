"""A running Signalbox as people sit before it: accounts, their browsers, and what went wrong in those.

Everything here goes through the doors people use: the shell's commands, sign-in links, pages and the API.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState, expect

from tests.chaos.api import Api
from tests.running import PROJECT, environ

WIDE = {"viewport": {"width": 1440, "height": 1800}, "reduced_motion": "reduce"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
# A browser logs every answer of this kind by itself; the tests that provoke one look at what the page makes of it.
REFUSED = re.compile(r"the server responded with a status of (401|403|404|409|410|422|429) ")


@dataclass
class Desk:
    """One installation, and every browser opened on it for one test."""

    url: str
    data: Path
    browser: Browser
    log: Callable[[], str]
    """Returns what the web server had to say."""
    states: dict[str, StorageState] = field(default_factory=dict)
    """Cookies by account."""
    tokens: dict[str, str] = field(default_factory=dict)
    """API tokens by account."""
    contexts: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What scripts, the console and the content policy had to complain about."""

    def sign_in(self, who: str, link: str) -> None:
        """Follow a sign-in link and keep the cookies."""
        context = self.browser.new_context()
        page = context.new_page()
        answer = page.goto(link)
        assert answer is not None
        assert answer.ok, self.log()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        self.states[who] = context.storage_state()
        context.close()

    def context(self, who: str, **options: object) -> BrowserContext:
        """Start a browser of its own for somebody; `nobody` is not signed in."""
        made = self.browser.new_context(storage_state=self.states.get(who), base_url=self.url, **{**WIDE, **options})
        made.on("weberror", lambda fault: self.faults.append(f"{fault.page and fault.page.url}: {fault.error}"))
        made.on("console", self._heard)
        self.contexts.append(made)
        return made

    def open(self, who: str, path: str, **options: object) -> Page:
        """Open a page and wait until it is live; in a browser of its own, as tabs in the background are slow."""
        return live(self.context(who, **options).new_page(), path)

    def api(self, who: str) -> Api:
        """Return the API as an account's script uses it."""
        return Api(lambda: self.url, self.tokens[who])

    def say(self, word: str) -> None:
        """Let everybody go on who waits for a word."""
        file = self.data / "said" / word
        file.parent.mkdir(exist_ok=True)
        file.touch()

    def close(self) -> None:
        """Close all browsers of a test, which fails if anything went wrong in them."""
        for context in self.contexts:
            context.close()
        faults, self.contexts, self.faults = self.faults, [], []
        assert faults == [], "\n".join(faults)

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not REFUSED.search(said.text):
            self.faults.append(f"{said.page and said.page.url}: {said.text}")


def live(page: Page, path: str) -> Page:
    """Load a page and wait until its socket says so."""
    page.goto(path)
    expect(page.locator("[data-live=live]")).to_be_visible()
    return page


def shell(data: Path, *words: str) -> str:
    """Run one of the project's commands on a data folder and return the last line it printed."""
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=PROJECT, env=environ(SIGNALBOX_DATA=str(data)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return (done.stdout.strip().splitlines() or [""])[-1]
