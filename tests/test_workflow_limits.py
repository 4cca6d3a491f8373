"""C4: a workflow's own limit, through the real worker: over all its runs at once, and over no other workflow's."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

import pytest

from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.parse_tools import read_workflow_limits
from orchestrator.core.tree import from_plain
from orchestrator.models import Run, User
from tests import test_budgets
from tests.core.workflows import read
from tests.test_budgets import agent, begin, work

operator = test_budgets.operator
FAN = """
workflow: {name}
{limits}
input: {{type: object}}
steps:
  - id: each
    map: {{over: input.list, as: n, agent: {agent}, with: {{n: n, name: "'{name}'"}}}}
"""
at_work: dict[str, int] = {}
most: dict[str, int] = {}
lock = Lock()


def count(n: int, name: str) -> dict[str, Json]:
    """Note how many of a workflow are at work at once."""
    with lock:
        at_work[name] = at_work.get(name, 0) + 1
        most[name] = max(most.get(name, 0), at_work[name])
    time.sleep(0.03)
    with lock:
        at_work[name] -= 1
    return {"n": n}


def test_no_more_of_a_workflow_are_at_work_than_its_file_says_over_all_its_runs(operator: User) -> None:
    """C4: what is past the limit waits without a slot, and others go on meanwhile."""
    counter = agent("counter", target=f"{__name__}:count")
    given: Json = {"list": list(range(8))}
    held = FAN.format(name="held", limits="limits: {concurrency: 2}", agent=counter)
    first = begin(operator, held, given)
    second = begin(operator, held, given)
    free = begin(operator, FAN.format(name="free", limits="", agent=counter), given)
    for run_id in (first, second, free):
        work(run_id, slots=8)
    assert set(Run.objects.values_list("status", flat=True)) == {"succeeded"}
    assert most["held"] == 2
    assert most["free"] > 2


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"concurrency": 0}, "must be from 1 to 1000000, but is 0"),
        ({"calls": 5}, "'calls' and 'per' go together"),
        ({"memory": 5}, "'memory' is not a field of a workflow's 'limits'"),
        (5, "a workflow's 'limits' must be an object"),
    ],
)
def test_limits_of_a_workflow_that_will_not_do_are_told(limits: Any, message: str) -> None:
    reader = Reader()
    read_workflow_limits(from_plain(limits), reader)
    assert message in reader.found()[0].message
    assert reader.found()[0].hint


def test_limits_of_a_workflow_are_read_as_those_of_agents_are() -> None:
    one = {"id": "a", "agent": "quick"}
    made = read({"workflow": "w", "steps": [one], "limits": {"concurrency": 3, "calls": 60, "per": "1m"}})
    assert made.limits == {"concurrency": 3.0, "calls": 60.0, "seconds": 60.0}
