"""C3 with processes: a hundred ask four workers the same at once; one call is made, and who waits holds no slot."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from orchestrator.engine.caretaker import LEASE_SECONDS
from tests.chaos.api import Api
from tests.chaos.books import SqliteBooks
from tests.chaos.fleet import Fleet, database
from tests.conftest import poll
from tests.running import data_folder

AT_ONCE, WORKERS, SLOTS = 100, 4, 2
AGENTS = '''"""Agents that write down each call, and hold until they are let go."""

import os
import time
from pathlib import Path

from orchestrator import agents


def called(folder: str, question: str) -> int:
    with open(Path(folder) / f"{question}.calls", "a") as book:
        book.write(f"{os.getpid()}\\n")
    while not (Path(folder) / f"{question}.go").exists():
        time.sleep(0.02)
    return len((Path(folder) / f"{question}.calls").read_text().splitlines())


@agents.agent(role="Answers a question, once it is let go.", cache="1h")
def oracle(question: str, folder: str) -> dict:
    return {"call": called(folder, question)}


@agents.agent(role="Fails the first time.", cache="1h")
def stumbler(question: str, folder: str) -> dict:
    number = called(folder, question)
    if number == 1:
        raise ConnectionError("nobody there")
    return {"call": number}


@agents.agent(role="Does something else.")
def bystander(number: int) -> dict:
    return {"number": number}
'''
ASKS = "workflow: ask-{0}\nrole: Asks.\nsteps:\n  - {{id: a, agent: {0}, with: {{{1}}}, retry: {{attempts: 1}}}}\n"


class World:
    """A cluster of four workers with two slots for each kind of work."""

    def __init__(self, fleet: Fleet, api: Api, folder: Path) -> None:
        self.fleet, self.api, self.folder = fleet, api, folder

    def start(self, agent: str, count: int, **given: Any) -> list[str]:
        """Start so many runs at once; return their ids."""
        wanted = {"workflow": f"ask-{agent}", "input": given}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.api.insist("POST", "/runs", wanted), range(count)))
        assert {one.status for one in answers} == {201}, answers[0]
        return [one.body["id"] for one in answers]

    def ask(self, agent: str, count: int, question: str) -> list[str]:
        return self.start(agent, count, question=question, folder=str(self.folder))

    def calls(self, question: str) -> int:
        """Return how often it was really asked."""
        book = self.folder / f"{question}.calls"
        return len(book.read_text().splitlines()) if book.exists() else 0

    def let_go(self, question: str) -> None:
        (self.folder / f"{question}.go").touch()

    def steps(self, run_ids: list[str], seconds: float = 60.0) -> list[Any]:
        """Wait until they have ended; return the step of each."""
        return [self.api.ended(run_id, seconds)["steps"][0] for run_id in run_ids]

    def count(self, where: str) -> int:
        """Count entries of the queue."""
        return int(self.fleet.books.read(f"SELECT count(*) FROM orchestrator_queue WHERE {where}")[0][0])


class OwnBooks(SqliteBooks):
    """The books of a fleet on the data folder's own database."""

    def close(self) -> None:
        """Leave nothing open: each look has its own connection."""


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    is_own = request.param == "sqlite"
    with data_folder() as data, nullcontext("") if is_own else database() as url:
        fleet = Fleet(data, url)
        if is_own:
            fleet.books = OwnBooks(data / "signalbox.sqlite3")  # type: ignore[assignment]  # what it uses of them is the same
        folder = data / "asking"
        (folder / "asked").mkdir(parents=True)
        (folder / "asked" / "agents.py").write_text(AGENTS)
        for agent, given in (("oracle", "question: input.question, folder: input.folder"),
                             ("stumbler", "question: input.question, folder: input.folder"),
                             ("bystander", "number: input.number")):  # fmt: skip
            (folder / f"{agent}.yaml").write_text(ASKS.format(agent, given))
        fleet.own |= {"SIGNALBOX_AGENT_PATHS": str(folder), "SIGNALBOX_SLOTS_SLOW": str(SLOTS)}
        try:
            fleet.manage("apply", str(folder))
            fleet.start_services()
            for number in range(WORKERS):
                fleet.start_worker(f"worker-{number}")
            yield World(fleet, fleet.api(), folder)
            assert fleet.manage("verify").strip() == "verify: everything agrees"
        finally:
            left = fleet.end()
        assert not left, f"of the cluster there are still {left}"


WAITING = "worker IS NULL AND substr(waits_for, 1, 7) = 'answer:'"


def test_a_hundred_at_once_make_one_call_and_wait_without_a_slot(world: World) -> None:
    run_ids = world.ask("oracle", AT_ONCE, "same")
    poll(lambda: world.count(WAITING) == AT_ONCE - 1, "all but one wait in the queue", 60)
    poll(lambda: world.count("worker IS NOT NULL") == 1, "one holds a slot")
    others = world.start("bystander", 20, number=1)
    assert {step["status"] for step in world.steps(others)} == {"succeeded"}, "and the other slots are free"
    poll(lambda: world.count(WAITING) == AT_ONCE - 1, "and they still wait, now and then looking whether they must")
    assert world.calls("same") == 1
    world.let_go("same")
    steps = world.steps(run_ids)
    assert [step["output"] for step in steps] == [{"call": 1}] * AT_ONCE
    assert world.calls("same") == 1
    saved = [step["saved"] for step in steps if step["saved"]]
    maker = {step["saved"] is None: run_id for step, run_id in zip(steps, run_ids, strict=True)}[True]
    assert (len(saved), {one["run"] for one in saved}) == (AT_ONCE - 1, {maker})
    (again,) = world.steps(world.ask("oracle", 1, "same"))
    assert again["saved"]["seconds"] > 0
    assert world.calls("same") == 1
    print(f"\n  {AT_ONCE} at once: 1 call, {sum(one['seconds'] for one in saved):.1f} s of work saved")


def test_when_the_worker_of_the_maker_is_killed_another_one_makes_it(world: World) -> None:
    """S3: nobody waits longer than a lease and ten seconds."""
    run_ids = world.ask("oracle", 12, "killed")
    poll(lambda: world.count(WAITING) == 11, "all but one wait in the queue", 60)
    held = "SELECT w.pid FROM orchestrator_queue q JOIN orchestrator_worker w ON w.id = q.worker"
    pid = world.fleet.books.read(held)[0][0]
    victim = next(one for one in world.fleet.running.values() if one.pid == pid)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    poll(lambda: world.calls("killed") == 2, "somebody else makes it", LEASE_SECONDS + 10)
    world.let_go("killed")
    steps = world.steps(run_ids, LEASE_SECONDS + 10)
    assert [step["output"] for step in steps] == [{"call": 2}] * 12
    assert world.calls("killed") == 2


def test_when_the_maker_fails_one_other_makes_it_for_all_the_rest(world: World) -> None:
    run_ids = world.ask("stumbler", 12, "failed")
    poll(lambda: world.count(WAITING) == 11, "all but one wait in the queue", 60)
    world.let_go("failed")
    steps = world.steps(run_ids)
    assert sorted(step["status"] for step in steps) == ["failed", *["succeeded"] * 11]
    assert world.calls("failed") == 2
