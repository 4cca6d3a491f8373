"""The life cycle of a run in the database: what all its events say, by few questions however long it is (L1)."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.core import phases
from orchestrator.models import Event, Gate, Run, User
from orchestrator.queries.past import past
from orchestrator.queries.phases import phases_of
from orchestrator.queries.track import definition
from orchestrator.services import gates, runs
from tests import cast, driven

LETTER = """
workflow: letter
input: {type: object}
steps:
  - {id: draft, agent: writer}
  - {id: check, review: {of: steps.draft.output, score: {of: output.score, least: 0.5}, retries: 1}}
  - {id: post, agent: writer}
"""


@pytest.fixture(autouse=True)
def broker(redis_url: str) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def operator(transactional_db: None) -> User:
    driven.agent("writer")
    driven.workflow(cast.person("builder"), LETTER)
    return cast.person("operator")


def states(run_id: str) -> list[str]:
    return [one.state for one in phases_of(Run.objects.get(pk=run_id))]


def as_told(run_id: str) -> tuple[phases.Phase, ...]:
    """Return the phases as all events of the run say."""
    run = Run.objects.get(pk=run_id)
    return phases.phases(past(run, run.n).recorded[: run.n], phases.declared(definition(run.workflow, run.version)))


def test_they_follow_the_run_and_few_events_say_what_all_of_them_say(operator: User) -> None:
    run_id = runs.start(operator, "letter", {}).run_id
    assert states(run_id) == ["done", "done", "done", "now", "ahead", "ahead"]
    for score in (0.1, 0.2):
        [claimed] = driven.claim()
        driven.tell(claimed, {"score": score})
        assert phases_of(Run.objects.get(pk=run_id)) == as_told(run_id)
    assert states(run_id)[3:] == ["done", "now", "ahead"]
    gates.decide(operator, Gate.objects.get().pk, "approve")
    assert states(run_id)[3:] == ["now", "ahead", "ahead"], "the letter is still to be posted"
    driven.work_off()
    found = phases_of(Run.objects.get(pk=run_id))
    assert found == as_told(run_id)
    assert [one.state for one in found] == ["done"] * 6
    assert [Event.objects.get(run_id=run_id, n=one.n).type for one in found] == [
        "run.started", "run.started", "attempt.queued", "attempt.started", "review.judged", "run.ended",
    ]  # fmt: skip


def test_a_run_of_many_events_costs_a_few_questions(operator: User) -> None:
    run_id = runs.start(operator, "letter", {}).run_id
    [claimed] = driven.claim()
    driven.tell(claimed, {"score": 0.9})
    run = Run.objects.get(pk=run_id)
    Event.objects.bulk_create(
        [Event(run_id=run_id, n=n, type="step.opened", path=f"m[{n}]", at=run.created_at, data={"path": f"m[{n}]"})
         for n in range(run.n + 1, run.n + 30_001)], batch_size=2_000,
    )  # fmt: skip
    run.n += 30_000
    with CaptureQueriesContext(connection) as asked:
        began = time.perf_counter()
        found = phases_of(run)
        took = time.perf_counter() - began
    assert found[4].words == "passed"
    assert len(asked) <= 8
    assert took < 0.3, f"{took * 1000:.0f} ms; what has to be passed over are 30,000 events that show nothing"
