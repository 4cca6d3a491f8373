"""Which pages may open a socket to us."""

from __future__ import annotations

import pytest
from django.test import override_settings

from dashboard.asgi import may_open


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://LOCALHOST:8000", "localhost:8000", True),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000", False),
        ("http://rebound.example", "rebound.example", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
        ("", "", False),
    ],
)
def test_only_a_page_of_this_host_and_port_may_open_a_socket(origin: str, host: str, allowed: bool) -> None:
    """S26."""
    assert may_open(origin, host) is allowed


@override_settings(CSRF_TRUSTED_ORIGINS=["https://signalbox.example"])
def test_an_origin_the_operator_trusts_may_open_a_socket() -> None:
    assert may_open("https://signalbox.example", "10.0.0.7:8000")
    assert not may_open("http://signalbox.example", "10.0.0.7:8000")
