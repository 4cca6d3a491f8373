"""Processes elsewhere lease work, keep it, and report it; whoever has lost a lease is refused (A2, A6)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator import wiring
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json
from orchestrator.models import AgentVersion, Attempt, Effect, Gate, QueueEntry, Run, Step, Stopping
from orchestrator.services import runs
from tests import cast, driven
from tests.api.conftest import Answer, Caller
from tests.conftest import poll

RATED = """
workflow: rated
role: Has something rated elsewhere.
input: {type: object}
steps:
  - {id: rate, agent: AGENT, with: {n: input.n}, retry: {attempts: 3, backoff: 0.01}}
"""


@pytest.fixture(autouse=True)
def rater(surroundings: None) -> None:
    for name, limits in (("far-rater", {}), ("far-limited", {"concurrency": 1})):
        driven.agent(name, takes=driven.NUMBER, returns=driven.NUMBER)
        kept = AgentVersion.objects.get(name=name)
        kept.spec = {**kept.spec, "runtime": "remote", "lane": Lane.REMOTE.value, "limits": limits}
        kept.save()
    builder = cast.person("builder", "the-builder")
    for workflow, name in (("rated", "far-rater"), ("limited", "far-limited")):
        driven.workflow(builder, RATED.replace("rated", workflow).replace("AGENT", name))


def start(operator: Caller, n: Json = 1, workflow: str = "rated") -> Run:
    return Run.objects.get(pk=runs.start(operator.user, workflow, {"n": n}).run_id)


def lease(caller: Caller, asking: str = "asked0001", **more: Json) -> Answer:
    body: dict[str, Json] = {"agents": ["far-rater", "far-limited"], "worker": "far", "asking": asking, **more}
    return caller.post("/work/lease", body)


def leased(caller: Caller, asking: str = "asked0001", **more: Json) -> dict[str, Any]:
    found: list[Answer] = []

    def is_there() -> bool:  # the next attempt is due a moment after the last one was lost
        found[:] = [lease(caller, asking, **more)]
        return found[0].status == 200

    poll(is_there, "there is work", 2)
    return dict(found[0].body)


def lose(work: dict[str, Any]) -> None:
    """Let a lease run out, and have it swept."""
    QueueEntry.objects.filter(run_id=work["run_id"]).update(parked_until=cast.NOON)
    wiring.engine().sweep()


GOOD: Json = {"ok": True, "output": {"n": 3}}


def test_work_is_leased_with_all_it_needs_and_reported(operator: Caller) -> None:
    run = start(operator)
    work = leased(operator)
    assert (work["agent"], work["input"], work["attempt"]) == ("far-rater", {"n": 1}, 1)
    assert work["request_id"] == f"{run.id}:rate"
    assert Step.objects.get(run_id=run.id, path="rate").attempt_status == "running"
    assert QueueEntry.objects.get().worker == "remote:far:asked0001"
    answer = operator.post(f"/work/{work['token']}/report", {**GOOD, "tokens": 5})
    assert (answer.status, answer.body) == (200, {"accepted": True})
    run.refresh_from_db()
    assert (run.status, run.tokens) == ("succeeded", 5)
    assert Attempt.objects.get(run_id=run.id).worker == "remote:far:asked0001"


def test_nobody_else_gets_what_is_leased_and_no_worker_of_ours_does(operator: Caller) -> None:
    start(operator)
    assert [driven.claim(lane=lane) for lane in (Lane.QUICK, Lane.SLOW)] == [[], []]
    assert lease(operator, "nobody001", agents=["far-limited"]).status == 204
    leased(operator)
    none = lease(operator, "asked0002", wait=9)
    assert (none.status, none.headers["Signalbox-Wait"]) == (204, "9")


def test_an_asking_whose_answer_was_lost_gets_the_same_work_again(operator: Caller) -> None:
    start(operator)
    start(operator)
    first, again, other = leased(operator), leased(operator), leased(operator, "asked0002")
    assert first["token"] == again["token"] != other["token"]


def test_a_lease_that_ran_out_is_lost_and_the_late_one_is_refused(operator: Caller) -> None:
    """S8: its work goes to another; a late report changes nothing."""
    run = start(operator)
    old = leased(operator)
    lose(old)
    new = leased(operator, "asked0002")
    assert (new["attempt"], new["request_id"]) == (2, old["request_id"])
    assert "did not report it in time" in Attempt.objects.get(run_id=run.id, attempt=1).reason
    assert operator.post(f"/work/{old['token']}/heartbeat", {}).body == {"stop": True}
    assert operator.post(f"/work/{old['token']}/report", GOOD).status == 409
    assert operator.post(f"/work/{old['token']}/release").status == 200
    assert operator.post(f"/work/{new['token']}/report", {"ok": True, "output": {"n": 4}}).status == 200
    assert Step.objects.get(run_id=run.id, path="rate").output == {"n": 4}


def test_signs_of_life_hold_a_lease_up_to_the_time_of_its_attempt(operator: Caller) -> None:
    start(operator)
    work = leased(operator, seconds=5)
    first = QueueEntry.objects.get()
    beaten = operator.post(f"/work/{work['token']}/heartbeat", {"fraction": 0.5, "text": "half", "seconds": 20})
    second = QueueEntry.objects.get()
    operator.post(f"/work/{work['token']}/heartbeat", {"seconds": 3600})
    third = QueueEntry.objects.get()
    assert beaten.body == {"stop": False}
    assert first.parked_until
    assert second.parked_until
    assert third.parked_until
    assert third.claimed_at
    assert 10 < (second.parked_until - first.parked_until).total_seconds() < 20
    assert round((third.parked_until - third.claimed_at).total_seconds()) == 65


def test_a_lease_outlives_a_restart_of_everything(operator: Caller) -> None:
    """Line 7: while Signalbox is away nobody can show signs of life."""
    run = start(operator)
    work = leased(operator)
    QueueEntry.objects.update(parked_until=cast.NOON)
    wiring.engine().expire_all_leases()
    wiring.engine().sweep()
    assert operator.post(f"/work/{work['token']}/report", GOOD).status == 200
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_a_report_counts_once_and_is_checked_like_any_other(operator: Caller) -> None:
    """R2"""
    run = start(operator)
    work = leased(operator)
    path = f"/work/{work['token']}/report"
    assert [operator.post(path, {"ok": True, "output": {"n": "x"}}).status for _ in range(2)] == [200, 200]
    failed = Attempt.objects.get(run_id=run.id, attempt=1)
    assert (failed.failure, failed.reason[:55]) == ("schema", "The output of far-rater does not fit its contract. n: e")
    assert QueueEntry.objects.get().attempt == 2


def test_work_whose_input_does_not_fit_is_not_handed_out(operator: Caller) -> None:
    """R1"""
    bad, good = start(operator, "one"), start(operator, 2)
    assert leased(operator)["run_id"] == good.id
    bad.refresh_from_db()
    assert bad.status == "failed"
    assert Attempt.objects.get(run_id=bad.id).failure == "invalid_input"


def test_work_that_is_given_back_counts_as_no_try(operator: Caller) -> None:
    start(operator)
    work = leased(operator)
    assert operator.post(f"/work/{work['token']}/release").status == 200
    again = leased(operator, "asked0002")
    assert (again["attempt"], again["token"] != work["token"]) == (1, True)


def test_work_of_a_run_that_was_given_up_is_to_be_stopped_and_says_that_it_has_ended(operator: Caller) -> None:
    """R11"""
    run = start(operator)
    work = leased(operator)
    runs.cancel(operator.user, run.id, "")
    wiring.engine().sweep()
    assert Stopping.objects.count() == 1, "nobody has said yet that it is over"
    assert operator.post(f"/work/{work['token']}/heartbeat", {}).body == {"stop": True}
    assert operator.post(f"/work/{work['token']}/report", {"ok": False}).status == 409
    assert Stopping.objects.count() == 0


def test_work_elsewhere_may_ask_a_person_and_goes_on_with_the_answer(operator: Caller) -> None:
    """A1: escalation from any runtime."""
    run = start(operator)
    work = leased(operator)
    asks: Json = [{"kind": "ask", "key": "ask/1", "question": "Go on?", "options": ["yes", "no"]}]
    assert operator.post(f"/work/{work['token']}/report", {"ok": False, "asks": asks}).status == 200
    gate = Gate.objects.get(run_id=run.id)
    answer = operator.post(f"/approvals/{gate.pk}/decision", {"verdict": "answer", "edits": {"answer": "yes"}})
    assert answer.status == 200, answer.body
    again = leased(operator, "asked0002")
    assert (again["attempt"], again["answers"]) == (2, {"ask/1": "yes"})
    refused = operator.post(f"/work/{again['token']}/report", {"ok": False, "asks": [{"kind": "ask", "key": "x"}]})
    assert (refused.status, [*refused.errors]) == (422, ["asks[0].key"])


def test_an_agent_that_is_limited_is_limited_elsewhere_too(operator: Caller) -> None:
    """C4: leases pass the doors that our own workers' claims pass."""
    start(operator, workflow="limited")
    start(operator, workflow="limited")
    work = leased(operator)
    assert lease(operator, "asked0002").status == 204
    assert "at work" in QueueEntry.objects.get(worker=None).waits_why
    operator.post(f"/work/{work['token']}/report", GOOD)
    leased(operator, "asked0002")


