"""The test bench over HTTP (A4)."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.outcomes import Ok
from orchestrator.followers import trials as follower
from orchestrator.store.library import _agent
from tests.api.conftest import Caller
from tests.driven import carry_out, claim, kept

SHORT = Example(name="short", input={"text": "hello"}, expect=("output.text == 'HELLO'",))


@pytest.fixture(autouse=True)
def shouter(builder: Caller) -> None:
    _agent.cache_clear()
    kept(builder.user, AgentSpec(name="shouter", role="Shouts.", runtime="scripted", examples=(SHORT,)))


def test_examples_are_tried_and_their_results_found_again(builder: Caller, viewer: Caller) -> None:
    begun = builder.post("/agents/shouter/try", {})
    assert begun.status == 201
    (trial,) = begun.body["items"]
    assert (trial["status"], trial["example"], trial["version"], trial["cost_usd"]) == ("open", "short", 1, None)
    carry_out(claim()[0], Ok(output={"text": "hello"}))
    follower.settle()
    found = viewer.get("/agents/shouter/tries").body
    assert found["proof"] == {"1": "failing"}
    (trial,) = found["items"]
    assert trial["status"] == "failed"
    assert "does not hold" in trial["why"][0]
    assert viewer.get("/agents/shouter/tries", run=trial["run_id"]).body["items"] == [trial]


def test_an_input_is_tried_instead_and_both_together_are_refused(builder: Caller) -> None:
    begun = builder.post("/agents/shouter/try", {"input": {"text": "any"}})
    assert (begun.status, begun.body["items"][0]["example"]) == (201, "")
    refused = builder.post("/agents/shouter/try", {"input": {}, "example": "short"})
    assert (refused.status, list(refused.errors)) == (422, ["input"])


def test_what_is_not_there_and_who_may_not_is_said(builder: Caller, operator: Caller, outsider: Caller) -> None:
    assert operator.post("/agents/shouter/try", {}).status == 403
    assert builder.post("/agents/shooter/try", {}).status == 404
    assert builder.post("/agents/shouter/try", {"against": 7}).status == 404
    assert list(builder.post("/agents/shouter/try", {"example": "shirt"}).errors) == ["example"]
    run_id = builder.post("/agents/shouter/try", {}).body["items"][0]["run_id"]
    assert outsider.get("/agents/shouter/tries", run=run_id).status == 404
