"""Who may open a live socket, and what it answers to nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session

from dashboard.live.hub import hub
from orchestrator.live.wire import EXTENSION, Message, Wire
from orchestrator.models import Team, User
from tests.dashboard.live.conftest import Browser, Open, signed_in


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


async def test_acknowledgements_are_taken_where_they_come_in_and_all_else_goes_in_its_order(someone: User) -> None:
    written, takes = list[bytes](), list[Callable[[str], bool]]()
    browser = Browser(await signed_in(someone), "http://localhost")
    browser.wire.scope["extensions"] = {EXTENSION: Wire(write=written.append, listen=takes.append)}
    assert (await browser.wire.connect(timeout=5))[0]
    [take], [socket] = takes, hub.sockets
    socket.offer("shell", 7, Message("news"))
    assert written
    assert socket.position == {}
    assert take('{"ack":1}')
    assert socket.position == {"shell": 7}
    assert not any(map(take, ('{"t":1}', '{"ack":1,"subscribe":{"shell":0}}', '{"ack":', '{"subscribe":{}}', "")))
    await browser.wire.disconnect()
    await hub.stop()


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


async def closed(browser: Browser) -> object:
    """Return the code with which a socket is closed; frames before that are passed over."""
    while True:
        answer = await asyncio.wait_for(browser.wire.receive_output(timeout=15), 16)
        if answer["type"] == "websocket.close":
            return answer["code"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda someone: Session.objects.all().delete(), 4401),
        (lambda someone: User.objects.filter(pk=someone.pk).update(is_active=False), 4401),
        (lambda someone: User.objects.filter(pk=someone.pk).update(role="viewer"), 4409),
        (lambda someone: User.objects.filter(pk=someone.pk).update(team=Team.objects.create(name="others")), 4409),
    ],
    ids=["signed out", "account closed", "another role", "another team"],
)
async def test_whoever_is_not_who_they_were_is_closed_within_seconds(
    open_socket: Open, someone: User, change: Callable[[User], object], code: int
) -> None:
    """S26: 4401 tells the page to stop, 4409 to come back as who it is now."""
    browser = await open_socket(someone)
    await browser.say({"subscribe": {"shell": 0}})
    await browser.next("shell")
    await sync_to_async(change)(someone)
    assert await closed(browser) == code


async def test_who_comes_while_sessions_are_looked_after_is_not_sent_away(
    open_socket: Open, someone: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to who is still signed in was asked for before; it says nothing of who came later."""
    await open_socket(someone)
    late: list[Browser] = []

    async def read_slowly(work: Callable[[], object]) -> object:
        answer = await sync_to_async(work)()
        late.append(await open_socket(someone))
        return answer

    monkeypatch.setattr("dashboard.live.hub.read", read_slowly)
    await hub._look_after_people()
    monkeypatch.undo()
    await late[0].say({"t": 1})
    assert await late[0].wire.receive_json_from(timeout=5) == {"t": 1}
