"""Tools of a server that speaks MCP, a real one in a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.runtimes import http_hosts
from orchestrator.runtimes.port import EffectInDoubt, Job
from orchestrator.runtimes.tools.card import ToolCard, ToolFailed, Unreachable
from orchestrator.runtimes.tools.cards import Toolbox, cards
from tests.running import PROJECT
from tests.runtimes.conftest import Bench, Ledger, poll

HERE = "tests.runtimes.tools.shop"


@dataclass
class Shelf:
    """A running server."""

    address: str
    out: Path
    process: subprocess.Popen[bytes]

    @property
    def lines(self) -> list[str]:
        return self.out.read_text().splitlines() if self.out.exists() else []


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.runtimes.tools.mcp_server", str(port), str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert poll(lambda: _answers(port), 30), "the server did not start"
        yield Shelf(f"http://127.0.0.1:{port}/mcp", tmp_path / "out", process)
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def job(*tools: Tool, **more: object) -> Job:
    spec = AgentSpec(name="tried", role="Is tried out.", runtime="llm", tools=tools)
    return Job(run_id="r1", path="step", attempt=1, spec=spec, input={}, request_id="r1:step", **more)


def by_name(made: list[ToolCard]) -> dict[str, ToolCard]:
    return {card.name: card for card in made}


def use(bench: Bench, shelf: Shelf, tool: str, given: dict[str, Json], **more: object) -> Outcome:
    tools = (Tool(mcp=shelf.address, **more.pop("as_", {})),)
    return bench.run("callable", {"target": f"{HERE}:uses"}, {"tool": tool, "given": given}, tools=tools, **more)


def test_a_servers_tools_have_its_words_and_contracts_and_only_filters_them(shelf: Shelf) -> None:
    made = by_name(cards(job(Tool(mcp=shelf.address)), Ledger()))
    assert set(made) == {"put", "read", "refuses", "dies", "whose"}
    assert made["put"].description == "Put something on the shelf."
    properties = made["put"].schema["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == {"name", "count"}
    assert set(by_name(cards(job(Tool(mcp=shelf.address, only=("read",))), Ledger()))) == {"read"}
    with pytest.raises(Unreachable, match="has no tool fly; it has "):
        cards(job(Tool(mcp=shelf.address, only=("fly",))), Ledger())


def test_a_call_is_made_once_with_the_id_of_the_logical_call(bench: Bench, shelf: Shelf) -> None:
    """A6."""
    for attempt in (1, 2):
        assert use(bench, shelf, "put", {"name": "nut"}, attempt=attempt) == Ok(output=[{"there": 1}])
    (line,) = shelf.lines
    assert line.startswith("1 nut r1:step:put:")
    assert use(bench, shelf, "read", {"name": "nut"}) == Ok(output=[{"result": "nut is there"}])


def test_a_tool_that_only_leaves_out_is_refused_without_asking_the_server(bench: Bench, shelf: Shelf) -> None:
    """A7."""
    outcome = use(bench, shelf, "put", {"name": "nut"}, as_={"only": ("read",)})
    assert isinstance(outcome, Failed), outcome
    assert outcome.kind is Failure.REFUSED
    assert shelf.lines == []


def test_a_server_cannot_take_the_place_of_a_tool_that_is_listed_by_its_name(shelf: Shelf) -> None:
    own = Tool(name="put", agent="porter")
    made = by_name(
        cards(job(Tool(mcp=shelf.address), own, agents={"porter": {"role": "Carries.", "input": {}}}), Ledger())
    )
    assert (made["put"].description, made["read"].name) == ("Carries.", "read")


def test_risky_tools_of_a_server_wait_for_a_person(bench: Bench, shelf: Shelf) -> None:
    """H6."""
    outcome = use(bench, shelf, "put", {"name": "nut"}, as_={"risky": True})
    assert isinstance(outcome, Suspended), outcome
    assert outcome.requests[0]["tool"] == "put"
    assert shelf.lines == []


def test_what_a_server_says_went_wrong_is_told_to_a_model_and_recorded_as_told(shelf: Shelf) -> None:
    ledger = Ledger()
    for _ in range(2):
        card = by_name(cards(job(Tool(mcp=shelf.address)), ledger))["refuses"]
        with pytest.raises(ToolFailed, match="no room for nut"):
            card.call({"name": "nut"})
    assert len(ledger.effects_made) == 1


def test_a_server_that_dies_in_mid_call_leaves_it_in_doubt(shelf: Shelf) -> None:
    """A6: nobody knows whether it was done, so it is not done again without a person, unless it may be."""
    ledger, tools = Ledger(), Toolbox(job(Tool(mcp=shelf.address)), Ledger(), tells=True)
    with pytest.raises(EffectInDoubt, match="dies may have been done or not"):
        by_name(cards(job(Tool(mcp=shelf.address), timeout_seconds=5), ledger))["dies"].call({"name": "nut"})
    assert len(ledger.in_doubt) == 1
    assert shelf.lines == ["half nut"]
    with pytest.raises(Unreachable, match="could not be asked"):
        tools.cards()


def test_a_token_is_taken_from_the_variables_that_agents_may_use(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_TOKEN", "s3cret")
    tool = Tool(mcp=shelf.address, key_env="SHELF_TOKEN")
    with pytest.raises(Unreachable, match="'SHELF_TOKEN' is not on the list of variables agents may use"):
        cards(job(tool), Ledger())
    monkeypatch.setenv("SIGNALBOX_HTTP_ENV", "SHELF_TOKEN")
    assert by_name(cards(job(tool), Ledger()))["whose"].call({}) == {"result": "Bearer s3cret"}
    monkeypatch.delenv("SHELF_TOKEN")
    with pytest.raises(Unreachable, match="has no SHELF_TOKEN in its environment"):
        cards(job(tool), Ledger())


def test_a_server_at_an_address_where_machines_find_credentials_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreachable, match="an address at which machines find their credentials"):
        cards(job(Tool(mcp="http://169.254.169.254/mcp")), Ledger())
    monkeypatch.setenv("SIGNALBOX_HTTP_HOSTS", "tools.example.com")
    with pytest.raises(Unreachable, match=r"'127\.0\.0\.1' is not on the list of allowed hosts"):
        cards(job(Tool(mcp="http://127.0.0.1:9/mcp")), Ledger())


def test_a_server_that_is_away_fails_the_attempt_as_unavailable(bench: Bench, shelf: Shelf) -> None:
    shelf.process.kill()
    shelf.process.wait()
    outcome = use(bench, shelf, "put", {"name": "nut"})
    assert isinstance(outcome, Failed), outcome
    assert (outcome.kind, shelf.address in outcome.reason) == (Failure.UNAVAILABLE, True)


def named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, *answers: str) -> Tool:
    """Have the server behind a name; looked up, that gives these addresses one after another, the last again."""
    left = [*answers]
    real, real_info = http_hosts._looked_up, socket.getaddrinfo

    def looked_up(host: str, port: int) -> Any:
        return real(left.pop(0) if len(left) > 1 else left[0], port)

    def nowhere(host: Any, *more: Any, **named: Any) -> Any:
        if host in ("localhost", b"localhost"):
            raise OSError("somebody looks it up by himself")
        return real_info(host, *more, **named)

    monkeypatch.setattr(http_hosts, "_looked_up", looked_up)
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    return Tool(mcp=shelf.address.replace("127.0.0.1", "localhost"), only=("put",))


def test_a_server_is_called_at_the_address_that_was_checked_and_its_name_is_not_looked_up_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (put,) = cards(job(named(shelf, monkeypatch, "127.0.0.1")), Ledger())
    put.call({"name": "bolt", "count": 2})
    assert len(shelf.lines) == 1


def test_a_name_that_means_another_machine_by_the_time_it_is_called_leads_nowhere(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the check was good; the next one is where machines find their credentials."""
    tool = named(shelf, monkeypatch, "127.0.0.1", "169.254.169.254")
    with pytest.raises(Unreachable, match=r"'localhost' stands for 169\.254\.169\.254, an address at which"):
        cards(job(tool), Ledger())
