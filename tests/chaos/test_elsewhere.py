"""Work that is done elsewhere survives kill -9 on either side: no loss, and no effect twice (A2, A6; line 7)."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.chaos.api import Api
from tests.chaos.tree import Tree, planted
from tests.conftest import poll
from tests.running import PROJECT, data_folder, environ

HERE = Path(__file__).parent
WORKFLOW = """
workflow: rated
role: Has something rated elsewhere.
input: {type: object}
output: steps.rate.output.n
steps:
  - {id: rate, agent: %s, with: {n: input.n}, retry: {attempts: 5, backoff: 0.1s}, timeout: 60s}
"""
NUMBER = "{type: object, required: [n], properties: {n: {type: integer}}}"
REMOTE = f"""
agent: rater
role: Rates things.
runtime: remote
input: {NUMBER}
output: {NUMBER}
"""
HTTP = f"""
agent: asked-%s
role: Rates things.
runtime: http
settings: {{url: "http://127.0.0.1:%d/%s", mode: %s, every: 0.2}}
output: {NUMBER}
"""


@dataclass
class Elsewhere:
    """A tree, a folder for whoever works elsewhere, and what was started there."""

    tree: Tree
    api: Api
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def apply(self, *texts: str) -> None:
        for number, text in enumerate(texts):
            file = self.folder / f"{number}.yaml"
            file.write_text(text)
            self.tree.manage("apply", str(file))

    def run(self, workflow: str) -> str:
        return str(self.api.insist("POST", "/runs", {"workflow": workflow, "input": {"n": 1}}).body["id"])

    def begin(self, script: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", str(HERE / script), *words]
        with open(self.folder / "log", "ab") as log:
            one = subprocess.Popen(command, cwd=self.folder, env=environ(), stdout=log, stderr=log)
        self.started.append(one)
        return one

    def worker(self) -> subprocess.Popen[bytes]:
        return self.begin("far_worker.py", self.tree.where(), self.api.token, str(self.folder))

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def go(self) -> None:
        (self.folder / "go").touch()

    def end(self) -> None:
        for one in self.started:
            one.kill()
            one.wait()

    def ended(self, run_id: str) -> None:
        """Wait for a run to succeed; everything that is kept must agree then, and one act must have been made."""
        run = self.api.ended(run_id, 90.0)
        assert (run["status"], run["output"]) == ("succeeded", 3), (run, self.lines("log"), self.tree.words())
        assert len(self.lines("acts")) == 1, self.lines("acts")
        assert self.tree.manage("verify").strip() == "verify: everything agrees"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


MODES = ("answer", "poll", "callback")
"""How a server may be asked."""
TURNS = itertools.count()


@pytest.fixture(scope="module")
def tree() -> Iterator[Tree]:
    with data_folder() as data, planted(data, port=free_port()) as tree:
        yield tree


@pytest.fixture
def elsewhere(tree: Tree, tmp_path: Path) -> Iterator[Elsewhere]:
    shutil.copy(PROJECT / "orchestrator" / "client.py", tmp_path / "signalbox_worker.py")
    made = Elsewhere(tree, tree.api("elsewhere"), tmp_path)
    yield made
    made.end()


@pytest.fixture
def remote(elsewhere: Elsewhere) -> Elsewhere:
    elsewhere.apply(REMOTE, WORKFLOW % "rater")
    return elsewhere


def test_a_worker_elsewhere_that_is_killed_at_work_is_replaced_by_another(remote: Elsewhere) -> None:
    run_id = remote.run("rated")
    first = remote.worker()
    poll(lambda: remote.lines("mailed"), "the first one is at work", 30)
    os.kill(first.pid, signal.SIGKILL)
    second = remote.worker()
    poll(lambda: len(remote.lines("mailed")) == 2, "the second one has its work", 30)
    remote.go()
    remote.ended(run_id)
    assert remote.lines("done") == [str(first.pid)], "the effect's result came from the record"
    assert remote.lines("mailed") == [f"1 {first.pid}", f"2 {second.pid}"]


def test_a_worker_elsewhere_reports_what_it_did_while_everything_here_was_dead(remote: Elsewhere) -> None:
    run_id = remote.run("rated")
    worker = remote.worker()
    poll(lambda: remote.lines("mailed"), "it is at work", 30)
    remote.tree.kill()
    remote.go()
    poll(lambda: remote.lines("done"), "it is done", 30)
    remote.tree.start()
    remote.ended(run_id)
    assert remote.lines("mailed") == [f"1 {worker.pid}"], "it was done once"
    assert [one["attempt"] for one in remote.api.run(run_id)["steps"] if one["path"] == "rate"] == [1]


def test_a_worker_elsewhere_that_is_stopped_gives_its_work_back(remote: Elsewhere) -> None:
    run_id = remote.run("rated")
    first = remote.worker()
    poll(lambda: remote.lines("mailed"), "it is at work", 30)
    first.terminate()
    assert first.wait(10) == 0
    second = remote.worker()
    poll(lambda: len(remote.lines("mailed")) == 2, "the second one has its work", 30)
    remote.go()
    remote.ended(run_id)
    assert remote.lines("mailed")[1] == f"1 {second.pid}", "it counts as no try"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try each of them in every mode, or in the slice in one, chosen by the seed."""
    if "asked" in metafunc.fixturenames:
        is_full = metafunc.config.getoption("chaos", "slice") == "full"
        place = int(metafunc.config.getoption("seed", 1)) + next(TURNS)
        metafunc.parametrize("asked", MODES if is_full else [MODES[place % len(MODES)]], indirect=True)


@pytest.fixture
def asked(request: pytest.FixtureRequest, elsewhere: Elsewhere) -> tuple[Elsewhere, str]:
    """Have an agent behind a server, in each of its modes."""
    mode, port = str(request.param), free_port()
    elsewhere.apply(HTTP % (mode, port, mode, mode), (WORKFLOW % f"asked-{mode}").replace("rated", f"asked-{mode}"))
    elsewhere.begin("far_server.py", str(port), str(elsewhere.folder))
    poll(lambda: is_open(port), "the server listens", 15)
    return elsewhere, f"asked-{mode}"


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_a_worker_of_ours_that_is_killed_while_it_asks_loses_nothing(asked: tuple[Elsewhere, str]) -> None:
    there, workflow = asked
    run_id = there.run(workflow)
    poll(lambda: there.lines("asked"), "the server was asked", 30)
    worker = there.tree.child("worker")
    os.kill(worker, signal.SIGKILL)
    poll(lambda: there.tree.child_or_none("worker") not in (None, worker), "there is another worker", 30)
    there.go()
    there.ended(run_id)


def test_all_of_ours_may_be_killed_while_the_server_works(asked: tuple[Elsewhere, str]) -> None:
    there, workflow = asked
    run_id = there.run(workflow)
    poll(lambda: there.lines("asked"), "the server was asked", 30)
    there.tree.kill()
    there.go()
    there.tree.start()
    there.ended(run_id)


def test_the_server_may_be_killed_while_it_works(asked: tuple[Elsewhere, str]) -> None:
    there, workflow = asked
    run_id = there.run(workflow)
    poll(lambda: there.lines("acts"), "the server has acted", 30)
    (server,) = there.started
    os.kill(server.pid, signal.SIGKILL)
    server.wait()
    there.begin(*(str(word) for word in (Path(server.args[2]).name, *server.args[3:])))  # type: ignore[index]
    there.go()
    there.ended(run_id)
