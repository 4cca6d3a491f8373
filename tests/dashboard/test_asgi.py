"""Which pages may open a socket to us, and how a page is answered."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils.decorators import sync_and_async_middleware

from dashboard.asgi import Pages, may_open


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


def test_a_page_is_answered_without_going_back_to_the_loop() -> None:
    """O6: each step between thread and loop would wait for the processor again while agents work."""
    went_through.clear()
    assert async_to_sync(_asked)("/healthz") == 200
    assert went_through == ["thread"]


async def _asked(path: str) -> int:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"127.0.0.1")], "query_string": b""}
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, f"{__name__}.noting"]):
        page = ApplicationCommunicator(Pages(), scope)
    await page.send_input({"type": "http.request"})
    status = (await page.receive_output())["status"]
    await page.wait()
    return int(status)


@sync_and_async_middleware
def noting(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Stand right before the page and note on which side it is asked for."""
    went_through.append("loop" if iscoroutinefunction(get_response) else "thread")
    return get_response


went_through: list[str] = []
