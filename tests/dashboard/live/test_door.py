"""Who may open a live socket, and what it answers to nonsense."""

from __future__ import annotations

import asyncio

from orchestrator.models import User
from tests.dashboard.live.conftest import Open


async def test_a_page_of_another_origin_is_refused(open_socket: Open, someone: User) -> None:
    """S26: cross-origin websocket."""
    await open_socket(someone, origin="http://evil.example", accepted=False)
    await open_socket(someone, origin="http://localhost:9999", accepted=False)


async def test_whoever_is_not_signed_in_is_closed_with_4401(open_socket: Open) -> None:
    browser = await open_socket(None)
    answer = await browser.wire.receive_output(timeout=5)
    assert answer == {"type": "websocket.close", "code": 4401, "reason": None} or answer["code"] == 4401


async def test_a_time_stamp_comes_back_at_once(open_socket: Open, someone: User) -> None:
    browser = await open_socket(someone)
    await browser.say({"t": 12345})
    assert await browser.wire.receive_json_from(timeout=5) == {"t": 12345}


async def test_nonsense_closes_the_socket_and_harms_nobody(open_socket: Open, someone: User) -> None:
    for nonsense in ("not json", "[1, 2]", "x" * 20_000):
        browser = await open_socket(someone)
        await browser.wire.send_to(text_data=nonsense)
        answer = await browser.wire.receive_output(timeout=5)
        assert answer["type"] == "websocket.close"
        assert answer["code"] == 4400


async def test_unknown_topics_are_passed_over(open_socket: Open, someone: User) -> None:
    browser = await open_socket(someone)
    await browser.say({"subscribe": {"nothing.1": 0, "run.not-a-run": 0, "shell": 0}})
    assert (await browser.next("shell"))["topic"] == "shell"


async def test_signing_out_closes_the_open_sockets(open_socket: Open, someone: User) -> None:
    from asgiref.sync import sync_to_async
    from django.contrib.sessions.models import Session

    browser = await open_socket(someone)
    await browser.say({"subscribe": {"shell": 0}})
    await browser.next("shell")
    await sync_to_async(Session.objects.all().delete)()
    while True:
        answer = await asyncio.wait_for(browser.wire.receive_output(timeout=6), 7)
        if answer["type"] == "websocket.close":
            break
    assert answer["code"] == 4401
