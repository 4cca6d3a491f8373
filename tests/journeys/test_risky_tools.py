"""Risky calls through real processes: approved ones happen once as approved, others never, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.tree import Tree
from tests.conftest import poll
from tests.journeys.page import Reader
from tests.journeys.till import Till, kill_worker

WORKFLOW = """\
workflow: with-{agent}
role: Gives one step to {agent}.
steps:
  - {{id: work, agent: {agent}, retry: {{attempts: 3, backoff: 100ms}}}}
"""
AGENTS = ("payer", "strict-payer", "overreaching", "talks-too-much", "delegates", "careful")


@pytest.fixture(scope="module")
def till(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    folder = tmp_path_factory.mktemp("till")
    for agent in AGENTS:
        (folder / f"{agent}.yaml").write_text(WORKFLOW.format(agent=agent))
    tree.manage("apply", str(folder))
    yield Till(tree=tree, api=tree.api("till"), folder=folder)
    assert tree.manage("verify").strip() == "verify: everything agrees"


def test_an_approved_call_happens_once_as_approved_in_another_process(till: Till) -> None:
    """H6, A6: the worker is killed while it waits; another one goes on with the decision."""
    run_id = till.start("payer", "approved", to="ash", amount=5)
    rejected = till.start("payer", "rejected", to="elm", amount=7)
    till.api.open_gate(run_id)
    till.api.open_gate(rejected)
    assert till.acts("approved") == []
    dead = kill_worker(till.tree)
    till.decide(run_id, "approve", edits={"amount": 4}, comment="half will do")
    till.decide(rejected, "reject", comment="too dear")
    done, refused = till.api.ended(run_id), till.api.ended(rejected)
    assert (done["status"], done["output"]) == ("succeeded", {"done": {"paid": 4, "to": "ash"}})
    ((act, worker),) = till.acts("approved")
    assert act == "paid ash 4"
    attempts = till.acts("approved.attempts")
    assert [words for words, _ in attempts] == ["attempt 1", "attempt 2"]
    assert (attempts[0][1], worker) == (str(dead), attempts[1][1]), "another process went on"
    assert worker != str(dead)
    assert refused["output"]["done"] is None
    assert "too dear" in refused["output"]["why"]
    assert till.acts("rejected") == []


def test_a_no_that_an_agent_does_not_expect_fails_the_step_as_rejected_and_is_not_tried_again(till: Till) -> None:
    """H6."""
    run_id = till.start("strict-payer", "strict", to="ash", amount=5)
    till.decide(run_id, "reject", comment="not today")
    run = till.api.ended(run_id)
    step = next(one for one in run["steps"] if one["path"] == "work")
    assert (run["status"], step["failure"], step["attempt"]) == ("failed", "rejected", 2)
    assert "not today" in step["reason"]
    assert till.acts("strict") == []


def test_a_call_outside_the_list_and_one_too_many_are_stopped_before_the_act(till: Till) -> None:
    """A7: refused, recorded as such, and never tried again."""
    for agent, words, acts in (
        ("overreaching", "'pay' is not among the tools of overreaching, which are tell", []),
        ("talks-too-much", "tell would be one more than the 2 actions of a step", ["told ash", "told birch"]),
    ):
        run = till.api.ended(till.start(agent, agent))
        (step,) = run["steps"]
        assert (run["status"], step["failure"], step["attempt"]) == ("failed", "refused", 1)
        assert words in step["reason"]
        assert [act for act, _ in till.acts(agent)] == acts


def test_an_escalations_answer_comes_back_as_input(till: Till) -> None:
    """A1: and until it is there, nothing counts as success."""
    run_id = till.start("careful", "careful")
    gate = till.api.open_gate(run_id)
    assert gate["shown"]["question"] == "Pay ash or birch?"
    assert till.api.run(run_id)["status"] == "waiting"
    till.decide(run_id, "approve", edits={"answer": "birch"})
    run = till.api.ended(run_id)
    assert (run["status"], run["output"]) == ("succeeded", {"answer": "birch"})


def test_another_agent_is_a_tool_with_its_contract_and_its_own_approvals(till: Till) -> None:
    """P12, H6: called as a run of its own, in the version this run is bound to."""
    run_id = till.start("delegates", "delegated")
    poll(lambda: till.api.get("/approvals?status=open")["items"], "the agent below waits for a person", 60)
    (gate,) = till.api.get("/approvals?status=open")["items"]
    assert gate["run_id"] != run_id
    till.decide(gate["run_id"], "approve")
    run = till.api.ended(run_id)
    assert (run["status"], run["output"]["done"]) == ("succeeded", {"done": {"paid": 5, "to": "ash"}})
    assert "amount" in run["output"]["words"]
    assert [act for act, _ in till.acts("delegated")] == ["paid ash 5"]


def test_the_pages_show_that_somebody_has_to_approve_a_call(till: Till) -> None:
    """H5, H6."""
    run_id = till.start("payer", "shown", to="ash", amount=5)
    till.api.open_gate(run_id)
    reader = Reader(till.tree.where(), till.tree.signin())
    assert "⚠ tool: pay" in reader.run(run_id)
    assert "⚠ tool: pay" in reader.run(run_id, "work/Approve")
    till.decide(run_id, "reject", comment="no")
    till.api.ended(run_id)
