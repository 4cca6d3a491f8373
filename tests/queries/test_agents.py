"""What is said of agents: what they do now and how they did, and unknown is never zero."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.core.errors import RejectedMissing
from orchestrator.models import AgentVersion, Attempt, QueueEntry
from orchestrator.queries import agents as queries
from orchestrator.queries.agent_records import Record
from orchestrator.queries.agent_work import Work
from orchestrator.queries.agents_now import agents_now
from tests import cast

pytestmark = pytest.mark.django_db


def agent(name: str, version: int = 1, is_current: bool = True) -> AgentVersion:
    return AgentVersion.objects.create(
        name=name, version=version, digest="d", spec={"name": name}, is_current=is_current
    )


def tried(run_id: str, number: int, status: str, seconds: int) -> Attempt:
    end = cast.NOON + timedelta(minutes=number)
    return Attempt.objects.create(
        run_id=run_id, path=f"s{number}", attempt=1, agent="writer", status=status, ended_at=end,
        started_at=end - timedelta(seconds=seconds),
    )  # fmt: skip


def test_only_current_versions_are_listed() -> None:
    viewer = cast.person("viewer")
    agent("writer", 1, is_current=False), agent("writer", 2), agent("critic")
    assert [(one.name, one.version) for one in queries.agents(viewer).items] == [("critic", 1), ("writer", 2)]
    assert [one.version for one in queries.agent_versions(viewer, "writer").items] == [2, 1]
    with pytest.raises(RejectedMissing):
        queries.agent_detail(viewer, "nobody")


def test_an_agent_that_never_worked_has_no_figures_rather_than_zeros() -> None:
    (now,) = agents_now(cast.person("viewer"), (agent("writer"),))
    assert (now.record, now.last, now.state) == (Record(), None, "idle")


def test_figures_come_from_tries_that_were_not_given_up() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator)
    tried(run.id, 1, "failed", 5)
    good = [tried(run.id, number, "succeeded", number) for number in (2, 3, 4)]
    tried(run.id, 5, "cancelled", 1)
    QueueEntry.objects.create(run_id=run.id, path="x", attempt=1, agent="writer", lane="slow", ready_at=cast.NOON)
    (now,) = agents_now(operator, (agent("writer"),), cast.NOON + timedelta(hours=1))
    record = now.record
    assert (record.success, record.median_seconds, now.work.queued, record.tried) == (0.75, 3.0, 1, 4)
    assert now.latest.success == good[-1]
    assert now.latest.failure is not None
    assert now.latest.failure.status == "failed"


def test_an_outsider_sees_the_contract_but_not_the_work() -> None:
    run = cast.run(1, cast.person("operator"))
    tried(run.id, 1, "succeeded", 5)
    QueueEntry.objects.create(
        run_id=run.id, path="x", attempt=1, agent="writer", lane="slow", ready_at=cast.NOON, worker="w"
    )
    (now,) = agents_now(cast.person("admin", "outsider", of="others"), (agent("writer"),))
    assert (now.work, now.latest.success) == (Work(), None)
