"""C2: the cheapest agent is asked first, and the next one only where what it made does not hold."""

from __future__ import annotations

from typing import Any

from orchestrator.core.definition import Workflow
from orchestrator.core.status import RunStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from tests.core.patterns.stage import Stage
from tests.core.workflows import AGENTS

STEP = {"agents": ["small", "large"], "with": {"n": "input.n"}, "check": {"enough": "output.n > 5"}}


def climbed(small: Any, large: Any) -> Stage:
    return Stage([{"id": "l", "ladder": STEP}], {"small": small, "large": large}, {"n": 1})


def test_what_is_cheap_and_good_enough_is_the_answer() -> None:
    stage = climbed({"n": 9}, {"n": 99})
    assert (stage.run.status, stage.output("l"), list(stage.given)) == (RunStatus.SUCCEEDED, {"n": 9}, ["l/Work"])


def test_the_next_agent_is_asked_once_where_it_is_not() -> None:
    stage = climbed({"n": 1}, {"n": 99})
    assert (stage.output("l"), list(stage.given)) == ({"n": 99}, ["l/Work", "l/Work#2"])
    assert stage.step("l/Work#2").agent == "large"


def test_nobody_tries_twice_and_the_last_failure_is_named() -> None:
    stage = climbed({"n": 1}, {"n": 2})
    assert stage.run.status == RunStatus.FAILED
    assert "enough" in stage.run.reason
    assert len(stage.given) == 2


def test_a_ladder_that_could_never_climb_is_refused() -> None:
    source = {"workflow": "try", "steps": [{"id": "l", "ladder": {"agents": ["quick", "slow"]}}]}
    found = read_workflow(from_plain(source), {spec.name: spec for spec in AGENTS})
    assert not isinstance(found, Workflow)
    assert [(one.path, one.message) for one in found] == [("steps[0].ladder", "a ladder needs 'check' or 'judge'")]
