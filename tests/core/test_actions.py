"""A7 as a rule: what an agent elsewhere may do, by what its contract says and what it has done."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core import actions
from orchestrator.core.agents import AgentSpec, Tool

MAIL = Tool(name="mail", python="post:mail", most=2)
SHELF = Tool(mcp="http://shelf/mcp", only=("put",))
SCORER = Tool(name="scorer", agent="scorer", most=1)


def spec(*tools: Tool, **more: Any) -> AgentSpec:
    return AgentSpec(name="far", role="Works elsewhere.", runtime="remote", tools=tools, **more)


@pytest.mark.parametrize(
    ("one", "name", "done", "words"),
    [
        (spec(), "anything", ["x"] * 50, ""),
        (spec(actions=2), "mail", ["x"], ""),
        (spec(actions=2), "mail", ["x", "y"], "mail would be one more than the 2 actions of a step"),
        (spec(MAIL), "mail", ["mail", "print"], ""),
        (spec(MAIL), "mail", ["mail", "mail"], "mail would be called more than 2 times in a step"),
        (spec(MAIL), "pay", [], "'pay' is not among the tools of far, which are mail"),
        (spec(SHELF), "put", [], ""),
        (spec(SHELF), "drop", [], "'drop' is not among the tools of far, which are http://shelf/mcp"),
        (spec(Tool(mcp="http://shelf/mcp")), "drop", [], ""),
        (spec(SCORER), "scorer", [], ""),
        (spec(Tool(name="pay", python="a:pay", risky=True)), "pay", [], "pay is risky, and an agent that works "
         "elsewhere can't have a call of it approved"),
    ],
)  # fmt: skip
def test_what_may_be_done(one: AgentSpec, name: str, done: list[str], words: str) -> None:
    assert actions.refused_elsewhere(one, name, done) == words


def test_agents_that_may_be_called_are_those_of_both_lists() -> None:
    one = spec(SCORER, calls=("helper",))
    assert actions.refused_elsewhere(one, "helper", [], is_agent=True) == ""
    assert "more than once" in actions.refused_elsewhere(one, "scorer", ["scorer"], is_agent=True)
    assert "is not among" in actions.refused_elsewhere(one, "stranger", [], is_agent=True)


def test_calls_of_agents_are_counted_by_the_keys_they_are_kept_under() -> None:
    requests = [{"kind": "call", "key": "call/1", "agent": "scorer"}, {"kind": "ask", "key": "ask/1"}]
    kept = actions.asked_agents(requests)
    assert kept == {"action/call/1:scorer": "scorer"}
    assert actions.asked_so_far([*kept, "asked/0", "until/1"]) == ["scorer"]


def test_a_contract_that_says_nothing_binds_nobody() -> None:
    assert [actions.is_bound(one) for one in (spec(), spec(actions=1), spec(MAIL))] == [False, True, True]
