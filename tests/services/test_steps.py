"""Retrying and skipping steps as a use case: who may, what comes of it, and what is on record (R11, U4)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.errors import RejectedConflict, RejectedForbidden, RejectedMissing
from orchestrator.models import AuditEntry, Event, Gate, Run, Step, User
from orchestrator.services import audit, gates, runs
from orchestrator.store.verify import findings
from orchestrator.wiring import driver, store
from tests import cast


def no_fault(run: Run) -> None:
    assert list(findings(store(), driver().actor.library, run.id)) == []


@pytest.fixture
def rejected(run: Run, gate: Gate) -> Run:
    gates.decide(cast.person("operator", "olga"), gate.id, "reject", comment="not like this")
    run.refresh_from_db()
    assert (run.status, run.ended_at is not None) == ("failed", True)
    return run


def test_a_rejected_gate_is_opened_again_and_asks_anew(operator: User, rejected: Run, gate: Gate) -> None:
    """R11, S9: the run is open again with it; nothing that was decided before counts."""
    again = runs.retry(operator, rejected.id, "sign")
    assert (again.status, again.ended_at, again.reason, again.gates) == ("waiting", None, "", 1)
    reopened = Gate.objects.get(run_id=rejected.id)
    assert (reopened.id, reopened.status, reopened.closed_at) == (gate.id, "open", None)
    assert reopened.digest != gate.digest
    no_fault(rejected)
    olga = User.objects.get(username="olga")
    gates.decide(olga, gate.id, "reject", comment="not like this")
    assert Run.objects.get(pk=rejected.id).status == "failed"
    runs.retry(operator, rejected.id)
    gates.decide(olga, gate.id, "approve")
    assert Run.objects.get(pk=rejected.id).status == "succeeded"
    no_fault(rejected)


def test_a_failed_step_is_skipped_and_what_follows_goes_on(operator: User, rejected: Run) -> None:
    done = runs.skip(operator, rejected.id, "sign", " signed on paper ")
    step = Step.objects.get(run_id=rejected.id, path="sign")
    assert (done.status, step.status, step.reason) == (
        "succeeded", "skipped", f"skipped by {operator.username}: signed on paper",
    )  # fmt: skip
    no_fault(rejected)


def test_an_open_gate_is_skipped_and_withdrawn(operator: User, run: Run, gate: Gate) -> None:
    """S12."""
    assert runs.skip(operator, run.id, "sign").status == "succeeded"
    gate.refresh_from_db()
    assert gate.status == "withdrawn"
    no_fault(run)


def test_who_did_it_and_why_is_in_the_log_and_on_the_audit_trail(operator: User, rejected: Run) -> None:
    runs.skip(operator, rejected.id, "sign", "signed on paper")
    event = Event.objects.get(run_id=rejected.id, type="step.skipped")
    assert (event.path, event.data["actor"], event.data["reason"]) == ("sign", str(operator.pk), "signed on paper")
    line = AuditEntry.objects.get(verb="skip", noun="run", noun_id=rejected.id)
    assert (line.actor, line.data) == (str(operator.pk), {"path": "sign", "reason": "signed on paper"})


def test_a_viewer_and_an_outsider_retry_and_skip_nothing(rejected: Run) -> None:
    viewer, outsider = cast.person("viewer"), cast.person("admin", "outsider", "others")
    for act in (runs.retry, runs.skip):
        with pytest.raises(RejectedForbidden, match="you need the role operator"):
            act(viewer, rejected.id, "sign")
        with pytest.raises(RejectedMissing):
            act(outsider, rejected.id, "sign")
    assert Run.objects.get(pk=rejected.id).n == rejected.n


def test_what_is_not_possible_is_refused_with_the_reason(operator: User, run: Run) -> None:
    with pytest.raises(RejectedConflict, match="'sign' is waiting; only what failed can be tried again"):
        runs.retry(operator, run.id, "sign")
    with pytest.raises(RejectedConflict, match="the whole run can't be skipped"):
        runs.skip(operator, run.id, "")
    with pytest.raises(RejectedMissing, match="no step 'nowhere'"):
        runs.retry(operator, run.id, "nowhere")
    runs.cancel(operator, run.id)
    for act in (runs.retry, runs.skip):
        with pytest.raises(RejectedConflict, match="the run was cancelled"):
            act(operator, run.id, "sign")
    no_fault(run)


@pytest.mark.parametrize("verb", ["pause", "cancel", "skip", "decide"])
def test_an_act_and_its_line_on_the_audit_trail_happen_together_or_not_at_all(
    operator: User, run: Run, gate: Gate, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """H4, U4: a process that dies between the two would have lost the line."""

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "record", die)
    acts: dict[str, Any] = {
        "pause": lambda: runs.pause(operator, run.id), "cancel": lambda: runs.cancel(operator, run.id),
        "skip": lambda: runs.skip(operator, run.id, "sign"),
        "decide": lambda: gates.decide(operator, gate.id, "approve"),
    }  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        acts[verb]()
    assert Run.objects.get(pk=run.id).n == run.n
    assert Gate.objects.get(pk=gate.id).status == "open"