def effect(caller: Caller, work: dict[str, Any], **more: Json) -> Answer:
    return caller.post(f"/work/{work['token']}/effect", {"tool": "mail", "key": "mail/1", **more})


def ended(caller: Caller, work: dict[str, Any], **more: Json) -> int:
    return caller.post(f"/work/{work['token']}/effect/result", {"key": "mail/1", **more}).status


def test_an_effect_that_was_made_is_not_made_again_by_whoever_comes_next(operator: Caller) -> None:
    """A6"""
    start(operator)
    old = leased(operator)
    assert effect(operator, old).body == {"act": True, "result": None}
    assert effect(operator, old).body == {"act": True, "result": None}, "its answer was lost"
    lose(old)
    assert ended(operator, old, result={"sent": 1}) == 200, "what has happened has happened"
    new = leased(operator, "asked0002")
    assert effect(operator, new).body == {"act": False, "result": {"sent": 1}}
    assert effect(operator, old).status == 409


def test_an_effect_nobody_knows_of_is_a_persons_to_decide_unless_it_may_be_repeated(operator: Caller) -> None:
    """A6: in doubt."""
    start(operator)
    old = leased(operator)
    effect(operator, old)
    lose(old)
    new = leased(operator, "asked0002")
    refused = effect(operator, new)
    assert (refused.status, "may have done this" in refused.body["detail"]) == (409, True)
    assert effect(operator, new, idempotent=True).body["act"] is True
    assert ended(operator, old, failed=True) == 200
    assert Effect.objects.count() == 1, "the old one can't take away what the new one does"
    assert ended(operator, new, failed=True) == 200
    assert Effect.objects.count() == 0


def test_who_may_lease_and_whose_work(operator: Caller, viewer: Caller, outsider: Caller, nobody: Caller) -> None:
    start(operator)
    assert lease(nobody).status == 401
    refused = lease(viewer)
    assert (refused.status, "operator" in refused.body["detail"]) == (403, True)
    assert lease(outsider).status == 204, "another team's work"
    work = leased(operator)
    assert viewer.post(f"/work/{work['token']}/heartbeat", {}).status == 403
    assert outsider.post(f"/work/{work['token']}/report", GOOD).status == 404
    assert operator.post("/work/forged/report", GOOD).status == 404


@pytest.mark.parametrize(
    ("more", "path"),
    [({"agents": []}, "agents"), ({"worker": "a b"}, "worker"), ({"asking": "x"}, "asking"),
     ({"seconds": 1}, "seconds"),
     ({"wait": 99}, "wait"), ({"colour": 1}, "colour")],
)  # fmt: skip
def test_asking_that_makes_no_sense_is_refused_with_the_field(
    operator: Caller, more: dict[str, Json], path: str
) -> None:
    refused = lease(operator, **more)
    assert (refused.status, [*refused.errors]) == (422, [path])
