"""What every request leaves behind: an id in the answer, a line in the log, a count for Prometheus."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from prometheus_client import generate_latest

from orchestrator.api import metrics


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "signalbox.web")
    return caplog


def test_an_answer_carries_the_callers_own_id(db: None) -> None:
    """O3."""
    answer = Client().get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer["X-Request-ID"] == "from-the-proxy-1"
    assert len(Client().get("/healthz")["X-Request-ID"]) == 32


def test_a_request_is_logged_by_its_pattern_never_by_its_address(db: None, heard: pytest.LogCaptureFixture) -> None:
    Client().get("/signin/one-time-secret/?next=/secret/")
    (record,) = [record for record in heard.records if record.name == "signalbox.web"]
    assert (record.method, record.route, record.status) == ("GET", "signin/<str:token>/", 410)
    assert "secret" not in str(vars(record))


def test_a_request_is_counted_by_its_pattern(db: None) -> None:
    Client().get("/signin/abc/")
    Client().generic("BREW", "/no/such/address")
    text = generate_latest(metrics.OWN).decode()
    assert 'signalbox_request_seconds_count{method="GET",route="signin/<str:token>/",status="4xx"}' in text
    assert 'signalbox_request_seconds_count{method="other",route="(no such address)",status="4xx"}' in text
