"""Deciding at gates: who, on what, with which changes, and twice (H1, H2, S10)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.models import AuditEntry, Gate, GateDecision, Run, Step, User
from orchestrator.services import gates, runs, workflows
from tests import cast

HOSTILE = "<script>alert(1)</script>'\"; DROP TABLE --"


def gate_of(actor: User, name: str, more: str) -> Gate:
    """Start a run of a workflow with one gate."""
    builder = User.objects.filter(role="builder").first() or cast.person("builder")
    source = f"workflow: {name}\ninput: {{type: object}}\nsteps:\n  - id: sign\n    gate: {{title: Sign, {more}}}\n"
    workflows.apply(builder, source)
    return Gate.objects.get(run_id=runs.start(actor, name, {}).run_id)


def test_an_approval_with_edits_ends_the_run_with_what_was_approved(operator: User, gate: Gate) -> None:
    """H2."""
    decided = gates.decide(operator, gate.pk, "approve", {"text": HOSTILE}, "fine", digest=gate.digest)
    run = Run.objects.get()
    assert (decided.status, run.status) == ("approved", "succeeded")
    assert run.output == {"text": HOSTILE, "pages": 1, "urgent": False}
    (decision,) = GateDecision.objects.all()
    assert (decision.actor_name, decision.edits, decision.comment) == ("operator", {"text": HOSTILE}, "fine")
    assert AuditEntry.objects.filter(verb="approve", noun="gate", noun_id=str(gate.pk)).count() == 1


def test_a_rejection_needs_a_comment_and_fails_the_run_as_rejected(operator: User, gate: Gate) -> None:
    for comment in ("", "   "):
        with pytest.raises(RejectedError) as refused:
            gates.decide(operator, gate.pk, "reject", comment=comment)
        assert [problem.path for problem in refused.value.problems] == ["comment"]
    gates.decide(operator, gate.pk, "reject", comment="too short")
    run = Run.objects.get()
    assert run.status == "failed"
    assert "too short" in run.reason


def test_a_viewer_and_an_outsider_decide_nothing(gate: Gate) -> None:
    with pytest.raises(RejectedForbidden):
        gates.decide(cast.person("viewer"), gate.pk, "approve")
    with pytest.raises(RejectedMissing):
        gates.decide(cast.person("admin", "outsider", of="others"), gate.pk, "approve")
    assert Gate.objects.get().status == "open"
    assert not GateDecision.objects.exists()


def test_whoever_started_the_run_does_not_decide_where_that_is_forbidden(operator: User) -> None:
    gate = gate_of(operator, "four-eyes", "approvers: {not_starter: true}")
    with pytest.raises(RejectedForbidden, match="started"):
        gates.decide(operator, gate.pk, "approve")
    assert gates.decide(cast.person("operator", "second"), gate.pk, "approve").status == "approved"


def test_a_decision_on_something_else_than_is_shown_is_refused(operator: User, gate: Gate) -> None:
    with pytest.raises(RejectedConflict, match="changed"):
        gates.decide(operator, gate.pk, "approve", digest="0" * 32)
    assert Gate.objects.get().status == "open"


@pytest.mark.parametrize(
    ("edits", "path"),
    [
        ({"text": 5}, "edits.text"),
        ({"text": ["x"]}, "edits.text"),
        ({"pages": "two"}, "edits.pages"),
        ({"pages": True}, "edits.pages"),
        ({"urgent": 1}, "edits.urgent"),
        ({"signature": "x"}, "edits.signature"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_by_name(
    operator: User, gate: Gate, edits: dict[str, Json], path: str
) -> None:
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, "approve", edits)
    assert [problem.path for problem in refused.value.problems] == [path]
    assert all(problem.hint for problem in refused.value.problems)
    assert Gate.objects.get().status == "open"


def test_edits_are_held_against_the_schema_where_there_is_one(operator: User) -> None:
    wanted = "{type: object, properties: {pages: {type: integer, maximum: 9}}}"
    gate = gate_of(operator, "short", f"show: {{pages: '1'}}, edit: [pages], edit_schema: {wanted}")
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, "approve", {"pages": 10})
    assert refused.value.problems[0].path == "edits.pages"
    assert gates.decide(operator, gate.pk, "approve", {"pages": 9}).status == "approved"


def test_what_does_not_fit_as_it_is_has_to_be_filled_in_first(operator: User) -> None:
    """H2: a split debate shows no outcome; nobody can approve it without choosing one (P8)."""
    wanted = "{type: object, properties: {pages: {type: integer}}}"
    gate = gate_of(
        operator, "open", f"show: {{pages: 'null'}}, edit: [pages], edit_schema: {wanted}, approvers: {{quorum: 2}}"
    )
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, "approve")
    assert (refused.value.problems[0].path, Gate.objects.get(pk=gate.pk).status) == ("edits.pages", "open")
    gates.decide(operator, gate.pk, "approve", {"pages": 3})
    assert gates.decide(cast.person("operator", "second"), gate.pk, "approve").status == "approved"
    assert Run.objects.get(pk=gate.run_id).output == {"pages": 3}


@pytest.mark.parametrize(
    ("verdict", "comment", "path"),
    [("maybe", "", "verdict"), ("answer", "", "verdict"), ("reject", "x" * 10_001, "comment"), ("", "", "verdict")],
)
def test_a_verdict_that_is_none_is_refused(operator: User, gate: Gate, verdict: str, comment: str, path: str) -> None:
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, verdict, comment=comment)
    assert [problem.path for problem in refused.value.problems] == [path]


def test_changes_count_only_when_approving(operator: User, gate: Gate) -> None:
    with pytest.raises(RejectedError) as refused:
        gates.decide(operator, gate.pk, "reject", {"text": "x"}, "no")
    assert [problem.path for problem in refused.value.problems] == ["edits"]


@pytest.mark.parametrize(("name", "text"), [("comment", "a\0b"), ("digest", "a\0b"), ("to", "\0")])
def test_text_that_a_database_cannot_keep_is_refused(operator: User, gate: Gate, name: str, text: str) -> None:
    """S26."""
    words = {"comment": "no", name: text}
    with pytest.raises(RejectedError):
        gates.decide(operator, gate.pk, "send_back", **words)
    assert Gate.objects.get().status == "open"


@pytest.mark.parametrize("digest_is_said", [True, False])
@pytest.mark.parametrize("edits", [{}, {"text": "shorter"}])
def test_a_double_click_counts_once_and_is_answered_the_same(
    operator: User, gate: Gate, digest_is_said: bool, edits: dict[str, Json]
) -> None:
    """S10."""
    said = gate.digest if digest_is_said else ""
    answers = [gates.decide(operator, gate.pk, "approve", edits, digest=said).status for _ in range(2)]
    assert answers == ["approved", "approved"]
    assert GateDecision.objects.count() == 1
    assert AuditEntry.objects.filter(verb="approve").count() == 1


def test_another_decision_after_the_first_is_told_who_was_faster(operator: User, gate: Gate) -> None:
    gates.decide(operator, gate.pk, "approve")
    for actor, verdict in ((operator, "reject"), (cast.person("operator", "second"), "approve")):
        with pytest.raises(RejectedConflict, match="approved already by operator"):
            gates.decide(actor, gate.pk, verdict, comment="late")
    assert GateDecision.objects.count() == 1


def test_of_two_approvers_at_once_one_decides_and_the_other_is_told(operator: User, gate: Gate) -> None:
    """S10: one that double-clicks beside another, all in the same instant."""
    second = cast.person("operator", "second")
    answers = at_once([lambda who=who: gates.decide(who, gate.pk, "approve") for who in (operator, operator, second)])
    assert sorted(answers[:2]) in (["200", "200"], ["409", "409"])
    assert {answers[0], answers[2]} == {"200", "409"}
    assert GateDecision.objects.count() == 1
    assert Run.objects.get().status == "succeeded"


def test_a_quorum_of_two_takes_two_people(operator: User) -> None:
    """S10."""
    gate = gate_of(operator, "two", "approvers: {quorum: 2}")
    for _ in range(2):
        assert gates.decide(operator, gate.pk, "approve").status == "open"
    assert gates.decide(cast.person("operator", "second"), gate.pk, "approve").status == "approved"
    assert GateDecision.objects.count() == 2


def test_what_is_sent_back_is_done_again_with_the_feedback_and_decided_anew(operator: User) -> None:
    """H2."""
    builder = cast.person("builder")
    workflows.apply(
        builder, "workflow: twice\nsteps:\n  - {id: draft, gate: {title: D}}\n  - {id: sign, gate: {title: S}}\n"
    )
    run_id = runs.start(operator, "twice", {}).run_id
    gates.decide(operator, Gate.objects.get(path="draft").pk, "approve")
    gates.decide(operator, Gate.objects.get(path="sign").pk, "send_back", comment="shorter, please")
    assert set(Gate.objects.values_list("path", "status")) == {
        ("draft", "approved"), ("sign", "rejected"), ("draft#2", "open"),
    }  # fmt: skip
    assert Step.objects.get(path="draft#2").feedback == "shorter, please"
    gates.decide(operator, Gate.objects.get(path="draft#2").pk, "approve")
    gates.decide(operator, Gate.objects.get(path="sign#2").pk, "approve")
    assert Run.objects.get(pk=run_id).status == "succeeded"


def test_only_members_of_the_group_decide_where_one_is_named(operator: User) -> None:
    gate = gate_of(operator, "officers", "approvers: {group: officers}")
    member = cast.person("operator", "member")
    member.groups.add(Group.objects.create(name="officers"))
    with pytest.raises(RejectedForbidden, match="officers"):
        gates.decide(operator, gate.pk, "approve")
    assert gates.decide(member, gate.pk, "approve").status == "approved"


def test_a_gate_of_a_cancelled_run_is_withdrawn_and_cannot_be_decided(operator: User, gate: Gate) -> None:
    """S12."""
    runs.cancel(operator, gate.run_id)
    with pytest.raises(RejectedConflict, match="withdrawn already"):
        gates.decide(operator, gate.pk, "approve")


def test_a_paused_run_still_takes_decisions(operator: User, gate: Gate) -> None:
    runs.pause(operator, gate.run_id)
    assert gates.decide(operator, gate.pk, "approve").status == "approved"


def at_once(calls: list[Callable[[], object]]) -> list[str]:
    """Make calls at the same moment, each on a connection of its own, and return the HTTP status of each."""
    answers, barrier = [""] * len(calls), threading.Barrier(len(calls))

    def call(number: int) -> None:
        barrier.wait()
        try:
            calls[number]()
            answers[number] = "200"
        except RejectedError as error:
            answers[number] = str(error.status)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers
