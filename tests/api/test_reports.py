"""Servers that were asked to call back report at the address they got, and nobody else does (A6, S8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from orchestrator import claim_tokens, wiring
from orchestrator.core.agents import Lane
from orchestrator.core.messages import Verdict
from orchestrator.core.outcomes import Json
from orchestrator.engine.engine import Engine
from orchestrator.engine.ports import Claim
from orchestrator.models import Attempt, Breaker, Event, QueueEntry, Run, Step, User
from orchestrator.services import runs
from orchestrator.services.overdue import report_overdue
from tests import cast, driven
from tests.api.conftest import Answer, answer

RATED = """
workflow: rated
role: Has something rated elsewhere.
input: {type: object}
output: steps.rate.output
steps:
  - {id: rate, agent: rater, retry: {attempts: 3, backoff: 0.01}}
"""


@pytest.fixture
def operator(transactional_db: None) -> User:
    driven.agent("rater", returns=driven.NUMBER)
    driven.workflow(cast.person("builder"), RATED)
    return cast.person("operator")


@pytest.fixture
def run(operator: User) -> Run:
    return Run.objects.get(pk=runs.start(operator, "rated", {}).run_id)


@pytest.fixture
def claim(run: Run) -> Claim:
    (claim,) = driven.claim()
    return claim


def token(claim: Claim) -> str:
    return claim_tokens.made(claim_tokens.held_by(claim), claim_tokens.CALLBACK)


def report(claim: Claim, body: Json) -> Answer:
    return answer(Client().post(f"/api/v1/attempts/{token(claim)}/report", body, content_type="application/json"))


GOOD: Json = {"ok": True, "output": {"n": 3}, "cost_usd": "0.25", "tokens": 9}


def test_a_parked_attempt_is_reported_without_any_other_sign_of_who_it_is(claim: Claim, run: Run) -> None:
    wiring.store().park(claim, 60)
    got = report(claim, GOOD)
    assert (got.status, got.body) == (200, {"accepted": True})
    run.refresh_from_db()
    assert (run.status, run.output, str(run.cost_usd), run.tokens) == ("succeeded", {"n": 3}, "0.25", 9)


def test_the_same_report_again_is_answered_the_same_and_changes_nothing(claim: Claim, run: Run) -> None:
    wiring.store().park(claim, 60)
    assert report(claim, GOOD).status == 200
    n = Event.objects.filter(run_id=run.id).count()
    assert [report(claim, GOOD).status, report(claim, {"ok": False}).status] == [200, 200]
    assert Event.objects.filter(run_id=run.id).count() == n


def test_a_report_that_is_quicker_than_the_parking_counts(claim: Claim, run: Run) -> None:
    """S8: the worker has not yet written down that it handed the work over."""
    assert report(claim, GOOD).status == 200
    wiring.store().park(claim, 60)
    run.refresh_from_db()
    assert (run.status, QueueEntry.objects.count()) == ("succeeded", 0)


def test_an_output_that_breaks_the_contract_is_a_failed_attempt_that_is_tried_again(claim: Claim, run: Run) -> None:
    """R2: in the same words as the output of a worker of ours."""
    assert report(claim, {"ok": True, "output": {"n": "three"}}).status == 200
    failed = Attempt.objects.get(run_id=run.id, attempt=1)
    assert (failed.status, failed.failure) == ("failed", "schema")
    assert failed.reason.startswith("The output of rater does not fit its contract. n: ")
    assert QueueEntry.objects.get(run_id=run.id).attempt == 2


def test_an_output_past_the_limit_of_its_step_is_a_failed_attempt(operator: User) -> None:
    """C7: bytes out, of work that is done elsewhere as of ours."""
    driven.workflow(cast.person("builder", "bob"), RATED.replace("rated", "small").replace(
        "agent: rater,", "agent: rater, limits: {output: 0.001},"))  # fmt: skip
    run_id = runs.start(operator, "small", {}).run_id
    (claim,) = driven.claim()
    assert report(claim, {"ok": True, "output": {"n": 3, "more": "x" * 2000}}).status == 200
    failed = Attempt.objects.get(run_id=run_id)
    assert (failed.failure, failed.reason) == (
        "over_limit", "rater returned too much: the value takes 2.0 KB; at most 1.0 KB are allowed.",
    )  # fmt: skip


def test_a_failure_is_reported_with_its_kind(claim: Claim, run: Run) -> None:
    assert report(claim, {"ok": False, "failure": "unavailable", "reason": "Closed on Sundays."}).status == 200
    failed = Attempt.objects.get(run_id=run.id, attempt=1)
    assert (failed.failure, failed.reason) == ("unavailable", "Closed on Sundays.")


@pytest.mark.parametrize(
    ("body", "path"),
    [({"ok": False, "failure": "lost"}, "failure"), ({"ok": True, "cost_usd": "much"}, "cost_usd"),
     ({"ok": True, "tokens": -1}, "tokens"), ({"ok": True, "colour": 1}, "colour"), ({}, "ok")],
)  # fmt: skip
def test_a_report_that_makes_no_sense_is_refused_and_may_be_mended(claim: Claim, body: Json, path: str) -> None:
    got = report(claim, body)
    assert (got.status, [*got.errors]) == (422, [path])
    assert report(claim, GOOD).status == 200


def test_a_late_report_is_refused(claim: Claim, run: Run, operator: User) -> None:
    runs.cancel(operator, run.id, "")
    assert report(claim, GOOD).status == 409


def test_what_an_earlier_attempt_was_asked_for_is_taken_by_the_one_that_waits(claim: Claim, run: Run) -> None:
    """S8, line 7: the worker died after it had asked; the server knows the key and reports at the first address."""
    wiring.store().retire(driven.WORKER)
    (again,) = driven.claim()
    assert again.fence != claim.fence
    busy = report(claim, GOOD)
    assert (busy.status, "send the same again" in busy.body["detail"]) == (503, True)
    wiring.store().park(again, 60)
    assert report(claim, GOOD).status == 200
    assert Step.objects.get(run_id=run.id, path="rate").output == {"n": 3}
    assert [report(claim, GOOD).status, report(again, GOOD).status] == [200, 409]


def test_a_token_that_was_not_made_for_this_opens_nothing(claim: Claim) -> None:
    for text in ("x", token(claim)[:-1] + "_", claim_tokens.made(claim_tokens.held_by(claim), claim_tokens.WORK)):
        got = answer(Client().post(f"/api/v1/attempts/{text}/report", GOOD, content_type="application/json"))
        assert got.status == 404
    assert QueueEntry.objects.get().lane == Lane.SLOW


def test_a_large_output_is_kept_by_reference(claim: Claim, run: Run) -> None:
    assert report(claim, {"ok": True, "output": {"n": 1, "text": "x" * 100_000}}).status == 200
    step = Step.objects.get(run_id=run.id, path="rate")
    assert (step.output, len(step.output_ref)) == (None, 64)


def test_a_report_that_does_not_come_in_time_is_a_time_out_and_counts_against_its_server(operator: User) -> None:
    """R3, S8: a server that takes work and goes silent is no better than one that does not answer."""
    for number in range(5):
        run = Run.objects.get(pk=runs.start(operator, "rated", {"number": number}).run_id)
        (claim,) = driven.claim()
        wiring.store().park(claim, 60)
        assert report_overdue() == 0
        QueueEntry.objects.filter(run_id=run.id).update(parked_until=cast.NOON)
        assert not Breaker.objects.exists()
        assert report_overdue() == 1
        late = Attempt.objects.get(run_id=run.id, attempt=1)
        assert (late.failure, late.reason) == ("timeout", "rater took the work and did not report it within 60 s")
        runs.cancel(operator, run.id, "")
        assert report(claim, GOOD).status == 409
    assert Breaker.objects.get().state == "open"


def test_a_run_that_is_busy_keeps_no_other_from_timing_out(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """R3, S8: it is looked at again with the next sweep."""
    claims = []
    for number in range(2):
        runs.start(operator, "rated", {"number": number})
        claims += driven.claim()
        wiring.store().park(claims[-1], 60)
        QueueEntry.objects.filter(run_id=claims[-1].run_id).update(parked_until=cast.NOON + timedelta(seconds=number))
    call = Engine.call

    def busy(self: Engine, run_id: str, *given: Any) -> Verdict:
        return Verdict(status=503, reason="busy") if run_id == claims[0].run_id else call(self, run_id, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "call", busy)
        assert report_overdue() == 1
    assert report_overdue() == 1
    assert Attempt.objects.filter(failure="timeout").count() == 2
