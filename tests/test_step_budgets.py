"""C1: what a workflow lets one step use up, over all its attempts and all they ask for, through the real worker."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from orchestrator import wiring
from orchestrator.agents import Context
from orchestrator.core.outcomes import Json
from orchestrator.models import Attempt, Budget, Run, Spend, Step, User
from orchestrator.services import people, workflows
from orchestrator.store.spend_check import checked
from tests import test_budgets
from tests.test_budgets import Server, agent, begin, settled, work

operator, server = test_budgets.operator, test_budgets.server
ONE = """
workflow: {name}
input: {{type: object}}
steps:
  - id: work
    agent: {agent}
    with: {{n: "1", url: input.url}}
    retry: {{attempts: 5, backoff: 50ms}}
    budget: {{{budget}}}
    {more}
"""


def stumble(n: int, url: str) -> None:
    """Fail after its call, each time."""
    test_budgets.fetch(n, url)
    raise ValueError("not yet")


def ask_twice(ctx: Context, n: int, url: str) -> dict[str, Json]:
    """Let another agent make two calls, one after the other."""
    found = [ctx.call("asked", {"n": number, "url": url}) for number in (1, 2)]
    return {"n": len(found)}


def own(function: Any, name: str, **more: Any) -> str:
    return agent(name, target=f"{__name__}:{function.__name__}", **more)


def of_step(run: Run, path: str = "work") -> Budget:
    return Budget.objects.get(key=f"work:{run.id}:{path}")


def test_all_attempts_of_a_step_count_towards_its_budget_and_the_error_names_it(operator: User, server: Server) -> None:
    """C1: of five tries two are made, then neither another try nor a fallback."""
    text = ONE.format(
        name="tries", agent=own(stumble, "stumbles"), budget="calls: 2", more=f"fallback: [{agent('spare')}]"
    )
    run = work(begin(operator, text, {"url": server.url}))
    assert (run.status, len(server.came)) == ("failed", 2)
    assert [one.failure for one in Attempt.objects.order_by("attempt")] == ["crash", "crash", "over_budget"]
    assert run.reason == (
        "work: The budget of step 'work' does not hold this call of agent 'stumbles' (calls: limit 2 calls, "
        "spent 2 calls, held for calls in flight 0 calls, wanted 1 call). Raise budget.calls of this step in its "
        "workflow, and start the run again."
    )
    settled(server)


def test_each_item_of_a_map_has_a_budget_of_its_own_and_another_step_has_none(operator: User, server: Server) -> None:
    """C1."""
    text = """
workflow: items
input: {type: object}
steps:
  - id: each
    map:
      over: input.list
      as: n
      do: {agent: fetches, with: {n: n, url: input.url}, budget: {calls: 1}}
  - {id: after, agent: fetches, with: {n: "1", url: input.url}}
