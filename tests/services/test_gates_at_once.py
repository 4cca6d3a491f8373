"""Several gates of one run, and a decision against a deadline, on the real database (S9, S11, S12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator.core.errors import RejectedConflict
from orchestrator.models import AuditEntry, Event, Gate, GateDecision, QueueEntry, Run, Timer, User
from orchestrator.queries.badges import badges
from orchestrator.queries.gates import gates as listed
from orchestrator.queries.gates import my_gates
from orchestrator.services import gates, runs, workflows
from orchestrator.store.verify import findings
from orchestrator.wiring import driver, engine, store
from tests import cast
from tests.services.test_gates import at_once

TURNS = 6
DEADLINE = """
workflow: hurry
input: {type: object}
steps:
  - {id: sign, gate: {title: Sign, deadline: {after: 1h, then: reject}}}
"""
BRANCHES = """
workflow: branches
input: {type: object}
steps:
  - id: all
    parallel:
      branches:
        left: {gate: {title: Left}}
        middle: {gate: {title: Middle}, when: "false"}
        right: {gate: {title: Right}}
"""
TWENTY = """
workflow: twenty
input: {type: object, required: [items], properties: {items: {type: array, items: {type: integer}}}}
steps:
  - id: each
    map:
      over: input.items
      as: item
      do:
        - {id: sign, gate: {title: Sign one, show: {item: item}}}
"""


def begun(operator: User, text: str, given: object = None) -> str:
    """Load a workflow and start a run of it."""
    builder = User.objects.filter(role="builder").first() or cast.person("builder")
    name = workflows.apply(builder, text).version.name
    return runs.start(operator, name, {} if given is None else given).run_id


def agree(operator: User, run_id: str, count: int) -> None:
    """Hold the list, the badge and the run's own count against each other, and the books against the events."""
    shown = [gate.pk for gate in listed(operator, limit=100).items]
    assert len(shown) == my_gates(operator).count() == badges(operator)["approvals"] == count
    assert Run.objects.get(pk=run_id).gates == count
    assert list(findings(store(), driver().actor.library, run_id)) == []


def test_of_a_decision_and_the_deadline_in_the_same_instant_one_counts_and_both_are_on_record(operator: User) -> None:
    """S9: one outcome; a person who was late is told, and the trail keeps what they wanted."""
    outcomes = set()
    for turn in range(TURNS):
        run_id = begun(operator, DEADLINE)
        gate = Gate.objects.get(run_id=run_id)
        Timer.objects.filter(run_id=run_id).update(due_at=timezone.now() - timedelta(seconds=1))
        calls = [lambda gate=gate: gates.decide(operator, gate.pk, "approve", comment="in time"),
                 lambda: engine().sweep_timers()]  # fmt: skip
        answers = at_once(calls if turn % 2 else calls[::-1])
        engine().sweep()
        gate.refresh_from_db()
        said = answers[0 if turn % 2 else 1]
        outcomes.add(gate.status)
        assert (gate.status, said) in {("approved", "200"), ("expired", "409")}
        assert Event.objects.filter(run_id=run_id, type="gate.closed").count() == 1
        assert GateDecision.objects.filter(run_id=run_id).count() == (gate.status == "approved")
        verb = "approve" if gate.status == "approved" else "approve_refused"
        assert list(AuditEntry.objects.filter(noun="gate", noun_id=str(gate.pk)).values_list("verb", flat=True)) == [
            verb
        ]
        assert list(findings(store(), driver().actor.library, run_id)) == []
    assert outcomes <= {"approved", "expired"}


def test_an_old_timer_of_a_passed_gate_changes_nothing_and_a_late_decision_is_refused(operator: User) -> None:
    """S9."""
    passed, missed = (Gate.objects.get(run_id=begun(operator, DEADLINE)) for _ in range(2))
    old = Timer.objects.get(run_id=passed.run_id)
    gates.decide(operator, passed.pk, "approve")
    Timer.objects.create(run_id=passed.run_id, path=old.path, name=old.name, due_at=timezone.now())
    Timer.objects.filter(run_id=missed.run_id).update(due_at=timezone.now() - timedelta(seconds=1))
    engine().sweep()
    engine().sweep()
    assert Gate.objects.get(pk=passed.pk).status == "approved"
    assert Run.objects.get(pk=passed.run_id).status == "succeeded"
    with pytest.raises(RejectedConflict, match="expired already"):
        gates.decide(operator, missed.pk, "approve")
    entry = AuditEntry.objects.get(verb="approve_refused")
    assert (entry.actor_name, entry.data["refused"]) == (operator.username, "This approval is expired already.")


def test_gates_in_three_branches_hold_each_alone_and_a_skipped_one_asks_nobody(operator: User) -> None:
    """S11."""
    run_id = begun(operator, BRANCHES)
    assert set(Gate.objects.values_list("path", flat=True)) == {"all/left", "all/right"}
    agree(operator, run_id, 2)
    gates.decide(operator, Gate.objects.get(path="all/right").pk, "approve")
    assert (Gate.objects.get(path="all/left").status, Run.objects.get(pk=run_id).status) == ("open", "waiting")
    agree(operator, run_id, 1)
    gates.decide(operator, Gate.objects.get(path="all/left").pk, "approve")
    assert QueueEntry.objects.filter(run_id=run_id).count() == 1, "what joins them is queued, once"
    agree(operator, run_id, 0)


def test_twenty_gates_of_a_map_are_decided_in_any_order_by_several_at_once(operator: User) -> None:
    """S11: none is lost, none doubled, and the badge falls with the list."""
    run_id = begun(operator, TWENTY, {"items": list(range(20))})
    agree(operator, run_id, 20)
    found = list(Gate.objects.filter(run_id=run_id).order_by("-path"))
    gates.decide(operator, found[7].pk, "approve")
    assert Gate.objects.filter(status="open").count() == 19
    agree(operator, run_id, 19)
    rest = [gate for gate in found if gate.pk != found[7].pk]
    for start in range(0, len(rest), 5):
        answers = at_once(
            [lambda gate=gate: gates.decide(operator, gate.pk, "approve") for gate in rest[start : start + 5]]
        )
        assert set(answers) == {"200"}
        agree(operator, run_id, 19 - start - len(rest[start : start + 5]))
    assert GateDecision.objects.filter(run_id=run_id).count() == 20
    assert QueueEntry.objects.filter(run_id=run_id).count() == 1, "what joins them is queued, once"


def test_cancelling_withdraws_every_gate_of_a_map_at_once_and_the_badge_falls(operator: User) -> None:
    """S12."""
    run_id = begun(operator, TWENTY, {"items": list(range(20))})
    gates.decide(operator, Gate.objects.order_by("pk")[3].pk, "approve")
    runs.cancel(operator, run_id)
    assert Gate.objects.filter(status="withdrawn").count() == 19
    agree(operator, run_id, 0)
