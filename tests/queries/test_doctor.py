"""What the doctor reads from the tables (A5, A8): who works where, and how long branches took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.core.agents import AgentSpec
from orchestrator.models import AgentVersion, Attempt, Board, Column, Run, Step, User
from orchestrator.queries.doctor import examined, facts, of_agent, of_workflow, spans_of
from orchestrator.queries.workflows import workflow_detail
from orchestrator.services import workflows
from orchestrator.store import library
from tests import cast
from tests.cast import NOON
from tests.dashboard.conftest import signed_in
from tests.driven import kept

BOTH = """
workflow: both
steps:
  - {id: pair, parallel: {branches: {left: {agent: one}, right: {agent: other}}}}
"""
WAITS = """
workflow: waits
steps:
  - {id: pair, parallel: {branches: {left: {agent: one}, right: {gate: {title: Wait}}}}}
"""


@pytest.fixture
def builder(transactional_db: None, redis_url: str) -> User:
    library._agent.cache_clear()
    library._workflow.cache_clear()
    made = cast.person("builder")
    for name in ("one", "other", "spare", "column-worker"):
        kept(made, AgentSpec(name=name, role=f"Does {name}.", runtime="callable", owner="tests"))
    for text in (BOTH, WAITS):
        workflows.apply(made, text)
    board = Board.objects.create(name="b", title="B")
    Column.objects.create(board=board, name="c", position=1, agent="column-worker", workflow="agent-column-worker")
    return made


def ran(by: User, seconds: tuple[float, float], times: int = 3) -> None:
    """Have the branches done one after another, though they stand side by side."""
    flow = workflow_detail(by, "both")
    for number in range(times):
        run = cast.run(number, by, workflow="both", version=flow.version, status="succeeded")
        Step.objects.create(run_id=run.id, path="pair", parent="", kind="parallel", status="succeeded", opened_at=NOON,
                            ended_at=NOON + timedelta(seconds=sum(seconds)))  # fmt: skip
        began = NOON
        for name, took in zip(("left", "right"), seconds, strict=True):
            ended = began + timedelta(seconds=took)
            Attempt.objects.create(run_id=run.id, path=f"pair/{name}", attempt=1, agent="one", status="succeeded",
                                   started_at=began, ended_at=ended)  # fmt: skip
            began = ended


def test_an_agent_of_a_board_is_used_and_one_of_nothing_is_not(builder: User) -> None:
    found = [(one.check, one.name) for one in examined(builder)[0] if one.noun == "agent"]
    assert found == [("unused", "spare")]
    assert [one.check for one in of_agent(builder, "spare")] == ["unused"]


def test_branches_that_were_done_one_after_another_are_found(builder: User) -> None:
    flow = workflow_detail(builder, "both")
    assert [one.check for one in of_workflow(builder, flow)[0]] == []
    ran(builder, (2.0, 1.0))
    (finding,) = of_workflow(builder, flow)[0]
    assert (finding.check, finding.where) == ("no-gain", "pair")
    assert "3.0 s" in finding.what
    assert [one.check for one in examined(builder, measured=True)[0] if one.noun == "workflow"] == ["no-gain"]


def test_a_step_in_which_people_are_waited_for_is_not_measured(builder: User) -> None:
    known = facts(builder)
    assert spans_of(builder, known.workflows["waits"], dict(known.agents)) == []


def test_an_older_version_of_a_workflow_is_reported_by_itself(builder: User) -> None:
    names = [one.name for one in of_workflow(builder, workflow_detail(builder, "waits"))[1]]
    assert names == ["contracts", "timeouts", "retries", "fallbacks", "budgets", "risky tools", "test bench", "owner",
                     "alert route"]  # fmt: skip


def test_pages_show_what_is_worth_mending_and_how_ready_a_workflow_is(builder: User) -> None:
    client: Client = signed_in(builder)
    assert 'data-check="unused"' in client.get("/agents/").content.decode()
    assert 'data-finding="unused"' in client.get("/agents/spare/").content.decode()
    html = client.get("/workflows/waits/").content.decode()
    assert 'data-point="timeouts" data-state="lacking"' in html
    assert 'data-point="alert route" data-state="unknown"' in html
    assert Run.objects.count() == 0
    AgentVersion.objects.filter(name="spare").update(is_current=False)
    assert 'id="findings"' not in client.get("/agents/").content.decode()


def test_the_page_of_a_workflow_asks_no_more_for_a_larger_crew(builder: User) -> None:
    client: Client = signed_in(builder)

    def asked(name: str) -> int:
        client.get(f"/workflows/{name}/")  # what is read once a process is read
        with CaptureQueriesContext(connection) as questions:
            assert client.get(f"/workflows/{name}/").status_code == 200
        return len(questions)

    few = asked("waits")
    names = [f"member-{number}" for number in range(12)]
    for name in names:
        kept(builder, AgentSpec(name=name, role="Helps.", runtime="callable", owner="tests"))
    steps = ", ".join(f"{{id: s{number}, agent: {name}}}" for number, name in enumerate(names))
    workflows.apply(builder, f"workflow: large\nsteps: [{steps}]")
    assert asked("large") <= few
    assert few <= 26