"""
    agent("fetches")
    run = work(begin(operator, text, {"list": [1, 2, 3], "url": server.url}))
    assert (run.status, len(server.came)) == ("succeeded", 4)
    assert [of_step(run, f"each[{number}]").calls for number in range(3)] == [1, 1, 1]
    assert not Budget.objects.filter(key=f"work:{run.id}:after").exists()
    assert checked(wiring.store()) == []


@pytest.mark.parametrize(("calls", "made"), [(5, 2), (2, 1)])
def test_what_a_step_asks_others_for_counts_towards_its_budget(
    operator: User, server: Server, calls: int, made: int
) -> None:
    """C1, P12: an attempt that asks is a call, too; the third time nothing is left."""
    agent("asked")
    text = ONE.format(name="asks", agent=own(ask_twice, "asks", calls=("asked",)), budget=f"calls: {calls}", more="")
    run = work(begin(operator, text, {"url": server.url}))
    assert len(server.came) == made
    if made == 2:
        assert (run.status, run.output) == ("succeeded", {"n": 2})
        assert of_step(run).calls == Spend.objects.count() == 5, "three attempts of its own, two calls"
    else:
        assert Step.objects.get(run_id=run.id, path="").failure == "over_budget"
        assert "The budget of step 'work' does not hold this call of agent 'asks'" in run.reason
    assert checked(wiring.store()) == []


def test_a_call_below_that_does_not_fit_is_told_whose_budget_it_is(operator: User, server: Server) -> None:
    """C1."""
    agent("asked")
    text = ONE.format(name="asks", agent=own(ask_twice, "asks", calls=("asked",)), budget="calls: 1", more="")
    run = work(begin(operator, text, {"url": server.url}))
    assert len(server.came) == 0
    assert f"The budget of step 'work' of {run.id}, which this run is a part of, does not hold this call" in run.reason
    assert checked(wiring.store()) == []


def test_metered_calls_are_held_in_the_budget_of_the_step_in_money(operator: User, server: Server) -> None:
    """C1: reserved before, settled after."""
    text = ONE.format(name="money", agent=agent("metered", "llm"), budget="usd: 0.04", more="")
    run = work(begin(operator, text, {"url": server.url}))
    assert (run.status, len(server.came)) == ("failed", 0)
    assert "usd: limit 0.04 usd, spent 0 usd, held for calls in flight 0 usd, wanted 0.05 usd" in run.reason
    kept = work(begin(operator, text.replace("0.04", "0.06"), {"url": server.url}))
    assert (kept.status, of_step(kept).usd, of_step(kept).usd_held) == ("succeeded", 10_000_000, 0)
    settled(server)


def test_who_a_route_has_it_do_next_goes_on_with_what_is_left(operator: User, server: Server) -> None:
    """C1, A3: it is one step, whoever does it."""
    names = [own(stumble, name) for name in ("one", "other")]
    text = f"""
workflow: routed
input: {{type: object}}
steps:
  - id: find
    route: {{among: [{", ".join(names)}]}}
    with: {{n: "1", url: input.url}}
    retry: {{attempts: 2, backoff: 50ms}}
    budget: {{calls: 3}}
"""
    run = work(begin(operator, text, {"url": server.url}))
    assert (run.status, len(server.came)) == ("failed", 3)
    assert "The budget of step 'find' does not hold this call" in run.reason
    assert of_step(run, "find").calls == 3
    settled(server)


def test_the_drawer_of_a_step_says_what_is_left_of_its_budget_and_what_an_attempt_may_take(
    operator: User, server: Server
) -> None:
    """C1, C7."""
    text = ONE.format(name="seen", agent=agent("seen"), budget="calls: 4, usd: 0.5",
                      more="limits: {context: 8000, memory: 256}")  # fmt: skip
    run = work(begin(operator, text, {"url": server.url}))
    client = Client()
    client.force_login(operator)
    page = client.get(f"/runs/{run.id}/?step=work").content.decode()
    drawn = " ".join(re.sub("<[^>]+>", " ", page[page.index("<dt>Budget</dt>") :]).split())
    assert drawn.startswith("Budget 1 of 4 calls · $0.00 of $0.500")
    assert "<dd>8,000 tokens of context, 256 MB of memory</dd>" in page
    assert "<dt>Budget</dt>" not in client.get(f"/runs/{run.id}/?step=work&at=3").content.decode()


def test_all_that_a_workflow_does_that_a_step_runs_counts_towards_the_step(operator: User, server: Server) -> None:
    """C1, P5."""
    name = agent("inner-agent")
    each = f"{{over: input.list, as: n, do: {{agent: {name}, with: {{n: n, url: input.url}}}}, concurrency: 1}}"
    workflows.apply(
        people.shell_account(), f"workflow: inner\ninput: {{type: object}}\nsteps: [{{id: each, map: {each}}}]"
    )
    text = """
workflow: outer
input: {type: object}
steps:
  - {id: below, workflow: inner, budget: {calls: 2}}
"""
    run = work(begin(operator, text, {"list": [1, 2, 3], "url": server.url}))
    assert (run.status, len(server.came)) == ("failed", 2)
    assert f"The budget of step 'below' of {run.id}, which this run is a part of, does not hold this call" in run.reason
    assert of_step(run, "below").calls == 2
    settled(server)
