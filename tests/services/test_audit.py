"""The audit trail says who did what, and keeps no secret (U4)."""

from __future__ import annotations

import pytest

from orchestrator.core import codec
from orchestrator.models import AuditEntry
from orchestrator.services import audit
from tests import cast

pytestmark = pytest.mark.django_db


def test_an_entry_names_its_actor_even_after_the_account_is_gone() -> None:
    operator = cast.person("operator")
    entry = audit.record(operator, "start", "run", 7, {"workflow": "letters"})
    operator.delete()
    kept = AuditEntry.objects.get(pk=entry.pk)
    assert (kept.actor_name, kept.verb, kept.noun, kept.noun_id) == ("operator", "start", "run", "7")
    assert kept.data == {"workflow": "letters"}


@pytest.mark.parametrize("name", ["token", "API_KEY", "db_password", "Authorization", "client-secret"])
def test_what_is_named_like_a_secret_is_blotted_out_at_any_depth(name: str) -> None:
    entry = audit.record(cast.person("admin"), "x", "y", "z", {"list": [{name: "hunter2"}], "tokens": 5})
    assert "hunter2" not in codec.dumps(entry.data)
    assert entry.data["tokens"] == 5


def test_a_huge_entry_keeps_its_names_only() -> None:
    entry = audit.record(cast.person("admin"), "x", "y", "z", {"text": "x" * 100_000})
    assert entry.data == {"left_out": "100.0 KB", "names": ["text"]}
