"""What trust is measured by: work that held, work that was sent back, and nothing that says nothing (A3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import Attempt, QueueEntry
from orchestrator.queries.trust import trusts
from orchestrator.reliability.cache import GIVEN
from orchestrator.store import measured
from tests import cast

pytestmark = pytest.mark.django_db


def tried(run_id: str, agent: str, status: str = "succeeded", **more: Any) -> Attempt:
    number = Attempt.objects.count()
    end = cast.NOON + timedelta(minutes=number)
    values = {"started_at": end - timedelta(seconds=2), "ended_at": end, **more}
    return Attempt.objects.create(run_id=run_id, path=f"s{number}", attempt=1, agent=agent, status=status, **values)


def test_work_that_was_sent_back_did_not_hold() -> None:
    run = cast.run(1, cast.person("operator")).id
    tried(run, "writer"), tried(run, "writer", sent_back=True), tried(run, "writer", "failed", failure="crash")
    assert [(one.good, one.seconds) for one in measured.latest(["writer"])] == [(True, 2), (False, 2), (False, 2)]


def test_what_says_nothing_about_an_agent_is_left_out() -> None:
    operator = cast.person("operator")
    run, trial = cast.run(1, operator).id, cast.run(2, operator, workflow="try:writer").id
    tried(trial, "writer", "failed", failure="crash")
    tried(run, "writer", note=f"{GIVEN} x")
    tried(run, "writer", "cancelled"), tried(run, "writer", "suspended")
    for failure in ("lost", "invalid_input", "expression", "tripped", "over_budget", "rejected"):
        tried(run, "writer", "lost" if failure == "lost" else "failed", failure=failure)
    assert trusts(operator, ["writer"])["writer"].tried == 0
    tried(run, "writer", "timed_out", failure="timeout")
    assert trusts(operator, ["writer"])["writer"].tried == 1


def test_trust_in_all_agents_of_a_page_is_one_question() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator).id
    for _ in range(3):
        tried(run, "writer"), tried(run, "critic", "failed", failure="schema")
    with CaptureQueriesContext(connection) as asked:
        found = trusts(operator, ["writer", "critic", "nobody"])
    assert len(asked) == 1
    assert found["writer"].mean > 0.75 > 0.25 > found["critic"].mean
    assert found["writer"].low < found["writer"].mean < found["writer"].high
    assert (found["nobody"].mean, found["nobody"].tried) == (0.5, 0)


def test_only_the_latest_of_an_agent_are_looked_at_and_found_by_the_index() -> None:
    run = cast.run(1, cast.person("operator")).id
    Attempt.objects.bulk_create(
        Attempt(run_id=run, path=f"s{n}", attempt=1, agent="writer", status="succeeded", ended_at=cast.NOON)
        for n in range(measured.LOOKED + 50)
    )
    with CaptureQueriesContext(connection) as asked:
        assert len(measured.latest(["writer"])) == measured.LATEST
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "attempt_by_agent (agent=?)" in plan
        assert "SCAN orchestrator_attempt" not in plan


def test_a_record_has_what_is_known_of_time_cost_and_load() -> None:
    run = cast.run(1, cast.person("operator")).id
    tried(run, "writer", cost_usd="0.02"), tried(run, "writer", cost_usd="0.04"), tried(run, "critic")
    QueueEntry.objects.create(run_id=run, path="x", attempt=1, agent="writer", lane="slow", ready_at=cast.NOON)
    found = measured.Recent().records(["writer", "critic", "nobody"])
    assert found["writer"].usd == pytest.approx(0.03)
    assert (found["writer"].seconds, found["writer"].load) == (2.0, 1)
    assert (found["critic"].usd, found["critic"].load, found["nobody"].seconds) == (None, 0, None)


def test_outcomes_are_counted_once_a_second_and_load_each_time() -> None:
    run = cast.run(1, cast.person("operator")).id
    recent = measured.Recent()
    assert recent.records(["writer"])["writer"].trust.tried == 0
    tried(run, "writer")
    QueueEntry.objects.create(run_id=run, path="x", attempt=1, agent="writer", lane="slow", ready_at=cast.NOON)
    with CaptureQueriesContext(connection) as asked:
        soon = recent.records(["writer"])["writer"]
    assert (soon.trust.tried, soon.load, len(asked)) == (0, 1, 1)
    assert measured.Recent().records(["writer"])["writer"].trust.tried == 1
