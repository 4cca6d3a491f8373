"""`/metrics`: who may read it, what it counts, and that counting costs the same however much there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.models import Attempt, QueueEntry, Saving, Timer, Worker
from tests import cast
from tests.api.conftest import Caller


def figures(caller: Caller | None = None) -> dict[tuple[str, str], float]:
    """Scrape and return every figure by its name and the value of its first label."""
    headers = {"Authorization": f"Bearer {caller.token}"} if caller else {}
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, "".join(list(one.labels.values())[:1])): one.value for one in samples}


def test_it_is_for_whoever_has_a_token(viewer: Caller) -> None:
    """U4."""
    for headers in ({}, {"Authorization": "Bearer sbx_wrong"}, {"Authorization": f"Basic {viewer.token}"}):
        answer = Client().get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert "SIGNALBOX_METRICS_OPEN" in answer.json()["detail"]
    assert ("signalbox_workers", "") in figures(viewer)


def test_an_operator_may_open_it_to_scrapers(settings: Any) -> None:
    settings.METRICS_OPEN = True
    assert figures()["signalbox_workers", ""] == 0


def furnish(operator: Caller, count: int) -> None:
    """Leave so many of everything behind."""
    now = datetime.now(UTC)
    ago, later = now - timedelta(seconds=90), now + timedelta(hours=1)
    Worker.objects.create(id="w1", host="h", pid=1, slots=20, started_at=ago, lease_until=later)
    Worker.objects.create(id="w2", host="h", pid=2, slots=20, started_at=ago, lease_until=ago)
    for number in range(count):
        run = cast.run(number, operator.user, status="running" if number else "waiting")
        cast.gate(run, opened_at=ago)
        Attempt.objects.create(
            run_id=run.id, path="a", attempt=1, agent="x", status="lost" if number else "succeeded", ended_at=now
        )
        more = {"run_id": run.id, "attempt": 1, "agent": "x"}
        QueueEntry.objects.create(path="a", lane="slow", ready_at=ago, **more)
        QueueEntry.objects.create(path="b", lane="slow", ready_at=later, **more)
        QueueEntry.objects.create(path="c", lane="slow", ready_at=ago, held=True, **more)
        QueueEntry.objects.create(path="d", lane="quick", ready_at=ago, worker="w1", **more)
        Timer.objects.create(run_id=run.id, path="a", name="x", due_at=ago)
        Saving.objects.create(run_id=run.id, path="a", agent="x", of_run=run.id, of_path="b", age_seconds=60, usd=0.02,
                              tokens=100, seconds=1.5, at=ago)  # fmt: skip
        Timer.objects.create(run_id=run.id, path="a", name="y", due_at=later)


def test_it_counts_what_there_is(operator: Caller) -> None:
    """O4."""
    furnish(operator, 3)
    found = figures(operator)
    assert found["signalbox_runs", "running"] == 2
    assert found["signalbox_runs", "waiting"] == 1
    assert found["signalbox_runs", "failed"] == 0
    assert found["signalbox_attempts_total", "lost"] == 2
    assert found["signalbox_queue_waiting", "slow"] == 3
    assert 89 < found["signalbox_queue_oldest_seconds", "slow"] < 600
    assert (found["signalbox_queue_waiting", "quick"], found["signalbox_queue_oldest_seconds", "quick"]) == (0, 0)
    assert (found["signalbox_slots_used", "quick"], found["signalbox_slots", ""]) == (3, 20)
    assert found["signalbox_workers", ""] == 1
    assert found["signalbox_approvals_open", ""] == 3
    assert 89 < found["signalbox_approvals_oldest_seconds", ""] < 600
    assert found["signalbox_timers_late", ""] == 3
    assert (found["signalbox_cache_hits_total", "x"], found["signalbox_cache_saved_tokens_total", "x"]) == (3, 300)
    assert found["signalbox_cache_saved_usd_total", "x"] == pytest.approx(0.06)
    assert found["signalbox_cache_saved_seconds_total", "x"] == 4.5


@pytest.mark.parametrize("count", [1, 20])
def test_a_scrape_asks_the_same_few_questions_however_much_there_is(
    operator: Caller, settings: Any, count: int
) -> None:
    settings.METRICS_OPEN = True
    furnish(operator, count)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        figures()
    assert len(asked) == 8, [one["sql"] for one in asked]
