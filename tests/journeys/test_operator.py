"""An operator steers a job by the API while it runs: pauses, resumes, cancels; also over a crash of everything."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.chaos import processes
from tests.chaos.api import Api
from tests.chaos.books import in_flight, starts
from tests.chaos.review import EDIT, Operator, folder_to_review
from tests.chaos.tree import Tree
from tests.conftest import poll
from tests.journeys.page import Reader

STOP_SECONDS = 2.0
CANCEL_SECONDS = 4.0
"""A quarter of a second to notice and 0.7 s of grace for a tool; the rest is for a busy machine."""
QUIET_SECONDS = 1.5
"""Longer than the sweep that would find work waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the operator has before them."""

    tree: Tree
    api: Api

    def job(self, key: str) -> Operator:
        """Start the repository review and wait until its tools are at work; nobody answers its gate yet."""
        operator = Operator(self.api, self.tree.data / "shop", key)
        operator.answers.clear()
        operator.start()
        poll(lambda: operator.run_id or operator.problem, "the run has started", 20)
        poll(lambda: self.n(operator.run_id) > 33 and in_flight(self.tree.books), "tools are at work", 20)
        return operator

    def n(self, run_id: str) -> int:
        """Return how many events a run has."""
        return int(self.tree.books.read("SELECT n FROM orchestrator_run WHERE id = ?", run_id)[0][0])

    def steer(self, run_id: str, verb: str, status: int = 200) -> dict[str, object]:
        """Pause, resume or cancel a run."""
        answer = self.api.call("POST", f"/runs/{run_id}/{verb}")
        assert answer.status == status, answer
        return dict(answer.body)

    def rests(self, run_id: str) -> None:
        """Show that what was at work comes to its end and nothing new begins."""
        poll(lambda: not in_flight(self.tree.books), "what was at work has ended", 20)
        before = len(starts(self.tree.starts, run_id)), self.n(run_id)
        time.sleep(QUIET_SECONDS)
        assert (len(starts(self.tree.starts, run_id)), self.n(run_id)) == before

    def verify(self) -> None:
        """Show that everything that is kept agrees."""
        assert self.tree.manage("verify").strip() == "verify: everything agrees"


@pytest.fixture(scope="module")
def desk(tree: Tree) -> Desk:
    folder_to_review(tree.data / "shop")
    return Desk(tree=tree, api=tree.api("desk"))


def test_a_paused_run_rests_until_it_is_resumed(desk: Desk) -> None:
    """Pausing twice is the same; a gate may be decided meanwhile, and what follows waits too."""
    operator = desk.job("paused")
    assert desk.steer(operator.run_id, "pause")["status"] == "paused"
    assert desk.steer(operator.run_id, "pause")["paused"] is True
    desk.rests(operator.run_id)
    assert desk.api.run(operator.run_id)["waiting_on"] == "resume"
    desk.steer(operator.run_id, "resume")
    gate = desk.api.open_gate(operator.run_id)
    desk.steer(operator.run_id, "pause")
    operator.answers.set()
    operator.join(20)
    assert not operator.problem, operator.problem
    assert desk.api.get(f"/approvals/{gate['id']}")["status"] == "approved"
    desk.rests(operator.run_id)
    assert "publish" not in {start.path for start in starts(desk.tree.starts, operator.run_id)}
    desk.steer(operator.run_id, "resume")
    assert desk.api.ended(operator.run_id)["status"] == "succeeded"
    report = desk.tree.data / "reports" / operator.run_id / "report.md"
    assert EDIT.format(key="paused") in report.read_text()
    assert "already" in str(desk.steer(operator.run_id, "pause", status=409)["detail"])
    desk.verify()


def test_a_paused_run_is_still_paused_after_a_crash(desk: Desk) -> None:
    """S22 in outline."""
    operator = desk.job("paused in a crash")
    desk.steer(operator.run_id, "pause")
    desk.tree.kill()
    desk.tree.start()
    desk.rests(operator.run_id)
    assert desk.api.run(operator.run_id)["status"] == "paused"
    desk.steer(operator.run_id, "resume")
    operator.answers.set()
    operator.join(30)
    assert desk.api.ended(operator.run_id)["status"] == "succeeded"
    desk.verify()


def test_cancelling_kills_what_is_at_work(desk: Desk) -> None:
    """Within two seconds, also what ignores polite signals; and the page says who did it."""
    run_id = desk.api.insist("POST", "/runs", {"workflow": "long-work", "input": {}}).body["id"]
    noted = desk.tree.data / "pids" / run_id / "1"
    poll(noted.exists, "the function is at work", 20)
    marks = processes.leashes(desk.tree.family())
    tool = poll_for_tool(marks)
    pids = [*map(int, noted.read_text().split()), *(one.pid for one in tool)]
    assert all(processes.process(pid) for pid in pids)
    began = time.monotonic()
    assert desk.steer(run_id, "cancel")["status"] == "cancelled"
    left = processes.gone([one for pid in pids if (one := processes.process(pid))], [], 10)
    seconds = time.monotonic() - began
    print(f"\n  {len(pids)} processes gone {seconds:.2f} s after the cancel")
    assert not left
    assert seconds < CANCEL_SECONDS
    assert "already" in str(desk.steer(run_id, "cancel", status=409)["detail"])
    words = Reader(desk.tree.where(), desk.tree.signin()).run(run_id)
    assert "cancelled by desk" in words
    assert {step["status"] for step in desk.api.run(run_id)["steps"]} <= {"succeeded", "cancelled"}
    poll(lambda: not in_flight(desk.tree.books), "no claim is left")
    desk.verify()


def test_a_stop_in_the_middle_gives_the_work_back_uncounted(desk: Desk) -> None:
    """U3: in two seconds, whatever is at work; the next start goes on with the same attempts."""
    run_id = desk.api.insist("POST", "/runs", {"workflow": "long-work", "input": {}}).body["id"]
    poll((desk.tree.data / "pids" / run_id / "1").exists, "the function is at work", 20)
    poll_for_tool(processes.leashes(desk.tree.family()))
    tree = desk.tree.family()
    seconds = desk.tree.end()
    print(f"\n  {len(tree)} processes gone in {seconds:.2f} s")
    assert seconds < STOP_SECONDS
    assert not processes.gone(tree, processes.leashes(tree), 0.5)
    desk.tree.start()
    poll_for_tool(processes.leashes(desk.tree.family()))
    begun = Counter((start.path, start.attempt) for start in starts(desk.tree.starts, run_id))
    assert begun == {("work/function", 1): 2, ("work/tool", 1): 2, ("work/inline", 1): 1}
    desk.steer(run_id, "cancel")
    desk.verify()


def poll_for_tool(marks: set[str]) -> list[processes.Process]:
    """Wait until the tool's own process and its helper run."""
    found: list[processes.Process] = []

    def look() -> bool:
        found[:] = [
            one for one in processes.carrying(marks) if "alias.nap" in one.command or "sleep 600" in one.command
        ]
        return any("alias.nap" in one.command for one in found) and any("sleep 600" in one.command for one in found)

    poll(look, "the tool is at work", 20)
    return found


def test_cancelling_withdraws_an_open_gate(desk: Desk) -> None:
    """S12."""
    operator = desk.job("cancelled at the gate")
    gate = desk.api.open_gate(operator.run_id)
    desk.steer(operator.run_id, "pause")
    desk.steer(operator.run_id, "cancel")
    assert desk.api.get(f"/approvals/{gate['id']}")["status"] == "withdrawn"
    assert operator.run_id not in {one["run_id"] for one in desk.api.get("/approvals?status=open")["items"]}
    late = desk.api.call("POST", f"/approvals/{gate['id']}/decision", {"verdict": "approve"})
    assert late.status == 409
    desk.rests(operator.run_id)
    assert not (desk.tree.data / "reports" / operator.run_id).exists()
    desk.verify()
