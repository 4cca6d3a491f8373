"""Agents behind an HTTP endpoint whose answer comes later: polled for, or called back (A2, A6)."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Parked, Suspended, Waits
from orchestrator.runtimes.catalogue import Catalogue
from tests.runtimes.conftest import Bench
from tests.runtimes.web import Asked, Reply, Web, said, web


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    catalogue = Catalogue(roots=[tmp_path])
    made = Bench(catalogue, tmp_path)
    yield made
    catalogue.close()


def poll(bench: Bench, server: Web, **changes: object) -> Outcome:
    return bench.run("http", {"url": server.url, "mode": "poll", "every": 0.5}, {"a": 1}, **changes)


def at_work(*answers: Reply) -> object:
    """Accept, then answer looks one by one."""
    left = iter(answers)
    return lambda asked: said({}, 202, Location="/jobs/7") if asked.method == "POST" else next(left)


def test_an_answer_that_comes_later_is_asked_for_until_it_is_there(bench: Bench, server: Web) -> None:
    server.reply = at_work(Reply(202), said({}, 202, Retry_After="9"), Reply(503), Reply(raw=b""), said({"sum": 3}))
    waits = [poll(bench, server) for _ in range(4)]
    assert [one.seconds for one in waits if isinstance(one, Waits)] == [0.5, 9.0, 0.5, 0.5]
    assert waits[0] == Waits(key="http:r1:step", seconds=0.5, reason="127.0.0.1 is at work on it")
    assert poll(bench, server) == Ok(output={"sum": 3})
    assert [asked.method for asked in server.log] == ["POST", *["GET"] * 5]
    assert {asked.path for asked in server.log[1:]} == {"/jobs/7"}
    assert len({asked.headers["idempotency-key"] for asked in server.log}) == 1


def test_an_answer_that_is_there_at_once_needs_no_second_look(bench: Bench, server: Web) -> None:
    assert poll(bench, server) == Ok(output={"sum": 3})
    assert len(server.log) == 1


def test_the_time_runs_over_all_looks_of_an_attempt_and_the_next_goes_on_looking(bench: Bench, server: Web) -> None:
    server.reply = at_work(*itertools.repeat(Reply(202), 2), said(5))
    assert isinstance(poll(bench, server, timeout_seconds=0.2), Waits)
    time.sleep(0.25)
    outcome = poll(bench, server, timeout_seconds=0.2)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, "0.2 s" in outcome.reason) == (Failure.TIMEOUT, True)
    assert isinstance(poll(bench, server, attempt=2, timeout_seconds=10), Waits)
    assert poll(bench, server, attempt=2, timeout_seconds=10) == Ok(output=5)
    assert [asked.method for asked in server.log].count("POST") == 1


def test_what_the_server_refuses_for_good_is_asked_anew_by_the_next_attempt(bench: Bench, server: Web) -> None:
    server.reply = at_work(Reply(410, b"gone"), said(5))
    outcome = poll(bench, server)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.REFUSED
    assert poll(bench, server, attempt=2) == Ok(output=5)
    assert [asked.method for asked in server.log] == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize("place", ["http://169.254.169.254/jobs/7", "//elsewhere.example/jobs/7", "file:///etc/passwd"])
def test_a_server_sends_us_to_no_other_one(bench: Bench, server: Web, place: str) -> None:
    server.reply = lambda asked: said({}, 202, Location=place)
    outcome = poll(bench, server)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.REFUSED
    assert len(server.log) == 1


def call_back(bench: Bench, server: Web, address: str = "https://here.example/report") -> Outcome:
    settings: dict[str, Json] = {"url": server.url, "mode": "callback"}
    return bench.run("http", settings, {"a": 1}, report_to=lambda: address, timeout_seconds=60)


def test_a_server_that_calls_back_is_told_where_and_holds_no_slot_meanwhile(bench: Bench, server: Web) -> None:
    """S8: the attempt is parked."""
    server.reply = lambda asked: said({}, 202)
    outcome = call_back(bench, server)
    assert isinstance(outcome, Parked)
    assert (outcome.to, 50 < outcome.seconds <= 60) == ("127.0.0.1", True)
    (asked,) = server.log
    assert asked.headers["signalbox-callback"] == "https://here.example/report"


def test_a_server_may_also_answer_at_once(bench: Bench, server: Web) -> None:
    assert call_back(bench, server) == Ok(output={"sum": 3})


def test_without_an_address_of_our_own_nobody_is_asked_to_call_back(bench: Bench, server: Web) -> None:
    outcome = call_back(bench, server, address="")
    assert isinstance(outcome, Failed)
    assert (outcome.kind, "SIGNALBOX_URL" in outcome.reason, server.log) == (Failure.REFUSED, True, list[Asked]())


def test_a_server_may_ask_a_person_or_another_agent_first_and_goes_on_with_the_answers(
    bench: Bench, server: Web
) -> None:
    """A1: escalation from any runtime. What it is asked with the answers is another request, with a key of its own."""
    asks: Json = [{"kind": "ask", "question": "Go on?"}, {"kind": "call", "agent": "summer", "input": {"n": 1}}]
    server.reply = lambda asked: (
        said({"sum": 3}) if "signalbox-answers" in asked.headers else said(asks, Signalbox_Asks="1")
    )
    settings: dict[str, Json] = {"url": server.url}
    first = bench.run("http", settings, {"a": 1})
    assert isinstance(first, Suspended)
    assert [(one["kind"], one["key"]) for one in first.requests] == [("ask", "ask/1"), ("call", "call/1")]
    answers: dict[str, Json] = {"ask/1": "jå", "call/1": {"n": 2}}
    assert bench.run("http", settings, {"a": 1}, attempt=2, answers=answers) == Ok(output={"sum": 3})
    old, new = server.log
    assert (old.headers["idempotency-key"], new.headers["idempotency-key"]) == ("r1:step", "r1:step+2")
    assert json.loads(new.headers["signalbox-answers"]) == answers


def test_what_is_asked_for_in_no_list_is_malformed(bench: Bench, server: Web) -> None:
    server.reply = lambda asked: said({"kind": "ask"}, Signalbox_Asks="1")
    outcome = bench.run("http", {"url": server.url}, {})
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.MALFORMED


def test_a_server_that_asks_for_an_agent_once_too_often_is_refused(bench: Bench, server: Web) -> None:
    """A7: as many as its contract allows, over all attempts; one that is asked for again counts once."""
    contract: dict[str, Any] = {"tools": (Tool(name="summer", agent="summer", most=1),)}
    asks: list[Json] = [{"kind": "call", "agent": "summer", "input": {"n": 1}}]
    server.reply = lambda asked: said(asks, Signalbox_Asks="1")
    for _ in range(2):
        assert isinstance(bench.run("http", {"url": server.url}, {}, **contract), Suspended)
    bench.control.forget("http")
    asks.append({"kind": "call", "agent": "summer", "input": {"n": 2}})
    outcome = bench.run("http", {"url": server.url}, {}, attempt=2, **contract)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.reason) == (Failure.REFUSED, "summer would be called more than once in a step.")
