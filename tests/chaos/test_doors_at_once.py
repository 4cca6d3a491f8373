"""Limits and probes with processes: what several workers take at once is held to one number, and a killed worker gives
back what it took (C4, R3, S3)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.engine.caretaker import LEASE_SECONDS
from tests.chaos.api import Api
from tests.chaos.fleet import Fleet, database
from tests.conftest import poll
from tests.running import data_folder

AGENTS = '''"""Agents that write down who began, and hold until they are let go."""

import os
import time
from pathlib import Path

from orchestrator import agents


def held(folder: str, number: int) -> dict:
    with open(Path(folder) / "begun", "a") as book:
        book.write(f"{os.getpid()}\\n")
    while not (Path(folder) / "go").exists():
        time.sleep(0.02)
    return {"number": number}


@agents.agent(role="No more than two at once.", limits={"concurrency": 2})
def pair(folder: str, number: int) -> dict:
    return held(folder, number)


@agents.agent(role="Is tried out while its breaker is half open.")
def shaky(folder: str, number: int) -> dict:
    return held(folder, number)
'''
FLOW = """
workflow: {0}
role: Holds.
steps:
  - {{id: a, agent: {0}, with: {{folder: input.folder, number: input.number}}, retry: {{attempts: 3, backoff: 0.1}}}}
"""
WORKERS = 3
AT_WORK = "SELECT w.pid FROM orchestrator_queue q JOIN orchestrator_worker w ON w.id = q.worker WHERE q.agent = ?"


class World:
    """A cluster of three workers, and a folder for what one test holds."""

    def __init__(self, fleet: Fleet, api: Api, folder: Path) -> None:
        self.fleet, self.api, self.folder = fleet, api, folder

    def start(self, agent: str, count: int) -> list[str]:
        inputs = [{"folder": str(self.folder), "number": number} for number in range(count)]
        told = [self.api.insist("POST", "/runs", {"workflow": agent, "input": one}) for one in inputs]
        return [str(one.body["id"]) for one in told]

    def begun(self) -> int:
        book = self.folder / "begun"
        return len(book.read_text().splitlines()) if book.exists() else 0

    def waiting(self, key: str) -> int:
        statement = "SELECT count(*) FROM orchestrator_queue WHERE worker IS NULL AND waits_for = ?"
        return int(self.fleet.books.read(statement, key)[0][0])

    def kill_one_at_work(self, agent: str) -> int:
        """Kill a worker that holds attempts of an agent; return how many it held."""
        pids = [row[0] for row in self.fleet.books.read(AT_WORK, agent)]
        victim = next(one for one in self.fleet.running.values() if one.pid == pids[0])
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        return pids.count(pids[0])

    def let_go(self, runs: list[str]) -> None:
        (self.folder / "go").touch()
        assert {self.api.ended(run, 60)["status"] for run in runs} == {"succeeded"}


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with data_folder() as data, database() as url:
        made, folder = Fleet(data, url), data / "holding"
        (folder / "held").mkdir(parents=True)
        (folder / "held" / "agents.py").write_text(AGENTS)
        for agent in ("pair", "shaky"):
            (folder / f"{agent}.yaml").write_text(FLOW.format(agent))
        made.own |= {"SIGNALBOX_AGENT_PATHS": str(folder), "SIGNALBOX_SLOTS_SLOW": "2"}
        try:
            made.manage("apply", str(folder))
            made.start_services()
            yield made
            assert made.manage("verify").strip() == "verify: everything agrees"
        finally:
            left = made.end()
        assert not left, f"of the cluster there are still {left}"


@pytest.fixture
def world(fleet: Fleet, tmp_path: Path) -> World:
    for number in range(WORKERS):
        name = f"worker-{number}"
        if name not in fleet.running or fleet.running[name].poll() is not None:
            fleet.start_worker(name)
    return World(fleet, fleet.api(), tmp_path)


def test_a_limit_holds_over_workers_and_outlives_one(world: World) -> None:
    """C4: two at once of eight that ask; the place of the one that died is taken again, and no other."""
    runs = world.start("pair", 8)
    poll(lambda: (world.begun(), world.waiting("limit:agent:pair")) == (2, 6), "two are at work, six wait", 40)
    died = world.kill_one_at_work("pair")
    poll(lambda: world.begun() == 2 + died, "others have the places of the dead", LEASE_SECONDS + 15)
    poll(lambda: len(world.fleet.books.read(AT_WORK, "pair")) == 2, "and two are at work")
    world.let_go(runs)


def test_half_open_two_probe_over_workers_and_a_killed_probe_is_followed_by_another(world: World) -> None:
    """R3: a probe whose worker died says nothing, and blocks nothing."""
    world.fleet.manage("breaker", "shaky", "trip", "--seconds", "1", "--reason", "to be tried out")
    runs = world.start("shaky", 6)
    poll(lambda: (world.begun(), world.waiting("breaker:agent:shaky")) == (2, 4), "two probe, four wait", 60)
    died = world.kill_one_at_work("shaky")
    poll(lambda: world.begun() == 2 + died, "others probe in their place", LEASE_SECONDS + 30)
    states = "SELECT state FROM orchestrator_breaker WHERE key = 'agent:shaky'"
    assert world.fleet.books.read(states)[0][0] == "half_open"
    world.let_go(runs)
    poll(lambda: world.fleet.books.read(states)[0][0] == "closed", "two good probes close it")
