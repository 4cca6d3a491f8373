"""Whoever asks for work waits for some without holding a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from dashboard import patience
from dashboard.patience import PATH, Patience


class Stage:
    """An application that has work from the n-th asking on, and hints that are rung by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int, wait: float) -> None:
        self.asked: list[bytes] = []
        self.after, self.wait = after, wait
        self.hints: asyncio.Queue[Mapping[str, int]] = asyncio.Queue()
        monkeypatch.setattr(patience, "hints", self._hints)

    async def _hints(self) -> AsyncIterator[Mapping[str, int]]:
        while True:
            yield await self.hints.get()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.asked.append((await receive())["body"])
        has_work = len(self.asked) > self.after
        headers = [] if has_work else [(b"Signalbox-Wait", f"{self.wait:g}".encode())]
        await send({"type": "http.response.start", "status": 200 if has_work else 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"work" if has_work else b""})


async def ask(stage: Stage, *, hang_up: float = 60.0, path: str = PATH) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    parts = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.sleep(hang_up)
            return {"type": "http.disconnect"}
        return part

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Patience(stage)({"type": "http", "method": "POST", "path": path}, receive, send)
    return sent


async def test_work_that_is_there_is_handed_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, after=0, wait=20)
    assert [one.get("status", one.get("body")) for one in await ask(stage)] == [200, b"work"]


async def test_a_hint_wakes_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, after=1, wait=20)
    began = time.monotonic()
    asking = asyncio.create_task(ask(stage))
    while not stage.asked:
        await asyncio.sleep(0.01)
    await stage.hints.put({"runs": 1})
    await stage.hints.put({"work": 0})
    assert (await asking)[0]["status"] == 200
    assert (stage.asked, time.monotonic() - began < 4) == ([b"{}", b"{}"], True)


async def test_a_lost_hint_costs_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.05)
    stage = Stage(monkeypatch, after=3, wait=20)
    assert (await ask(stage))[0]["status"] == 200


async def test_after_its_time_the_answer_is_that_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, after=9, wait=0.2)
    start, _ = await ask(stage)
    assert (start["status"], start["headers"]) == (204, [])
    assert len(stage.asked) == 2


async def test_nothing_is_asked_for_somebody_who_has_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease for nobody would be lost, and count as a try."""
    stage = Stage(monkeypatch, after=1, wait=20)
    assert await ask(stage, hang_up=0.1) == []
    await stage.hints.put({"work": 0})
    await asyncio.sleep(0.05)
    assert len(stage.asked) == 1


async def test_other_requests_pass_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, after=9, wait=20)
    assert (await ask(stage, path="/"))[0]["headers"] == [(b"Signalbox-Wait", b"20")]
