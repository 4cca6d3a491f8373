"""A provider fails: its breaker opens in all workers, the fallback works, probes close it, and pages show it (R3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from orchestrator.store.breakers import VIEW_SECONDS
from tests.chaos.api import Api
from tests.chaos.fleet import Fleet, assembled
from tests.conftest import poll
from tests.running import data_folder

WATCH = """
() => {
  const look = () => document.querySelector("#agent-breakers [data-breaker=provider]")?.dataset.state;
  window.states = [look()];
  new MutationObserver(() => { if (look() && look() !== window.states.at(-1)) window.states.push(look()); })
    .observe(document.getElementById("agent-breakers"), { childList: true, subtree: true, attributes: true });
}
"""


class Provider(ThreadingHTTPServer):
    """Somebody whom agents ask: it fails, or answers once it may."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fails = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = self.busy = self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.asked += 1
            self.server.busy += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.busy)
        self.server.may_answer.wait(60)
        with self.server.lock:
            self.server.busy -= 1
        self.send_response(500 if self.server.fails else 200)
        self.end_headers()
        self.wfile.write(b'{"said": "hello"}')


@contextmanager
def provider() -> Iterator[Provider]:
    with Provider() as made:
        threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
        yield made
        made.may_answer.set()
        made.shutdown()


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with data_folder() as data, assembled(data) as made:
        yield made


def applied(fleet: Fleet, folder: Path, shaky: Provider, steady: Provider) -> None:
    """Load two agents of two providers, and a workflow in which one stands in for the other."""
    for name, server in (("answerer", shaky), ("backup", steady)):
        text = f"agent: {name}\nrole: Answers.\nruntime: http\nsettings: {{url: '{server.url}'}}\n"
        (folder / f"{name}.yaml").write_text(text)
    (folder / "greet.yaml").write_text(
        "workflow: greet\nrole: Greets.\nsteps:\n"
        "  - {id: say, agent: answerer, retry: {attempts: 1}, fallback: [backup]}\n"
    )
    fleet.manage("apply", str(folder))


def begin(api: Api, count: int) -> list[str]:
    return [str(api.insist("POST", "/runs", {"workflow": "greet", "input": {}}).body["id"]) for _ in range(count)]


def finish(api: Api, runs: list[str]) -> list[dict[str, Any]]:
    """Wait for runs to end, all of them well."""

    def found() -> list[dict[str, Any]]:
        return [api.insist("GET", f"/runs/{run}").body for run in runs]

    poll(lambda: all(one["status"] == "succeeded" for one in found()), f"{len(runs)} runs succeed", 60)
    return found()


@pytest.fixture
def page(fleet: Fleet, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=fleet.url, reduced_motion="reduce")
    page = context.new_page()
    fleet.manage("token", "watcher", "--role", "operator")
    page.goto(fleet.url + "/signin/" + fleet.manage("signin", "watcher").strip().partition("/signin/")[2].split()[0])
    yield page
    context.close()


def state(page: Page) -> str:
    return str(page.locator("#agent-breakers [data-breaker=provider]").get_attribute("data-state"))


def test_a_failing_provider_opens_its_breaker_in_all_workers_until_probes_close_it(
    fleet: Fleet, page: Page, tmp_path: Path
) -> None:
    """R3, S18."""
    with provider() as shaky, provider() as steady:
        applied(fleet, tmp_path, shaky, steady)
        api = fleet.api()
        watched = page.context.new_page()
        watched.goto("/agents/")
        page.goto("/agents/answerer/")
        expect(page.locator("[data-live=live]")).to_be_visible()
        page.evaluate(WATCH)
        assert state(page) == "closed"

        shaky.fails = True
        ended = [finish(api, begin(api, 1))[0] for _ in range(5)]
        assert all("backup stood in for answerer" in one["degraded"] for one in ended)
        poll(lambda: state(page) == "open", "the agent's page says that the breaker is open", 10)
        expect(watched.locator("[data-agent=answerer] [data-breaker=open]")).to_be_visible(timeout=5000)

        time.sleep(VIEW_SECONDS)  # what a worker knows of breakers may be so old
        refused = "SELECT DISTINCT worker FROM orchestrator_attempt WHERE agent = 'answerer' AND failure = 'tripped'"
        for _ in range(10):
            finish(api, begin(api, 10))
            if len(fleet.books.read(refused)) == 2:
                break
        assert len(fleet.books.read(refused)) == 2, "both workers refuse"
        opened = fleet.books.read("SELECT count(*) FROM orchestrator_breakerchange WHERE state = 'half_open'")
        assert shaky.asked <= 5 + 2 * opened[0][0], "an open breaker lets nobody through but probes"

        shaky.fails = False
        shaky.may_answer.clear()
        shaky.most_at_once = 0
        runs: list[str] = []

        def probes() -> bool:
            runs.extend(begin(api, 1))
            return state(page) == "half_open" and shaky.busy == 2

        poll(probes, "two probes are at work, and the page says so", 60)
        others = finish(api, begin(api, 8))
        assert all("backup stood in for answerer" in one["degraded"] for one in others)
        assert shaky.most_at_once == 2, "exactly as many probes as are allowed, over both workers"
        shaky.may_answer.set()
        poll(lambda: state(page) == "closed", "the page says that the breaker is closed", 10)
        finish(api, runs)
        assert not finish(api, begin(api, 1))[0]["degraded"]
        states = page.evaluate("window.states")
        assert states[:2] == ["closed", "open"]
        assert states[-2:] == ["half_open", "closed"]
