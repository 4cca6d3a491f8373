"""The same job on PostgreSQL with two worker processes: one is killed, one is stopped, the broker is emptied."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from orchestrator.engine.caretaker import LEASE_SECONDS
from tests.chaos.api import Api
from tests.chaos.fleet import Fleet, assembled, events
from tests.chaos.review import Operator, counted_by_hand, faults, folder_to_review
from tests.conftest import poll
from tests.running import data_folder

TAKE_OVER_SECONDS = LEASE_SECONDS + 10


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A cluster that has done the job once, undisturbed."""

    fleet: Fleet
    api: Api
    counts: dict[str, int]

    def begin(self, key: str) -> Operator:
        """Start the job."""
        operator = Operator(self.api, self.fleet.data / "shop", key)
        operator.start()
        poll(lambda: operator.run_id or operator.problem, "the run has started", 20)
        return operator

    def finish(self, operator: Operator, seconds: float) -> None:
        """Wait for the job's end and check everything."""
        operator.join(seconds)
        assert not operator.is_alive(), f"the gate did not come within {seconds} s\n{self.fleet.words()}"
        assert not operator.problem, operator.problem
        self.api.ended(operator.run_id, seconds)
        wrong = faults(self.fleet.books, self.fleet.starts, self.fleet.data, operator, self.counts)
        assert not wrong, "\n".join([f"run {operator.run_id}:", *wrong])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with data_folder() as data, assembled(data) as fleet:
        api = fleet.api()
        operator = Operator(api, folder_to_review(data / "shop"), "plain")
        operator.start()
        operator.join(60)
        assert not operator.problem, f"{operator.problem}\n{fleet.words()}"
        run = api.ended(operator.run_id)
        yield World(fleet=fleet, api=api, counts=counted_by_hand(fleet.books, run["id"]))
        assert fleet.manage("verify").strip() == "verify: everything agrees"


def test_the_work_of_a_killed_worker_is_taken_over(world: World) -> None:
    """S3: within its lease and ten seconds."""
    fleet = world.fleet
    operator = world.begin("killed")
    victim = fleet.busy_worker(operator.run_id)
    held = fleet.claims(operator.run_id)[victim.pid]
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    killed = time.monotonic()
    world.finish(operator, TAKE_OVER_SECONDS)
    seconds = time.monotonic() - killed
    lost = "SELECT count(*) FROM orchestrator_attempt WHERE run_id = ? AND status = 'lost'"
    count = fleet.books.read(lost, operator.run_id)[0][0]
    print(f"\n  killed with {held} attempts in flight, {count} lost; finished {seconds:.1f} s later")
    assert count >= 1
    assert seconds < TAKE_OVER_SECONDS


def test_a_worker_that_was_only_slow_can_do_no_harm(world: World) -> None:
    """S6: stopped for two leases, the others finish, and what it then says is refused."""
    fleet = world.fleet
    fleet.start_worker("worker-3")
    operator = world.begin("stopped")
    sleeper = fleet.busy_worker(operator.run_id)
    sleeper.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    world.finish(operator, TAKE_OVER_SECONDS)
    taken_over = time.monotonic() - stopped
    n, heard = events(fleet, operator.run_id), len(fleet.log(sleeper))
    time.sleep(max(2 * LEASE_SECONDS - taken_over, 0))
    sleeper.send_signal(signal.SIGCONT)
    poll(lambda: "claim" in fleet.log(sleeper)[heard:], "the late report is logged as harmless", 10)
    said = [line for line in fleet.log(sleeper)[heard:].splitlines() if "claim" in line]
    print(
        f"\n  taken over after {taken_over:.1f} s; stopped for {time.monotonic() - stopped:.1f} s, then said: {said[0]}"
    )
    assert events(fleet, operator.run_id) == n
    use_alone(world, sleeper.pid)


def use_alone(world: World, pid: int) -> None:
    """Show that a worker which was stopped works on: stop every other one and give it the job."""
    others = [one for name, one in world.fleet.running.items() if name.startswith("worker") and one.pid != pid]
    for other in others:
        if other.poll() is None:
            other.terminate()
            other.wait(10)
    operator = world.begin("afterwards")
    world.finish(operator, 30)
    made = world.fleet.books.read(
        "SELECT DISTINCT worker FROM orchestrator_attempt WHERE run_id = ? AND agent <> 'merge'", operator.run_id
    )
    assert len(made) == 1
    os.kill(pid, 0)


def test_work_goes_on_when_the_broker_is_emptied(world: World) -> None:
    """S13: what was lost with it is found by the sweep."""
    fleet = world.fleet
    fleet.start_worker("worker-4")
    operator = world.begin("flushed")
    flushed = 0
    while events(fleet, operator.run_id) < 60 and flushed < 100:
        fleet.flush()
        flushed += 1
        time.sleep(0.05)
    began = time.monotonic()
    world.finish(operator, 30)
    print(f"\n  emptied {flushed} times in mid-work; finished {time.monotonic() - began:.1f} s after the last time")
    again = world.begin("after the flush")
    world.finish(again, 30)


def test_the_job_finishes_though_connections_are_cut_all_the_time(world: World) -> None:
    """S7: also right after a commit whose answer then never comes."""
    fleet = world.fleet
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    operator = world.begin("cut")
    cuts = count = 0
    until = time.monotonic() + 6
    while operator.is_alive() and time.monotonic() < until:
        count += len(fleet.books.read(f"{cut} AND pid <> pg_backend_pid()"))
        cuts += 1
        time.sleep(0.1)
    world.finish(operator, 60)
    print(f"\n  cut {count} connections in {cuts} rounds")
    assert count > 10
