"""C6: the cost of accepted outcomes of agents and workflows, as far as the viewer may see their runs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import AgentVersion, Attempt, GateDecision, GateLook, Run
from orchestrator.queries.agent_records import LATEST, WINDOW, Record, records
from orchestrator.queries.outcomes import of_workflow
from orchestrator.services.gates import looked
from tests import cast

pytestmark = pytest.mark.django_db
LATER = cast.NOON + timedelta(hours=1)


@pytest.fixture
def operator() -> Any:
    AgentVersion.objects.create(name="writer", version=1, digest="d", spec={"name": "writer"})
    return cast.person("operator")


def tried(run: Run, number: int, usd: str | None = None, status: str = "succeeded", **more: Any) -> Attempt:
    end = more.pop("end", cast.NOON + timedelta(seconds=number))
    return Attempt.objects.create(
        run_id=run.id, path=f"s{number}", attempt=1, status=status, ended_at=end, cost_usd=usd,
        started_at=end - timedelta(seconds=1), **{"agent": "writer", **more},
    )  # fmt: skip


def record(viewer: object, **more: Any) -> Record:
    return records(viewer, ["writer"], LATER, **more)["writer"]


def test_an_agent_carries_its_own_part_of_what_outcomes_cost(operator: Any) -> None:
    good, bad = cast.run(1, operator, status="succeeded"), cast.run(2, operator, status="failed")
    live = cast.run(3, operator)
    tried(good, 1, "0.1", "failed")
    tried(good, 2, "0.2")
    tried(good, 3, "0.3", sent_back=True)
    tried(good, 4, "5", agent="another")
    tried(bad, 5, "0.4")
    tried(live, 6, "9")
    cost = record(operator).outcomes
    assert (cost.over, cost.accepted, cost.each_usd) == (2, 1, Decimal("1.0"))
    assert cost.rework_usd == Decimal("0.8")


def test_what_a_child_run_did_belongs_to_the_run_that_was_asked_for(operator: Any) -> None:
    top = cast.run(1, operator, status="failed")
    middle = cast.run(2, operator, status="succeeded", workflow="part", parent_id=top.id)
    below = cast.run(3, operator, status="succeeded", workflow="part", parent_id=middle.id)
    tried(below, 1, "1")
    for cost in (record(operator).outcomes, of_workflow(operator, "letters")):
        assert (cost.over, cost.accepted, cost.usd, cost.rework_share) == (1, 0, Decimal(1), 1.0)
    assert of_workflow(operator, "part").accepted == 2, "each is an outcome of its own workflow"


def test_other_teams_trials_and_what_is_long_ago_count_nowhere(operator: Any) -> None:
    tried(cast.run(1, cast.person("operator", "outsider", of="others"), status="succeeded"), 1, "1")
    tried(cast.run(2, operator, status="succeeded", workflow="try:writer@1"), 2, "1")
    tried(cast.run(3, operator, status="succeeded"), 3, "1", end=LATER - WINDOW - timedelta(hours=1))
    assert record(operator) == Record()


def test_of_a_run_that_the_limit_cuts_through_nothing_counts(operator: Any) -> None:
    old, new = cast.run(1, operator, status="succeeded"), cast.run(2, operator, status="succeeded")
    for number in range(LATEST):
        tried(old if number < 10 else new, number, "0.01")
    for number in range(LATEST, LATEST + 5):
        tried(new, number, "0.01")
    found = record(operator)
    assert (found.tried, found.outcomes.over) == (LATEST, 1)
    assert found.outcomes.usd == Decimal("0.01") * (LATEST - 5)


def test_an_attempt_it_was_kept_from_and_an_answer_given_again_are_no_tries(operator: Any) -> None:
    run = cast.run(1, operator, status="succeeded")
    tried(run, 1, status="failed", failure="tripped")
    tried(run, 2, note="answer of run x, step y, 3 s old; saved $1")
    assert (record(operator).tried, record(operator).success) == (0, None)


def test_people_are_counted_at_the_gates_below_its_steps_and_of_a_workflow_at_all(operator: Any, settings: Any) -> None:
    run = cast.run(1, operator, status="succeeded")
    tried(run, 1, "1")
    for number, path in enumerate(("s1/approve", "sign")):
        cast.gate(run, path)
        GateDecision.objects.create(run_id=run.id, path=path, n=number, verdict="approve", actor="7", digest="d",
                                    at=cast.NOON + timedelta(minutes=6))  # fmt: skip
    assert record(operator).outcomes.decisions == 0
    assert record(operator, people=True).outcomes.each_human_seconds == 360
    settings.PERSON_HOUR = Decimal(50)
    whole = of_workflow(operator, "letters")
    assert (whole.decisions, whole.each_human_seconds, whole.each_whole_usd) == (2, 720, Decimal(11))


def test_a_decision_counts_from_when_its_person_first_looked(operator: Any) -> None:
    run = cast.run(1, operator, status="succeeded")
    tried(run, 1, "1")
    cast.gate(run, "sign", status="approved")
    for number, actor in enumerate(("7", "8")):
        GateDecision.objects.create(run_id=run.id, path="sign", n=number, verdict="approve", actor=actor, digest="d",
                                    at=cast.NOON + timedelta(minutes=60))  # fmt: skip
    GateLook.objects.create(run_id=run.id, path="sign", actor="7", at=cast.NOON + timedelta(minutes=58))
    cost = of_workflow(operator, "letters")
    assert (cost.decisions, cost.looked, cost.human_seconds) == (2, 1, 120 + 3600)


def test_the_first_look_of_whoever_may_decide_is_kept(operator: Any) -> None:
    run = cast.run(1, operator)
    gate, closed = cast.gate(run), cast.gate(run, "other", status="approved")
    looked(cast.person("viewer"), gate.pk)
    looked(operator, closed.pk)
    assert not GateLook.objects.exists()
    looked(operator, gate.pk)
    (first,) = GateLook.objects.all()
    looked(operator, gate.pk)
    assert GateLook.objects.get().at == first.at


def test_the_number_of_questions_depends_neither_on_agents_nor_on_runs(operator: Any) -> None:
    for number in range(30):
        tried(cast.run(number, operator, status="succeeded"), number, "1", agent=f"a{number}")
    with CaptureQueriesContext(connection) as few:
        records(operator, [f"a{number}" for number in range(30)], LATER)
    assert len(few) == 1
    with CaptureQueriesContext(connection) as asked:
        of_workflow(operator, "letters")
    assert len(asked) == 4
