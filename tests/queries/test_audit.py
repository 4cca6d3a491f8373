"""The audit trail: who reads it, what is found in it, and a chain of seals that shows every tampering (U4, H4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator.core.errors import RejectedError, RejectedForbidden
from orchestrator.models import AuditEntry, User
from orchestrator.queries import audit as queries
from orchestrator.queries.audit import AuditFilter
from orchestrator.services import audit
from orchestrator.services.seals import seal_trail
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def builder() -> User:
    return cast.person("builder")


def written(builder: User, lines: int = 5) -> list[AuditEntry]:
    return [audit.record(builder, "start", "run", f"r{n}", {"n": n, "share": 0.1 * n}) for n in range(lines)]


def test_the_trail_is_for_builders_of_the_team(builder: User) -> None:
    entry = audit.record(builder, "start", "run", "r1")
    assert queries.trail(builder, AuditFilter(object="run", object_id="r1")).items == (entry,)
    assert queries.trail(cast.person("admin", "outsider", of="others")).items == ()
    for role in ("operator", "viewer"):
        with pytest.raises(RejectedForbidden):
            queries.trail(cast.person(role))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(person="build"), ["c1", "r1"]),
        (AuditFilter(person="nobody"), []),
        (AuditFilter(act="approve"), ["g1"]),
        (AuditFilter(object="card", since="1h"), ["c1"]),
        (AuditFilter(since="1h"), ["c1", "g1"]),
        (AuditFilter(until="1h"), ["r1"]),
        (AuditFilter(object="run", object_id="r2"), []),
    ],
)
def test_a_filter_finds_what_it_says(wanted: AuditFilter, found: list[str], builder: User) -> None:
    old = audit.record(builder, "start", "run", "r1")
    AuditEntry.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(hours=2))
    audit.record(cast.person("operator"), "approve", "gate", "g1")
    audit.record(builder, "move_card", "card", "c1")
    assert [entry.noun_id for entry in queries.trail(builder, wanted).items] == found
    assert queries.known_words(builder) == {"act": ["approve", "move_card", "start"], "object": ["card", "gate", "run"]}


def test_a_time_that_is_none_is_refused_by_name(builder: User) -> None:
    with pytest.raises(RejectedError) as refused:
        queries.trail(builder, AuditFilter(since="long ago"))
    assert refused.value.problems[0].path == "since"


def test_parts_hold_every_line_once(builder: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PART", 2)
    made = written(builder)
    found = [entry for part in queries.parts(builder, AuditFilter()) for entry in part]
    assert found == made[::-1]


def test_lines_are_sealed_once_in_batches_and_the_chain_is_whole(builder: User) -> None:
    written(builder)
    assert [seal_trail(3), seal_trail(3), seal_trail(3)] == [3, 2, 0]
    assert list(AuditEntry.objects.order_by("id").values_list("place", flat=True)) == [1, 2, 3, 4, 5]
    assert len(set(AuditEntry.objects.values_list("seal", flat=True))) == 5
    assert list(queries.chain_findings()) == []


def test_a_line_that_committed_late_is_sealed_late(builder: User) -> None:
    """PostgreSQL hands numbers out before their transactions commit, so a lower one may appear later."""
    first = written(builder, 3)[0]
    AuditEntry.objects.filter(pk=first.pk).delete()
    assert seal_trail() == 2
    late = AuditEntry.objects.create(id=first.pk, actor="1", actor_name="x", verb="start", noun="run", noun_id="r")
    assert seal_trail() == 1
    assert AuditEntry.objects.get(pk=late.pk).place == 3
    assert list(queries.chain_findings()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verb": "approve"}, "line 3 (approve run r2) is not what was sealed"),
        ({"data": {"n": 2, "share": 0.3}}, "line 3 (start run r2) is not what was sealed"),
        ({"actor_name": "somebody else"}, "line 3 (start run r2) is not what was sealed"),
        ({"seal": "0" * 64}, "line 3 (start run r2) is not what was sealed"),
        (None, "line 3 of the chain is missing"),
    ],
)
def test_whoever_changes_a_line_is_found_out(change: dict[str, object] | None, words: str, builder: User) -> None:
    third = written(builder)[2]
    seal_trail()
    rows = AuditEntry.objects.filter(pk=third.pk)
    rows.update(**change) if change else rows.delete()
    assert words in " ".join(queries.chain_findings())
