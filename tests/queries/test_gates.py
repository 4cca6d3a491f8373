"""Who may decide, and in which order people are asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from orchestrator.core.errors import RejectedError, RejectedMissing
from orchestrator.models import Gate, GateDecision
from orchestrator.queries import gates as queries
from tests import cast

pytestmark = pytest.mark.django_db


def test_open_gates_come_by_deadline_those_without_one_last_in_parts() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator)
    for path, minutes in (("none", None), ("late", 9), ("soon", 1), ("also", None), ("mid", 5)):
        cast.gate(run, path, deadline_at=None if minutes is None else cast.NOON + timedelta(minutes=minutes))
    first = queries.gates(operator, limit=2)
    second = queries.gates(operator, cursor=first.next or "", limit=2)
    third = queries.gates(operator, cursor=second.next or "", limit=2)
    found = [gate.path for part in (first, second, third) for gate in part.items]
    assert found == ["soon", "mid", "late", "none", "also"]
    assert third.next is None


def test_decided_gates_come_latest_first_and_an_unknown_status_is_refused() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator)
    cast.gate(run, "a", status="approved"), cast.gate(run, "b", status="rejected"), cast.gate(run, "c")
    assert [gate.path for gate in queries.gates(operator, "decided").items] == ["b", "a"]
    assert [gate.path for gate in queries.gates(operator, "approved").items] == ["a"]
    with pytest.raises(RejectedError):
        queries.gates(operator, "shut")


def test_an_outsider_finds_no_gate_not_even_by_its_number() -> None:
    gate = cast.gate(cast.run(1, cast.person("operator")))
    outsider = cast.person("admin", "outsider", of="others")
    assert queries.gates(outsider).items == ()
    assert not queries.my_gates(outsider).exists()
    for number in (gate.pk, 0, -1, 1 << 70):
        with pytest.raises(RejectedMissing):
            queries.gate_detail(outsider, number)


def test_the_reason_why_one_may_not_decide_names_what_is_missing() -> None:
    viewer, operator, admin = (cast.person(role) for role in ("viewer", "operator", "admin"))
    operator.groups.add(Group.objects.create(name="officers"))
    run = cast.run(1, operator)
    plain, officers = cast.gate(run, "plain"), cast.gate(run, "officers", group="officers")
    high, others = cast.gate(run, "high", role="admin"), cast.gate(run, "others", not_starter=True)
    assert "role operator" in queries.why_not(viewer, plain)
    assert queries.why_not(operator, plain) == ""
    assert "officers" in queries.why_not(admin, officers)
    assert queries.why_not(operator, officers) == ""
    assert "role admin" in queries.why_not(operator, high)
    assert "started" in queries.why_not(operator, others)
    assert queries.why_not(admin, others) == ""


def test_a_gate_for_viewers_still_needs_an_operator() -> None:
    gate = cast.gate(cast.run(1, cast.person("operator")), role="viewer")
    assert "role operator" in queries.why_not(cast.person("viewer"), gate)


def test_my_gates_are_exactly_the_open_ones_that_i_may_decide() -> None:
    viewer, operator, admin = (cast.person(role) for role in ("viewer", "operator", "admin"))
    operator.groups.add(Group.objects.create(name="officers"))
    run = cast.run(1, operator)
    for path, more in (
        ("plain", {}), ("officers", {"group": "officers"}), ("high", {"role": "admin"}),
        ("others", {"not_starter": True}), ("closed", {"status": "approved"}), ("low", {"role": "viewer"}),
    ):  # fmt: skip
        cast.gate(run, path, **more)
    for someone in (viewer, operator, admin):
        mine = set(queries.my_gates(someone))
        assert mine == {gate for gate in Gate.objects.filter(status="open") if not queries.why_not(someone, gate)}


def test_whoever_approved_under_a_quorum_is_not_asked_again_until_the_content_changes() -> None:
    operator = cast.person("operator")
    gate = cast.gate(cast.run(1, operator), quorum=2)
    GateDecision.objects.create(
        run_id=gate.run_id, path=gate.path, n=5, verdict="approve", actor=str(operator.pk), digest=gate.digest,
        at=cast.NOON,
    )  # fmt: skip
    assert not queries.my_gates(operator).exists()
    Gate.objects.filter(pk=gate.pk).update(digest="0" * 32)
    assert queries.my_gates(operator).exists()
