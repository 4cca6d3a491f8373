"""Agents behind an HTTP endpoint that answers at once (A2, A6, S18)."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.http_hosts import Hosts
from orchestrator.runtimes.http_settings import Rules
from tests.runtimes.conftest import Bench
from tests.runtimes.web import Reply, Web, said, web


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    rules = Rules(names=("TRIED_TOKEN", "TRIED_SECRET"))
    catalogue = Catalogue(roots=[tmp_path], http=rules)
    yield Bench(catalogue, tmp_path)
    catalogue.close()


def ask(bench: Bench, server: Web, /, given: dict[str, Json] | None = None, **settings: Json) -> Outcome:
    return bench.run("http", {"url": server.url, **settings}, given or {"a": 1})


def test_the_input_is_sent_under_a_key_that_is_the_same_on_every_attempt(bench: Bench, server: Web) -> None:
    """A6: an idempotency key per logical request; the correlation id goes along."""
    for attempt in (1, 2):
        bench.control.effects_made.clear()
        outcome = bench.run("http", {"url": server.url}, {"a": 1}, attempt=attempt, correlation_id="c-1")
        assert outcome == Ok(output={"sum": 3})
    first, second = server.log
    assert (first.method, first.path, json.loads(first.body)) == ("POST", "/agent", {"a": 1})
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "r1:step"
    assert first.headers["x-request-id"] == "c-1"
    assert (first.headers["signalbox-attempt"], second.headers["signalbox-attempt"]) == ("1", "2")
    assert "signalbox-signature" not in first.headers


def test_an_answer_that_is_recorded_is_not_asked_for_again(bench: Bench, server: Web) -> None:
    """A6: a worker that died after the answer and before its report asks nobody twice."""
    assert [ask(bench, server), ask(bench, server)] == [Ok(output={"sum": 3})] * 2
    assert len(server.log) == 1


def test_an_answer_that_breaks_the_contract_is_asked_for_again(bench: Bench, server: Web) -> None:
    contract: dict[str, Json] = {"required": ["average"], "properties": {"average": {"type": "number"}}}
    outcome = bench.run("http", {"url": server.url}, {}, output_schema=contract)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, bench.control.effects_made) == (Failure.SCHEMA, {})


def test_a_request_is_signed_and_secrets_come_from_the_environment(
    bench: Bench, server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIED_TOKEN", "Bearer let-me-in")
    monkeypatch.setenv("TRIED_SECRET", "shared")
    outcome = ask(bench, server, headers={"Authorization": {"env": "TRIED_TOKEN"}, "X-Team": "risk"},
                  secret_env="TRIED_SECRET")  # fmt: skip
    assert isinstance(outcome, Ok)
    (asked,) = server.log
    assert (asked.headers["authorization"], asked.headers["x-team"]) == ("Bearer let-me-in", "risk")
    stamp = asked.headers["signalbox-timestamp"]
    assert abs(time.time() - int(stamp)) < 30
    wanted = hmac.new(b"shared", stamp.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["signalbox-signature"] == f"sha256={wanted}"


def test_a_secret_that_a_server_echoes_is_not_kept(bench: Bench, server: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIED_TOKEN", "Bearer let-me-in")
    server.reply = lambda asked: Reply(403, f"no entry for {asked.headers['authorization']}".encode())
    outcome = ask(bench, server, headers={"Authorization": {"env": "TRIED_TOKEN"}})
    assert isinstance(outcome, Failed)
    assert "no entry for" in outcome.detail
    assert "let-me-in" not in f"{outcome}"


def test_a_variable_that_is_missing_is_named_and_nobody_is_asked(bench: Bench, server: Web) -> None:
    outcome = ask(bench, server, headers={"Authorization": {"env": "TRIED_TOKEN"}})
    assert isinstance(outcome, Failed)
    assert "TRIED_TOKEN is not set" in outcome.reason
    assert server.log == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_input"), (422, "invalid_input"), (413, "invalid_input"), (401, "refused"), (403, "refused"),
     (404, "refused"), (408, "unavailable"), (409, "unavailable"), (425, "unavailable"), (429, "unavailable"),
     (500, "unavailable"), (503, "unavailable"), (302, "refused"), (202, "malformed")],
)  # fmt: skip
def test_what_is_no_success_is_a_failure_that_says_whether_another_try_may_do(
    bench: Bench, server: Web, status: int, kind: str
) -> None:
    server.reply = lambda asked: said({"sum": 3}, status, Location="http://127.0.0.1:1/elsewhere")
    outcome = ask(bench, server)
    assert isinstance(outcome, Failed)
    assert outcome.kind == kind
    assert str(status) in outcome.reason
    assert len(server.log) == 1, "a redirect was followed"
    server.reply = lambda asked: said("well")
    assert ask(bench, server) == Ok(output="well"), "a failure was kept as the answer"


def test_how_long_a_server_asks_to_be_left_alone_is_passed_on(bench: Bench, server: Web) -> None:
    """C4: its breaker keeps everybody away from it meanwhile."""
    server.reply = lambda asked: said({}, 429, Retry_After="7")
    outcome = ask(bench, server)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.retry_after_seconds) == (Failure.UNAVAILABLE, 7.0)


def test_no_content_is_null_and_what_is_not_json_is_malformed(bench: Bench, server: Web) -> None:
    server.reply = lambda asked: Reply(200, b"<p>oops")
    outcome = ask(bench, server)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.detail) == (Failure.MALFORMED, "<p>oops")
    server.reply = lambda asked: Reply(204, b"")
    assert ask(bench, server) == Ok(output=None)


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2"
CUT_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2"


@pytest.mark.parametrize("raw", [b"", CUT, CUT_CHUNK, b"nonsense\r\n\r\n"])
def test_a_connection_that_is_cut_is_a_server_that_is_away(bench: Bench, server: Web, raw: bytes) -> None:
    """S18: half an answer is none."""
    server.reply = lambda asked: Reply(raw=raw)
    outcome = ask(bench, server)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.UNAVAILABLE


def test_a_server_that_is_not_there_is_away(bench: Bench, server: Web) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = bench.run("http", {"url": f"http://127.0.0.1:{free.getsockname()[1]}/"}, {})
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.UNAVAILABLE


@pytest.mark.parametrize("head", ["Content-Length: 3000000\r\n\r\n", "\r\n"])
def test_an_answer_that_is_too_large_is_cut(bench: Bench, server: Web, head: str) -> None:
    server.reply = lambda asked: Reply(raw=f"HTTP/1.1 200 OK\r\n{head}".encode() + b"[" + b" " * 2_999_999)
    outcome = bench.run("http", {"url": server.url}, {}, output_bytes=100_000)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, "100.0 KB" in outcome.reason) == (Failure.OVER_LIMIT, True)


def test_a_slow_server_and_one_that_trickles_are_held_to_the_time(bench: Bench) -> None:
    """R5: a byte now and then keeps nobody waiting."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        over = threading.Event()

        def trickle() -> None:
            connection, _ = slow.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
                while not over.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{slow.getsockname()[1]}/"
        outcome = bench.run("http", {"url": url}, {}, timeout_seconds=0.5)
        over.set()
        thread.join()
    assert isinstance(outcome, Failed)
    assert (outcome.kind, bench.took < 3) == (Failure.TIMEOUT, True)


