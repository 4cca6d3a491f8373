"""The page of API tokens: one's own, or an admin's whole team's; revoking says what it will do first (U4)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from orchestrator.models import ApiToken, Team, User
from orchestrator.services import tokens
from tests.dashboard.conftest import person, signed_in


@pytest.fixture
def admin(team: Team) -> User:
    return person("admin", "admin", team)


@pytest.fixture
def token(admin: User, operator: User) -> ApiToken:
    return tokens.create(admin, operator, "nightly", days=30)[0]


def test_people_see_their_own_tokens_and_admins_the_teams(
    token: ApiToken, admin: User, operator_client: Client, viewer_client: Client, outsider_client: Client
) -> None:
    line = f'data-token-id="{token.pk}"'
    for client, sees in ((operator_client, True), (signed_in(admin), True), (viewer_client, False),
                         (outsider_client, False)):  # fmt: skip
        assert (line in client.get("/tokens/").content.decode()) is sees
    assert token.digest not in operator_client.get("/tokens/").content.decode()


def test_revoking_says_what_it_does_and_is_done_once(token: ApiToken, operator_client: Client) -> None:
    html = operator_client.get("/tokens/").content.decode()
    assert "every request with the token nightly is refused" in html
    assert operator_client.post(f"/tokens/{token.pk}/revoke/")["Location"] == "/tokens/"
    answer = operator_client.get("/tokens/")
    assert "The token nightly is revoked." in answer.content.decode()
    assert "/revoke/" not in answer.content.decode()
    quick = operator_client.post(f"/tokens/{token.pk}/revoke/", headers={"HX-Request": "true"})
    assert (quick.status_code, quick["HX-Redirect"]) == (204, "/tokens/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_nobody_revokes_what_they_do_not_see(token: ApiToken, viewer_client: Client, outsider_client: Client) -> None:
    assert viewer_client.post(f"/tokens/{token.pk}/revoke/").status_code == 403
    assert outsider_client.post(f"/tokens/{token.pk}/revoke/").status_code in (403, 404)
    token.refresh_from_db()
    assert token.revoked_at is None


def test_an_expired_token_says_so(token: ApiToken, operator_client: Client) -> None:
    ApiToken.objects.update(expires_at=timezone.now())
    html = operator_client.get("/tokens/").content.decode()
    assert "expired" in html
    assert "/revoke/" not in html


def test_no_token_teaches_how_to_make_one(viewer_client: Client) -> None:
    assert "manage.py token my-script" in viewer_client.get("/tokens/").content.decode()
