"""An agent that is a model, at work in a real worker: what it writes is seen while it does, what it used is booked."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk, shell
from tests.conftest import poll
from tests.llm.answers import Answer
from tests.llm.server import ModelServer

VERDICT = {"score": 4, "why": "The notes speak of late deliveries, and of nothing worse than that."}
USED = {"tokens_in": 900, "tokens_cached": 100, "tokens_out": 60}
PRICES = {"input": 2, "output": 10, "cached": 1}
SCHEMA = {"type": "object", "required": ["score", "why"],
          "properties": {"score": {"type": "integer"}, "why": {"type": "string"}}}  # fmt: skip


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as made:
        yield made


def define(desk: Desk, folder: Path, server: ModelServer) -> None:
    """Apply an agent and a workflow, as files."""
    agent = {
        "agent": "wire-scorer", "role": "Scores a vendor.", "model": "openai:tiny", "output": SCHEMA,
        "tools": [{"python": "tests.llm.shop:stock"}], "settings": {"base_url": server.url, "prices": PRICES},
    }  # fmt: skip
    step = {"id": "score", "agent": "wire-scorer", "with": {"vendor": "input.vendor"},
            "retry": {"attempts": 6, "backoff": "100ms"}}  # fmt: skip
    workflow = {"workflow": "wire-score", "role": "Has a vendor scored.", "steps": [step],
                "input": {"type": "object", "properties": {"vendor": {"type": "string"}}}}  # fmt: skip
    for name, value in (("agent", agent), ("workflow", workflow)):
        (folder / f"{name}.yaml").write_text(json.dumps(value))
    shell(desk.data, "apply", str(folder))


def test_a_model_is_seen_while_it_writes_and_costs_what_its_server_reports(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    """A2, R4, C7, U4: through a 429, a 500, a cut stream and malformed JSON, with a tool and structured output."""
    go_on = threading.Event()
    wants = Answer(calls=(("stock", {"item": "nails"}),), tokens_in=300, tokens_out=20)
    final = Answer(value=VERDICT, hold=go_on, piece=8, **USED)  # type: ignore[arg-type]  # numbers all
    cut = Answer(value=VERDICT, cut_after=0)
    server.script(wants, Answer(raw='{"score": 4, "wh'), Answer(status=429), Answer(status=500), cut, final)
    define(desk, tmp_path, server)
    api = desk.api("operator")
    started = api.insist("POST", "/runs", {"workflow": "wire-score", "input": {"vendor": "Acme"}, "title": "Acme"})
    run = str(started.body["id"])
    page = desk.open("operator", f"/runs/{run}/?step=score")
    said = page.locator("[data-stream-text]")
    expect(said).to_contain_text("late deliveries")
    expect(page.locator('#run-track a[data-step-path="score"]')).to_have_attribute("data-status", "running")
    go_on.set()
    expect(page.locator('#run-track a[data-step-path="score"]')).to_have_attribute("data-status", "succeeded")
    expect(page.locator("#drawer")).to_contain_text("nothing worse than that")
    ended: dict[str, Any] = api.ended(run)
    assert ended["output"] == VERDICT
    assert ended["tokens"] == server.tokens
    assert Decimal(ended["cost_usd"]) == sum(costs(one.answer) for one in server.answered)
    assert len(server.asked) == 6


def costs(answer: Answer) -> Decimal:
    """Price an answer by hand."""
    fresh = answer.tokens_in - answer.tokens_cached
    return Decimal(fresh * 2 + answer.tokens_cached * 1 + answer.tokens_out * 10) / 1_000_000


def test_a_worker_that_is_killed_in_mid_answer_asks_that_answer_alone_again(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    """A6, R6: what was answered before is on record."""
    wants = Answer(calls=(("stock", {"item": "nails"}),))
    server.reply = lambda asked: (
        wants if len(asked.messages) < 3 else Answer(value=VERDICT, before=0 if len(server.asked) > 2 else 60)
    )
    define(desk, tmp_path, server)
    api = desk.api("operator")
    run = str(api.insist("POST", "/runs", {"workflow": "wire-score", "input": {"vendor": "Beta"}}).body["id"])
    poll(lambda: len(server.asked) == 2, "the second answer is asked for", 30)
    (pid, *_) = json.loads((desk.data / "run" / "children.json").read_text())["worker"]
    os.kill(pid, signal.SIGKILL)
    assert api.ended(run)["output"] == VERDICT
    assert [len(one.messages) for one in server.asked] == [2, 4, 4]
