"""What a drill is given and who may have one (R10); what it finds is in tests/engine/test_drill.py."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import RejectedError, RejectedForbidden, TransientError
from orchestrator.models import User
from orchestrator.services import drills
from orchestrator.services.drills import drill_workflow
from orchestrator.store import library
from tests import cast
from tests.driven import agent, workflow

pytestmark = pytest.mark.django_db
FLOW = """workflow: numbers
input:
  type: object
  required: [n, who]
  properties: {n: {type: integer, minimum: 3}, who: {type: string}, words: {type: array, default: [a]}}
steps: [{id: a, agent: counter}]
"""


@pytest.fixture
def me() -> User:
    library._agent.cache_clear()
    library._workflow.cache_clear()
    agent("counter", returns={"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}})
    found = cast.person("builder")
    workflow(found, FLOW)
    return found


def test_an_input_is_made_up_around_what_is_there_by_default(me: User) -> None:
    found = drill_workflow(me, "numbers")
    assert isinstance(found.input, dict)
    assert found.input["words"] == ["a"]
    assert found.input["n"] >= 3
    assert found.is_good


def test_an_input_that_is_given_must_fit(me: User) -> None:
    assert drill_workflow(me, "numbers", {"n": 4, "who": "me"}).input == {"n": 4, "who": "me", "words": ["a"]}
    with pytest.raises(RejectedError) as refused:
        drill_workflow(me, "numbers", {"n": 1, "who": "me"})
    assert [one.path for one in refused.value.problems] == ["input.n"]


def test_the_same_seed_gives_the_same_report_and_another_one_other_waits(me: User) -> None:
    first, again, other = (drill_workflow(me, "numbers", seed=seed) for seed in (1, 1, 2))
    assert first == again
    waits = [[one.ending.seconds for one in report.cells if one.ending] for report in (first, other)]
    assert waits[0] != waits[1]


def test_one_drill_is_at_work_at_a_time(me: User) -> None:
    with drills._one_at_a_time, pytest.raises(TransientError, match="Another drill is at work here"):
        drill_workflow(me, "numbers")
    assert drill_workflow(me, "numbers").is_good


def test_a_viewer_may_not_drill(me: User) -> None:
    with pytest.raises(RejectedForbidden, match="To drill workflow you need the role operator"):
        drill_workflow(cast.person("viewer"), "numbers")