def test_work_nobody_wants_any_more_is_cut(bench: Bench, server: Web) -> None:
    server.reply = lambda asked: Reply(seconds=5)
    threading.Timer(0.2, bench.control.stop.set).start()
    assert ask(bench, server) == Cancelled(reason="It was stopped.")
    assert bench.took < 3


BAD: list[tuple[dict[str, Json], str]] = [
    ({}, "url"), ({"url": "ftp://x/"}, "url"), ({"url": "http://"}, "url"), ({"url": "http://u:p@x/"}, "url"),
    ({"url": "http://x:99999/"}, "url"), ({"url": "http://x/ y"}, "url"),
    ({"url": "http://x/", "method": "GET"}, "method"),
    ({"url": "http://x/", "mode": "wait"}, "mode"), ({"url": "http://x/", "every": 0}, "every"),
    ({"url": "http://x/", "headers": {"Host": "y"}}, "headers.Host"),
    ({"url": "http://x/", "headers": {"Signalbox-Signature": "y"}}, "headers.Signalbox-Signature"),
    ({"url": "http://x/", "headers": {"X": "a\r\nY: b"}}, "headers.X"),
    ({"url": "http://x/", "headers": {"X": {"env": "SIGNALBOX_SECRET_KEY"}}}, "headers.X.env"),
    ({"url": "http://x/", "secret_env": "DATABASE_URL"}, "secret_env"), ({"url": "http://x/", "colour": 1}, "colour"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "path"), BAD)
def test_settings_that_make_no_sense_or_take_what_is_not_theirs_are_refused(
    bench: Bench, settings: dict[str, Json], path: str
) -> None:
    runtime = bench.catalogue.get("http")
    assert runtime is not None
    assert [(problem.path, bool(problem.message and problem.hint)) for problem in runtime.check(settings)] == [
        (path, True)
    ]
    outcome = bench.run("http", settings, {})
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.REFUSED


CREDENTIALS = ("169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "0.0.0.0")


@pytest.mark.parametrize("host", CREDENTIALS)
def test_addresses_at_which_machines_find_credentials_are_not_called(bench: Bench, host: str) -> None:
    runtime = bench.catalogue.get("http")
    assert runtime is not None
    (problem,) = runtime.check({"url": f"http://{host}/latest/meta-data/"})
    assert "credentials" in problem.message


def test_a_name_that_stands_for_such_an_address_is_not_called(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may mean another address when it is called than when the agent was defined."""
    monkeypatch.setattr("orchestrator.runtimes.http_hosts._looked_up",
                        lambda host, port: [(socket.AF_INET, 1, 6, "", ("169.254.169.254", port))])  # fmt: skip
    outcome = bench.run("http", {"url": "http://harmless.example/"}, {})
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.REFUSED
    assert "169.254.169.254" in outcome.reason


def test_a_list_of_hosts_lets_only_those_be_called() -> None:
    hosts = Hosts(allowed=("api.example.com", "*.inside.example"))
    assert not hosts.why_not("api.example.com")
    assert not hosts.why_not("A.Inside.example")
    for host in ("example.com", "inside.example", "127.0.0.1", "api.example.com.evil.example"):
        assert "not on the list" in hosts.why_not(host)
    assert not Hosts(allowed=("169.254.169.254",)).why_not("169.254.169.254")
    assert Hosts(allowed=("169.254.169.254",)).addresses("169.254.169.254", 80)
