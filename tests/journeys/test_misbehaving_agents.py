"""Agents that go wrong, through the real worker: tried again as configured, then failed with a reason in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import processes
from tests.chaos.api import Api
from tests.chaos.tree import Tree
from tests.journeys.page import Reader

WORKFLOW = """\
workflow: with-{agent}
role: Gives one step to {agent}.
steps:
  - {{id: score, agent: {agent}, retry: {{attempts: {attempts}, backoff: 100ms}}}}
"""
FALLBACK = """\
workflow: with-a-fallback
role: Has somebody who stands in.
steps:
  - id: score
    agent: raises
    retry: {attempts: 2, backoff: 100ms}
    fallback: [vanishes, stands-in]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to go wrong."""

    agent: str
    attempts: int
    """Tries the workflow allows."""
    made: int
    """Tries there should be in the end."""
    failure: str
    words: str
    """Part of the reason."""
    status: str = "failed"
    """Of each try."""


CASES = (
    Case(agent="talks-rubbish", attempts=4, made=2, failure="malformed", words="talks-rubbish returned is not JSON"),
    Case(agent="breaks-its-word", attempts=4, made=2, failure="schema", words="does not fit its contract. score: "),
    Case(agent="says-nothing", attempts=1, made=1, failure="schema", words="does not fit its contract"),
    Case(agent="talks-for-ever", attempts=3, made=1, failure="over_limit", words="talks-for-ever returned too much"),
    Case(agent="eats-memory", attempts=3, made=1, failure="over_limit", words="eats-memory needs more memory than"),
    Case(agent="hangs", attempts=2, made=2, failure="timeout", words="hangs did not finish within 1 s and was killed",
         status="timed_out"),
    Case(agent="hangs-inline", attempts=1, made=1, failure="timeout", words="it did not return within 1 s",
         status="timed_out"),
    Case(agent="raises", attempts=3, made=3, failure="crash", words="raised ValueError: no such vendor: <b>Acme</b>"),
    Case(agent="vanishes", attempts=2, made=2, failure="crash", words="ended with exit code 7 before it had a result"),
    Case(agent="dies", attempts=2, made=2, failure="crash", words="was killed by SIGSEGV"),
    Case(agent="tool-that-hangs", attempts=2, made=2, failure="timeout", words="did not finish within 1 s",
         status="timed_out"),
    Case(agent="tool-that-mumbles", attempts=3, made=2, failure="malformed", words="What tool-that-mumbles wrote"),
    Case(agent="tool-that-fails", attempts=2, made=2, failure="crash", words="ended with exit code 1"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """All cases, run at once and ended."""

    tree: Tree
    api: Api
    reader: Reader
    runs: dict[str, Any]
    """By the name of the workflow."""

    def tries(self, workflow: str) -> list[Any]:
        """Return the ends of a run's tries, from its events."""
        events = self.api.get(f"/runs/{self.runs[workflow]['id']}/events?limit=1000")["items"]
        return [event["data"] for event in events if event["type"] == "attempt.ended"]


@pytest.fixture(scope="module")
def aftermath(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    folder = tmp_path_factory.mktemp("workflows")
    for case in CASES:
        (folder / f"{case.agent}.yaml").write_text(WORKFLOW.format(agent=case.agent, attempts=case.attempts))
    (folder / "fallback.yaml").write_text(FALLBACK)
    tree.manage("apply", str(folder))
    api = tree.api()
    names = [*(f"with-{case.agent}" for case in CASES), "with-a-fallback"]
    started = {name: api.insist("POST", "/runs", {"workflow": name, "input": {}, "key": name}).body for name in names}
    runs = {name: api.ended(run["id"]) for name, run in started.items()}
    yield Aftermath(tree=tree, api=api, reader=Reader(tree.where(), tree.signin()), runs=runs)
    assert tree.manage("verify").strip() == "verify: everything agrees"


@pytest.mark.parametrize("case", CASES, ids=[case.agent for case in CASES])
def test_a_misbehaving_agent_is_tried_as_configured_then_fails_in_words(aftermath: Aftermath, case: Case) -> None:
    """S18; the page and the API say the same."""
    run = aftermath.runs[f"with-{case.agent}"]
    tries = aftermath.tries(f"with-{case.agent}")
    assert [one["attempt"] for one in tries] == list(range(1, case.made + 1))
    assert {(one["status"], one["failure"]) for one in tries} == {(case.status, case.failure)}
    assert all(case.words in one["reason"] for one in tries), tries
    (step,) = run["steps"]
    assert (run["status"], step["status"], step["failure"], step["attempt"]) == (
        "failed",
        "failed",
        case.failure,
        case.made,
    )
    assert case.words in step["reason"]
    assert case.words in run["reason"]
    assert case.words in aftermath.reader.run(run["id"])
    assert aftermath.reader.run(run["id"], "score").count(case.words) > case.made


def test_a_function_that_hangs_is_killed_with_all_it_started(aftermath: Aftermath) -> None:
    noted = sorted((aftermath.tree.data / "pids" / aftermath.runs["with-hangs"]["id"]).iterdir())
    pids = [int(pid) for file in noted for pid in file.read_text().split()]
    assert len(pids) == 4, "two tries, each with a helper"
    assert [pid for pid in pids if processes.process(pid)] == []


def test_a_program_that_hangs_is_killed_with_all_it_started(aftermath: Aftermath) -> None:
    left = [
        one.command for one in processes.carrying(processes.leashes(aftermath.tree.family())) if "sleep" in one.command
    ]
    assert left == []


def test_a_result_of_a_stand_in_is_marked_degraded(aftermath: Aftermath) -> None:
    """R12 in outline: and it says who stood in for whom."""
    run = aftermath.runs["with-a-fallback"]
    assert run["status"] == "succeeded"
    assert run["output"] == {"score": 1}
    (step,) = run["steps"]
    assert step["degraded"] == "stands-in stood in for raises"
    agents = Counter(one["agent"] for one in aftermath.tries("with-a-fallback"))
    assert agents == {"raises": 2, "vanishes": 2, "stands-in": 1}
    assert "stands-in stood in for raises" in aftermath.reader.run(run["id"], "score")


def test_the_worker_has_survived_them_all(aftermath: Aftermath) -> None:
    log = (aftermath.tree.data / "up.log").read_text()
    assert "starting it again" not in log
    assert Path(f"/proc/{aftermath.tree.child('worker')}").exists()
