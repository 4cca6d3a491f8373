"""R3 on pages: how the breakers of an agent stand, what changed them, and a person who overrides them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from orchestrator.models import AgentVersion, AuditEntry, Breaker, BreakerChange, User
from orchestrator.services import breakers
from tests.dashboard.made import HOSTILE, made_definitions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def agent(redis_url: str, operator: User) -> AgentVersion:
    made_definitions()
    spec = {"name": "model", "role": "Asks.", "runtime": "llm", "settings": {"model": "openai:small"}, "lane": "slow",
            "timeout_seconds": 60.0}  # fmt: skip
    return AgentVersion.objects.create(name="model", version=1, digest="m", spec=spec)


def page(client: Client, path: str = "/agents/survey/") -> str:
    return client.get(path).content.decode()


def test_a_breaker_that_never_opened_is_closed_and_can_be_tripped(operator_client: Client) -> None:
    html = page(operator_client)
    assert 'data-breaker="agent" data-state="closed"' in html
    assert "it has never opened" in html
    assert (">Trip<" in html, ">Reset<" in html) == (True, False)
    assert 'data-breaker="provider" data-state="closed"' in page(operator_client, "/agents/model/")


def test_a_person_trips_and_resets_it_and_both_are_kept_with_their_name(operator_client: Client) -> None:
    answer = operator_client.post("/agents/survey/breaker/trip/", {"reason": HOSTILE}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    html = page(operator_client)
    assert 'data-state="open"' in html
    assert HOSTILE not in html
    assert escape(HOSTILE) in html
    assert 'data-breaker="open"' in page(operator_client, "/agents/")
    assert operator_client.post("/agents/survey/breaker/reset/").status_code == 303
    assert 'data-state="closed"' in page(operator_client)
    told = BreakerChange.objects.order_by("id").values_list("state", "actor_name")
    assert list(told) == [("open", "operator"), ("closed", "operator")]
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "noun_id")) == [
        ("trip", "agent:survey"),
        ("reset", "agent:survey"),
    ]


def test_the_breaker_of_a_provider_is_on_the_page_of_its_agents(operator: User, operator_client: Client) -> None:
    breakers.trip(operator, "model", "provider", "maintenance")
    assert Breaker.objects.get().key == "provider:openai"
    assert "Provider openai" in page(operator_client, "/agents/model/")
    answer = operator_client.post("/agents/survey/breaker/trip/", {"of": "provider"})
    assert (answer.status_code, "survey asks no provider" in answer.content.decode()) == (422, True)


def test_a_viewer_sees_it_and_may_not_touch_it(viewer_client: Client) -> None:
    html = page(viewer_client)
    assert (">Trip<" in html, 'data-state="closed"' in html) == (False, True)
    assert viewer_client.post("/agents/survey/breaker/trip/").status_code == 403
    assert viewer_client.post("/agents/none/breaker/trip/").status_code == 403
