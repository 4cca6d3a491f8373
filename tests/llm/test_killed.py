"""A worker that is killed while a model answers: its run goes on, and the book says what the provider's log says."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.tree import Tree, planted
from tests.conftest import poll
from tests.llm.answers import Answer, Asked
from tests.llm.server import ModelServer
from tests.running import data_folder

FILES = """
agent: buyer
role: Buys what is short.
model: openai:tiny
settings: {{base_url: "{url}", max_tokens: 10, prices: {{input: 1, output: 10}}}}
tools:
  - {{python: "tests.llm.shop:order"}}
budget: {{day: {{calls: 10}}}}
---
workflow: buy
role: Has something bought.
input: {{type: object}}
output: steps.work.output
budget: {{usd: 1}}
steps:
  - {{id: work, agent: buyer, with: {{out: input.out}}, retry: {{attempts: 3, backoff: 0.1}}}}
"""
CALL = Decimal("0.00012")
"""What one answer of the server costs: 20 tokens in, 10 out."""


@pytest.fixture
def tree() -> Iterator[Tree]:
    with data_folder() as data, planted(data) as tree:
        yield tree


def begin(tree: Tree, server: ModelServer, folder: Path) -> str:
    for number, text in enumerate(FILES.format(url=server.url).split("---\n")):
        (folder / f"{number}.yaml").write_text(text)
    tree.manage("apply", str(folder))
    wanted = {"workflow": "buy", "input": {"out": str(folder / "out")}}
    return str(tree.api().insist("POST", "/runs", wanted).body["id"])


def book(tree: Tree) -> list[Any]:
    """Return of each call of the book whether it is an estimate, with its tokens and its price."""
    return list(tree.books.read("SELECT is_estimate, tokens, cost_usd FROM orchestrator_spend ORDER BY at"))


def test_a_worker_killed_while_a_model_answers_settles_what_it_held_and_its_run_goes_on(
    tree: Tree, server: ModelServer, tmp_path: Path
) -> None:
    """S6, A6, C1: nobody knows what the call that was cut has cost, so what was held for it counts, as an estimate."""
    hold, kills = threading.Event(), 0
    order = {"item": "bolt", "count": 2, "out": str(tmp_path / "out")}

    def reply(asked: Asked) -> Answer:
        if len(asked.messages) < 3:
            return Answer(calls=(("order", order),))
        return Answer(text="It is on its way.", hold=hold if not kills else None)

    server.reply = reply
    run_id = begin(tree, server, tmp_path)
    poll(lambda: len(server.asked) == 2 and server.busy == 1, "the second call is in flight", 40)
    held = tree.books.read("SELECT run_id, calls FROM orchestrator_reservation")
    assert [tuple(row) for row in held] == [(run_id, 1)]
    kills = 1
    os.kill(tree.child("worker"), signal.SIGKILL)

    run = tree.api().ended(run_id, 90)
    hold.set()
    assert (run["status"], run["output"]) == ("succeeded", "It is on its way."), (run, tree.words())
    assert len(server.asked) == 3, "the first answer came from the record, the one that was cut was asked for again"
    assert (tmp_path / "out").read_text() == "bolt 2\n", "and what it led to was not done again"

    poll(lambda: len(book(tree)) == 3, "what was held is settled", 20)
    sure = [one for one in book(tree) if not one[0]]
    assert [Decimal(price) for _, _, price in sure] == [CALL, CALL]
    whole = [one for one in server.answered if one is not server.asked[1]]
    assert sum(tokens for _, tokens, _ in sure) == sum(one.answer.tokens_in + one.answer.tokens_out for one in whole)
    (estimate,) = (one for one in book(tree) if one[0])
    assert estimate[1] >= 10, "at least the longest answer it might have given"
    assert tree.books.read("SELECT count(*) FROM orchestrator_reservation")[0][0] == 0
    calls = tree.books.read("SELECT calls FROM orchestrator_budget WHERE key = ?", f"run:{run_id}")
    assert calls[0][0] == len(server.asked)
    assert tree.manage("verify").strip() == "verify: everything agrees"
