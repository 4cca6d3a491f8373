"""Risky calls of an agent that is a model, through real processes: the conversation goes on where it was, paid once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.tree import Tree
from tests.journeys.till import Till, kill_worker
from tests.llm.answers import Answer, Asked
from tests.llm.server import ModelServer

AGENT = """\
agent: model-payer
role: Pays what it is told to.
model: openai:tiny
settings: {{base_url: "{url}"}}
tools:
  - {{python: "tests.journeys.paying:pay", risky: true}}
  - {{python: "tests.journeys.paying:tell"}}
actions: 2
input: {{type: object, required: [to, amount, out]}}
"""
WORKFLOW = """\
workflow: with-model-payer
role: Gives one step to a model.
input: {type: object, required: [to, amount, out]}
steps:
  - {id: work, agent: model-payer, retry: {attempts: 3, backoff: 100ms}}
"""


def told(asked: Asked) -> list[str]:
    """Return what the model was told of its calls so far."""
    return [str(one["content"]) for one in asked.messages if one["role"] == "tool"]


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as made:
        yield made


@pytest.fixture(scope="module")
def till(tree: Tree, server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    folder = tmp_path_factory.mktemp("models")
    (folder / "agent.yaml").write_text(AGENT.format(url=server.url))
    (folder / "workflow.yaml").write_text(WORKFLOW)
    tree.manage("apply", str(folder))
    yield Till(tree=tree, api=tree.api("models"), folder=folder)
    assert tree.manage("verify").strip() == "verify: everything agrees"


def pays(out: Path, *, then: str = "Done.") -> Answer:
    return Answer(calls=(("pay", {"to": "ash", "amount": 5, "out": str(out)}),))


def test_a_model_that_waited_goes_on_in_another_process_with_what_was_approved(till: Till, server: ModelServer) -> None:
    """H6, A6: the call is made once, and no answer of the model is asked for twice."""
    out = till.out("model")
    server.reply = lambda asked: Answer(text=f"Told: {told(asked)[-1]}") if told(asked) else pays(out)
    before = len(server.asked)
    run_id = till.start("model-payer", "model", to="ash", amount=5)
    till.api.open_gate(run_id)
    dead = kill_worker(till.tree)
    till.decide(run_id, "approve", edits={"amount": 4})
    run = till.api.ended(run_id)
    assert run["status"] == "succeeded", run
    ((act, worker),) = till.acts("model")
    assert act == "paid ash 4"
    assert worker != str(dead)
    assert run["output"] == 'Told: {"paid":4,"to":"ash"}'
    assert len(server.asked) - before == 2, "one answer before the approval, one after it"


def test_a_model_is_told_that_its_call_was_rejected_and_may_go_on(till: Till, server: ModelServer) -> None:
    """H6."""
    out = till.out("no")
    server.reply = lambda asked: Answer(text=told(asked)[-1]) if told(asked) else pays(out)
    run_id = till.start("model-payer", "no", to="ash", amount=5)
    till.decide(run_id, "reject", comment="too dear")
    run = till.api.ended(run_id)
    assert (run["status"], till.acts("no")) == ("succeeded", [])
    assert "said no. too dear" in run["output"]


def test_a_model_that_goes_past_its_list_or_its_actions_is_stopped_before_the_act(
    till: Till, server: ModelServer
) -> None:
    """A7."""
    out = till.out("past")
    tells = [("tell", {"to": name, "out": str(out)}) for name in ("ash", "birch", "elm")]
    for name, calls, acts in (("past", tells, ["told ash", "told birch"]), ("list", [("drop_all", {})], [])):
        server.reply = lambda asked, calls=calls: Answer(calls=tuple(calls))  # type: ignore[misc]  # bound by a default
        run = till.api.ended(till.start("model-payer", name, to="ash", amount=5))
        (step,) = run["steps"]
        assert (run["status"], step["failure"], step["attempt"]) == ("failed", "refused", 1)
        assert [act for act, _ in till.acts(name)] == acts
