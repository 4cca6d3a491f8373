"""A7 for agents that work elsewhere: what is not on the list, or once too often, is refused before it is done, and ends
the step."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from orchestrator import claim_tokens, wiring
from orchestrator.client import Context, Refused, Worker
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json
from orchestrator.models import AgentVersion, Attempt, Effect, QueueEntry, Run, Step
from orchestrator.services import runs
from tests import cast, driven
from tests.api.conftest import Answer, Caller
from tests.conftest import poll

WORKFLOW = """
workflow: rated
role: Has something rated elsewhere.
input: {{type: object}}
steps:
  - {{id: rate, agent: {}, retry: {{attempts: 3, backoff: 0.01}}}}
"""
MAIL: Json = {"name": "mail", "python": "post:mail", "most": 2}
NUMBERS = itertools.count()


class Far:
    """An agent that works elsewhere under a contract, and the attempt that is at work."""

    def __init__(self, operator: Caller, *, lease: bool = True, **contract: Json) -> None:
        name = f"bound-{next(NUMBERS)}"
        driven.agent(name)
        kept = AgentVersion.objects.get(name=name)
        kept.spec = {**kept.spec, "runtime": "remote", "lane": Lane.REMOTE.value, **contract}
        kept.save()
        driven.workflow(cast.person("builder", name), WORKFLOW.format(name))
        self.operator, self.name = operator, name
        self.run = Run.objects.get(pk=runs.start(operator.user, "rated", {}).run_id)
        self.work: dict[str, Any] = {}
        if lease:
            self.lease("asked0001")

    def lease(self, asking: str) -> None:
        QueueEntry.objects.update(ready_at=cast.NOON)
        got = self.operator.post("/work/lease", {"agents": [self.name], "worker": "far", "asking": asking})
        assert got.status == 200, got.body
        self.work = got.body

    def effect(self, number: int, tool: str = "mail") -> Answer:
        path, key = f"/work/{self.work['token']}/effect", f"{tool}/{number}"
        got = self.operator.post(path, {"tool": tool, "key": key})
        if got.status == 200 and got.body["act"]:
            assert self.operator.post(f"{path}/result", {"key": key, "result": number}).status == 200
        return got

    def report(self, **told: Json) -> int:
        return self.operator.post(f"/work/{self.work['token']}/report", told).status

    def ended(self) -> tuple[str, str, str]:
        self.run.refresh_from_db()
        last = Attempt.objects.filter(run_id=self.run.id).order_by("-id").first()
        return (self.run.status, last.failure, last.reason) if last else (self.run.status, "", "")


def test_a_tool_outside_the_list_is_refused_and_ends_the_step_whatever_its_worker_says(operator: Caller) -> None:
    far = Far(operator, tools=[MAIL])
    refused = far.effect(1, "pay")
    wanted = f"'pay' is not among the tools of {far.name}, which are mail"
    assert (refused.status, refused.body["detail"]) == (409, f"It may not be done: {wanted}. The step has failed.")
    assert far.ended() == ("failed", "refused", f"{wanted}.")
    assert Effect.objects.count() == 0
    assert operator.post(f"/work/{far.work['token']}/heartbeat", {}).body == {"stop": True}
    far.report(ok=True, output={"paid": True})
    assert far.ended()[0] == "failed"
    assert Step.objects.get(run_id=far.run.id, path="rate").output is None


def test_an_act_too_many_of_a_tool_is_refused_over_all_attempts(operator: Caller) -> None:
    far = Far(operator, tools=[MAIL])
    assert far.effect(1).body["act"] is True
    assert far.report(ok=False, failure="crash") == 200
    far.lease("asked0002")
    assert far.effect(1).body == {"act": False, "result": 1}, "it is made again, and counts once"
    assert far.effect(2).body["act"] is True
    assert far.effect(3).status == 409
    assert far.ended() == ("failed", "refused", "mail would be called more than 2 times in a step.")


def test_an_act_past_the_number_of_actions_is_refused_where_no_tools_are_listed(operator: Caller) -> None:
    far = Far(operator, actions=2)
    assert [far.effect(1, tool).status for tool in ("mail", "print")] == [200, 200]
    assert far.effect(1, "pay").status == 409
    assert far.ended() == ("failed", "refused", "pay would be one more than the 2 actions of a step.")


def test_without_a_word_in_its_contract_it_may_do_what_it_does(operator: Caller) -> None:
    far = Far(operator)
    assert [far.effect(number).status for number in range(1, 6)] == [200] * 5


def test_a_risky_act_is_never_done_elsewhere(operator: Caller) -> None:
    """H6: nobody has approved it."""
    far = Far(operator, tools=[{"name": "pay", "python": "shop:pay", "risky": True}])
    assert far.effect(1, "pay").status == 409
    assert "is risky, and an agent that works elsewhere can't have a call of it approved" in far.ended()[2]


def test_acts_asked_for_at_once_pass_no_limit(operator: Caller) -> None:
    far = Far(operator, actions=3)
    token = far.work["token"]

    def ask(number: int) -> int:
        try:
            return operator.post(f"/work/{token}/effect", {"tool": "mail", "key": f"mail/{number}"}).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(ask, range(8)))
    assert (said.count(200), Effect.objects.count()) == (3, 3)
    assert far.ended()[:2] == ("failed", "refused")


def call(number: int, agent: str) -> Json:
    return {"kind": "call", "key": f"call/{number}", "agent": agent, "input": {}}


@pytest.mark.parametrize("how", ["remote", "callback"])
def test_another_agent_that_is_asked_for_once_too_often_ends_the_step(operator: Caller, how: str) -> None:
    """As in the gate of our own workers: a call of an agent is an action too."""
    driven.agent("scorer")
    far = Far(operator, tools=[{"name": "scorer", "agent": "scorer", "most": 1}])
    asks: Json = [call(1, "scorer"), call(2, "scorer")]
    if how == "remote":
        assert far.report(ok=False, asks=asks) == 200
    else:
        entry = QueueEntry.objects.get(run_id=far.run.id)
        held = claim_tokens.Held(run_id=entry.run_id, path=entry.path, attempt=entry.attempt, fence=entry.fence)
        token = claim_tokens.made(held, claim_tokens.CALLBACK)
        body: Json = {"ok": False, "asks": asks}
        client = Client()
        assert client.post(f"/api/v1/attempts/{token}/report", body, "application/json").status_code == 200
    assert far.ended() == ("failed", "refused", "scorer would be called more than once in a step.")
    assert not Run.objects.filter(workflow="scorer-call").exists()


def test_an_agent_that_may_be_called_is_called(operator: Caller) -> None:
    driven.agent("counter")
    far = Far(operator, tools=[{"name": "counter", "agent": "counter", "most": 1}], actions=1)
    assert far.report(ok=False, asks=[call(1, "counter")]) == 200
    wiring.engine().sweep()
    assert driven.work_off() == 1
    driven.drain(far.run.id)
    far.lease("asked0002")
    assert "call/1" in far.work["answers"]
    assert far.report(ok=True, output=1) == 200
    assert far.ended()[0] == "succeeded"


def test_a_real_worker_that_does_its_act_twice_does_it_once(operator: Caller, live_server: Any, tmp_path: Path) -> None:
    """A7, line 8: stopped before the act, though its function catches whatever it is told."""
    far, out = Far(operator, lease=False, actions=1), tmp_path / "out"

    def append(line: str) -> None:
        with out.open("a") as file:
            file.write(line)

    def function(given: dict[str, Any], ctx: Context) -> str:
        for number in (1, 2):
            try:
                ctx.once("mail", append, f"mail {number}\n")
            except Refused:
                refused.append(number)
        return "all is well"

    refused: list[int] = []
    worker = Worker(live_server.url, operator.token, name="far")
    thread = threading.Thread(target=worker.serve, args=({far.name: function},), kwargs={"grace_seconds": 0.3})
    thread.start()
    try:
        poll(lambda: far.ended()[0] == "failed", "its step has failed", 20)
    finally:
        worker.stop()
        thread.join()
    assert (out.read_text(), refused) == ("mail 1\n", [2])
    assert far.ended() == ("failed", "refused", "mail would be one more than the 1 action of a step.")
