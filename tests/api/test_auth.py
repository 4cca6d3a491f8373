"""Who gets in (U4, S26): tokens good and bad, sessions, other sites' pages; and every address held to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from orchestrator.models import ApiToken, Run, User
from orchestrator.services import people, tokens
from tests import cast
from tests.api.conftest import Answer, Caller, answer

OPEN = {"openapi.json"}
"""What may be read by anyone: the description of the API, without anything in it."""


def addresses() -> list[str]:
    """List every address of the API with something in the place of its names."""
    (api,) = (one for one in get_resolver().url_patterns if getattr(one, "app_name", "") != "admin" and is_api(one))
    (below,) = (one for one in api.url_patterns if str(one.pattern) == "api/v1/")
    found = [str(one.pattern) for one in below.url_patterns if isinstance(one, URLPattern) and one.name != "api-root"]
    return [fill(one) for one in found if "rest" not in one and one not in OPEN and one]


def is_api(one: object) -> bool:
    return any(str(below.pattern) == "api/v1/" for below in getattr(one, "url_patterns", ()))


def fill(pattern: str) -> str:
    while "<" in pattern:
        before, _, rest = pattern.partition("<")
        pattern = f"{before}1{rest.partition('>')[2]}"
    return f"/{pattern}"


SIGNED = "/attempts/1/report"
"""Its token stands in the address; what is refused there is tried in `test_reports`."""


def test_no_address_answers_without_signing_in(nobody: Caller) -> None:
    found = [path for path in addresses() if path != SIGNED]
    assert len(found) >= 15
    for path in found:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            got = nobody.send(method, path)
            assert got.status in (401, 405), (method, path, got)
            if got.status == 401:
                assert got.headers["WWW-Authenticate"].startswith("Bearer")
                assert got.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer x",
        "Bearer ",
        "Bearer",
        "bearer sbx_wrong",
        "Basic YTpi",
        "Bearer sbx_" + "x" * 5000,
        "Bearer sbx_\u00e9",
    ],
)
def test_a_forged_token_is_refused_even_beside_a_good_session(header: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(people.shell_account())
    assert client.get("/api/v1/runs").status_code == 200
    got = answer(client.get("/api/v1/runs", headers={"Authorization": header}))
    assert got.status == 401
    assert "detail" in got.body


def test_a_revoked_token_and_one_of_a_closed_account_are_refused(operator: Caller) -> None:
    assert operator.get("/runs").status == 200
    User.objects.filter(pk=operator.user.pk).update(is_active=False)
    assert operator.get("/runs").status == 401
    User.objects.filter(pk=operator.user.pk).update(is_active=True)
    assert operator.get("/runs").status == 200
    tokens.revoke(cast.person("admin"), ApiToken.objects.get(user=operator.user).pk)
    refused = operator.get("/runs")
    assert (refused.status, "revoked on" in refused.body["detail"]) == (401, True)


def test_an_expired_token_is_refused_with_when_it_ended(operator: Caller) -> None:
    """U4, S26."""
    ApiToken.objects.filter(user=operator.user).update(expires_at=timezone.now() - timedelta(days=1))
    refused = operator.get("/runs")
    assert refused.status == 401
    assert "This token expired on" in refused.body["detail"]


def test_tokens_are_listed_without_their_text_and_revoked_by_whoever_has_them(operator: Caller, viewer: Caller) -> None:
    (line,) = operator.get("/tokens").body["items"]
    assert (line["account"], line["state"], line["expires_at"]) == ("operator", "yes", None)
    assert operator.token not in str(line)
    assert viewer.post(f"/tokens/{line['id']}/revoke").status == 403
    assert operator.post(f"/tokens/{line['id']}/revoke").body["state"] == "revoked"
    assert operator.get("/tokens").status == 401


def browser(user: User) -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/signin/")
    client.force_login(user)
    return client


def post(client: Client, path: str, token: str = "", **headers: str) -> Answer:
    said = {"X-CSRFToken": token, **headers} if token else headers
    return answer(client.post(f"/api/v1{path}", b"", content_type="application/json", headers=said))


def test_a_page_of_another_site_cannot_use_a_session(run: Run, operator: Caller) -> None:
    client = browser(operator.user)
    for token in ("", "x" * 64):
        got = post(client, f"/runs/{run.id}/cancel", token)
        assert got.status == 403
        assert "CSRF" in got.body["detail"]
    assert Run.objects.get().status == "waiting"


def test_a_page_of_this_site_uses_its_session_with_the_csrf_token(run: Run, operator: Caller) -> None:
    client = browser(operator.user)
    (token,) = (morsel.value for name, morsel in client.cookies.items() if "csrf" in name)
    assert post(client, f"/runs/{run.id}/pause", token).body["status"] == "paused"
    assert post(client, f"/runs/{run.id}/cancel", token, Origin="https://elsewhere.example").status == 403


def test_whether_the_server_lives_needs_no_token() -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/healthz").content == b"ok\n"
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "not ready", "database": "ok", "broker": "ok", "workers": "none shows a sign of life",
    }  # fmt: skip
