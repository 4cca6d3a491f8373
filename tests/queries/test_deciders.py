"""Whether anyone may decide at a gate: the same answer as asking each person, in few questions."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import User
from orchestrator.queries.deciders import Decider, stuck
from orchestrator.queries.gates import why_not
from tests import cast

pytestmark = pytest.mark.django_db


def test_who_may_decide_is_the_same_as_asked_one_by_one() -> None:
    people = [cast.person(role) for role in ("viewer", "operator", "builder", "admin")]
    officers = Group.objects.create(name="officers")
    for one in people[::2]:
        one.groups.add(officers)
    people.append(cast.person("admin", "gone"))
    User.objects.filter(username="gone").update(is_active=False)
    run = cast.run(1, people[1])
    for number, (role, group, other) in enumerate(
        product(("viewer", "operator", "builder", "admin"), ("", "officers"), (False, True))
    ):
        gate = cast.gate(run, f"g{number}", role=role, group=group, not_starter=other)
        for one in User.objects.all():
            groups = frozenset(one.groups.values_list("name", flat=True))
            assert Decider(user=one, groups=groups).may(gate) == (not why_not(one, gate)), (one, gate.path)


def test_a_gate_without_enough_people_is_named_with_what_is_missing() -> None:
    operator = cast.person("operator")
    cast.person("admin", "outsider", of="others")
    run = cast.run(1, operator)
    fine = cast.gate(run, "fine")
    nobody = cast.gate(run, "nobody", role="admin", deadline_at=cast.NOON)
    own = cast.gate(run, "own", not_starter=True)
    few = cast.gate(run, "few", quorum=2)
    said = stuck([fine, nobody, own, few])
    assert set(said) == {nobody.pk, own.pk, few.pk}
    assert "role admin or above" in said[nobody.pk]
    assert "until its deadline" in said[nobody.pk]
    assert "other than the one that started the run" in said[own.pk]
    assert said[few.pk] == "This needs 2 people, but only 1 may decide here: operator."


def test_many_gates_and_people_take_two_questions() -> None:
    operator = cast.person("operator")
    for number in range(5):
        cast.person("builder", f"builder-{number}").groups.add(Group.objects.create(name=f"group-{number}"))
    run = cast.run(1, operator)
    gates = [cast.gate(run, f"g{number}", group=f"group-{number}") for number in range(5)]
    with CaptureQueriesContext(connection) as asked:
        assert stuck(gates) == {}
    assert len(asked) == 2
    assert stuck([]) == {}
