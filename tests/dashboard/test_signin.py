"""The sign-in page: by password or link, slowly for whoever guesses, and back to where one wanted to go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from orchestrator.models import SignInLink, User
from orchestrator.services import signin
from orchestrator.services.signin_tries import MOST_TOGETHER

RIGHT = "a long enough password"
ELSEWHERE = (
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
    "",
)


def send(client: Client, password: str = RIGHT, **more: str) -> tuple[int, str, str]:
    answer = client.post("/signin/", {"username": "operator", "password": password, **more})
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


def test_name_and_password_lead_to_where_one_wanted_to_go(operator: User) -> None:
    """U4."""
    client = Client()
    asked = client.get("/runs/?status=failed")
    assert asked["Location"] == "/signin/?next=/runs/%3Fstatus%3Dfailed"
    page = client.get(asked["Location"]).content.decode()
    assert 'name="next" value="/runs/?status=failed"' in page
    assert send(client, next="/runs/?status=failed")[:2] == (302, "/runs/?status=failed")


def test_where_one_wanted_to_go_survives_a_wrong_password(operator: User) -> None:
    status, _, page = send(Client(), "wrong", next="/runs/")
    assert status == 200
    assert "Name and password do not fit." in page
    assert 'name="next" value="/runs/"' in page


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_led_to_another_site(wanted: str, operator: User) -> None:
    assert send(Client(), next=wanted)[:2] == (302, "/")
    client = Client()
    client.get("/signin/", {"next": wanted})
    client.cookies[f"{settings.SESSION_COOKIE_NAME}_wanted"] = wanted.strip()
    assert client.get(f"/signin/{signin.create_link(operator)}/")["Location"] == "/"


def test_a_link_leads_to_where_one_wanted_to_go(operator: User) -> None:
    client = Client()
    client.get("/signin/?next=/agents/")
    assert client.get(f"/signin/{signin.create_link(operator)}/")["Location"] == "/agents/"
    client.post("/signout/")
    assert client.get(f"/signin/{signin.create_link(operator)}/")["Location"] == "/"


def test_a_link_that_does_not_work_says_why_and_what_to_do(operator: User) -> None:
    used, old = signin.create_link(operator), signin.create_link(operator)
    Client().get(f"/signin/{used}/")
    SignInLink.objects.filter(used_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    for token, words in ((used, "was used already"), (old, "is too old"), ("x", "is not one of ours")):
        answer = Client().get(f"/signin/{token}/")
        assert answer.status_code == 410
        assert words in answer.content.decode()
        assert "python3 manage.py signin" in answer.content.decode()


def test_whoever_guesses_has_to_wait_and_is_told_how_long(operator: User) -> None:
    client = Client()
    assert [send(client, "wrong")[0] for _ in range(MOST_TOGETHER)] == [200] * MOST_TOGETHER
    answer = client.post("/signin/", {"username": "operator", "password": RIGHT})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "Too many tries." in answer.content.decode()
    assert client.get(f"/signin/{signin.create_link(operator)}/").status_code == 302


def test_an_act_of_a_session_that_is_over_leads_to_its_page_and_not_to_the_act(operator: User) -> None:
    acts = Client().post("/runs/1/cancel/", headers={"Referer": "http://testserver/runs/1/"})
    assert acts["Location"] == "/signin/?next=/runs/1/"
    fragment = Client().get(
        "/runs/1/step/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/runs/1/"}
    )
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/signin/?next=/runs/1/")
