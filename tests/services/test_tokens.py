"""Tokens: their text is seen once, their hash is all that is kept, and a bad one is nobody's (U4, S26)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.models import ApiToken, AuditEntry, User
from orchestrator.services import people, tokens
from tests import cast

pytestmark = pytest.mark.django_db


def handed_out(role: str = "operator") -> tuple[ApiToken, str]:
    return tokens.create(people.shell_account(), people.script_account("script", role), "script")


def test_a_token_is_recognised_and_only_its_hash_is_kept() -> None:
    token, text = handed_out()
    assert tokens.recognise(text) == token.user
    assert text not in str(ApiToken.objects.values()) + str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.swapcase(),
        lambda text: text.removeprefix(tokens.PREFIX),
        lambda text: tokens.digest(text),
        lambda text: tokens.PREFIX + "x" * 1_000_000,
        lambda text: "",
        lambda text: tokens.PREFIX + "\ud800",
    ],
)
def test_a_forged_token_is_nobodys(forge: object) -> None:
    _, text = handed_out()
    assert callable(forge)
    assert tokens.recognise(forge(text)) is None


def test_a_revoked_token_and_one_of_a_closed_account_are_nobodys() -> None:
    token, text = handed_out()
    User.objects.filter(pk=token.user.pk).update(is_active=False)
    assert tokens.recognise(text) is None
    User.objects.filter(pk=token.user.pk).update(is_active=True)
    tokens.revoke(people.shell_account(), token.pk)
    tokens.revoke(people.shell_account(), token.pk)
    assert tokens.recognise(text) is None
    assert AuditEntry.objects.filter(verb="revoke", noun="token").count() == 1


def test_whoever_has_a_token_may_revoke_it() -> None:
    token, text = handed_out()
    tokens.revoke(token.user, token.pk)
    assert tokens.recognise(text) is None
    assert AuditEntry.objects.get(verb="revoke").actor == str(token.user.pk)


def test_a_token_ends_by_itself_after_its_days_and_says_so() -> None:
    shell, script = people.shell_account(), people.script_account("script", "viewer")
    token, text = tokens.create(shell, script, "short", days=30)
    assert tokens.recognise(text) == script
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert tokens.recognise(text) is None
    assert "expired on" in tokens.why_not(text)
    assert AuditEntry.objects.get(noun_id=str(token.pk)).data["days"] == 30
    tokens.revoke(shell, token.pk)
    assert "revoked on" in tokens.why_not(text)
    assert "not known" in tokens.why_not(text[:-1])


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_a_lifetime_that_is_none_is_refused_by_name(days: int) -> None:
    with pytest.raises(RejectedError) as refused:
        tokens.create(people.shell_account(), people.script_account("script", "viewer"), "x", days=days)
    assert refused.value.problems[0].path == "days"


def test_the_last_use_is_written_down_once_a_minute() -> None:
    token, text = handed_out()
    tokens.recognise(text)
    first = ApiToken.objects.get(pk=token.pk).last_used_at
    tokens.recognise(text)
    assert ApiToken.objects.get(pk=token.pk).last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(minutes=2))
    tokens.recognise(text)
    assert ApiToken.objects.get(pk=token.pk).last_used_at >= first


def test_only_an_admin_hands_out_tokens_and_only_in_their_team() -> None:
    operator, admin = cast.person("operator"), cast.person("admin")
    outsider = cast.person("admin", "outsider", of="others")
    with pytest.raises(RejectedForbidden):
        tokens.create(operator, operator, "mine")
    with pytest.raises(RejectedMissing):
        tokens.create(outsider, operator, "theirs")
    token, _ = tokens.create(admin, operator, "ours")
    with pytest.raises(RejectedForbidden):
        tokens.revoke(cast.person("operator", "another"), token.pk)
    with pytest.raises(RejectedMissing):
        tokens.revoke(outsider, token.pk)
    with pytest.raises(RejectedMissing):
        tokens.revoke(admin, 0)


def test_a_scripts_account_gets_the_role_asked_for_and_a_persons_is_left_alone() -> None:
    script = people.script_account("script", "viewer")
    assert people.script_account("script", "builder") == script
    assert User.objects.get(pk=script.pk).role == "builder"
    cast.person("viewer", "somebody")
    with pytest.raises(RejectedConflict):
        people.script_account("somebody", "admin")
    assert User.objects.get(username="somebody").role == "viewer"
    with pytest.raises(RejectedError):
        people.script_account("script", "root")


def test_the_first_sign_in_link_is_a_persons_even_if_the_shell_came_first() -> None:
    from orchestrator.services.first_start import ensure_admin

    shell = people.shell_account()
    assert ensure_admin() != shell
