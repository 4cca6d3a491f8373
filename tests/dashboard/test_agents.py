"""Pages of agents: what each does now and did last, figures of the last day, contracts, settings without secrets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.partials.agents import HIDDEN, without_secrets
from orchestrator.core.outcomes import Json
from orchestrator.models import AgentVersion, Attempt, Run, Step, Team, User, WorkflowVersion
from orchestrator.queries.agent_day import LATEST, agent_days
from tests.dashboard.made import HOSTILE, made_definitions, made_run

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


@pytest.fixture
def run(team: Team, operator: User) -> Run:
    made_definitions()
    return made_run(team, operator)


def tried(
    run: Run, number: int, status: str = "succeeded", hours: float = 1, seconds: float = 2, **more: object
) -> None:
    ended = NOW - timedelta(hours=hours)
    Attempt.objects.create(
        run_id=run.id, path=f"p{number}", attempt=1, agent="survey", status=status, ended_at=ended,
        started_at=ended - timedelta(seconds=seconds), **{"reason": "", **more},
    )  # fmt: skip


def day(viewer: User, name: str = "survey") -> object:
    return agent_days(viewer, [AgentVersion.objects.get(name=name)], NOW)[0]


def test_figures_are_of_the_last_day_and_called_off_attempts_do_not_count(run: Run, operator: User) -> None:
    for number in range(8):
        tried(run, number, seconds=number + 1)
    tried(run, 8, "timed_out", seconds=60, failure="timeout")
    tried(run, 9, "failed", hours=30)
    tried(run, 10, "cancelled")
    found = day(operator)
    assert (found.tried, found.success, found.p95_seconds) == (9, 8 / 9, 60)
    assert found.last_failure.path == "p8"


def test_what_is_unknown_is_a_dash(run: Run, operator: User, operator_client: Client) -> None:
    found = day(operator)
    assert (found.tried, found.success, found.p95_seconds, found.last) == (0, None, None, None)
    html = operator_client.get("/agents/").content.decode()
    row = html[html.index('data-agent="survey"') :]
    assert re.findall(r'a-fig">([^<]*)<', row)[:2] == ["–", "–"]
    assert "never asked yet" in row


def test_rows_say_what_each_agent_does_now_and_where_it_failed(run: Run, operator_client: Client) -> None:
    html = operator_client.get("/agents/").content.decode()
    row = html[html.index('data-agent="ruff"') : html.index('data-agent="survey"')]
    assert 'data-agent="ruff" data-status="running"' in html
    assert 'data-agent="survey" data-status="pending"' in html
    for words in ("1 running, 1 queued", "scan[1] of", "It took too long"):
        assert words in row


def test_other_teams_work_is_not_counted(run: Run, outsider: User, outsider_client: Client) -> None:
    tried(run, 1)
    found = day(outsider)
    assert (found.status, found.tried, found.last) == ("pending", 0, None)
    assert run.id not in outsider_client.get("/agents/ruff/").content.decode()


def test_an_idle_agent_that_failed_last_is_coloured_so_until_it_succeeds(run: Run, operator: User) -> None:
    tried(run, 1, "failed", hours=2)
    assert day(operator).status == "failed"
    tried(run, 2, hours=1)
    assert day(operator).status == "pending"


def test_only_the_latest_attempts_are_looked_at(run: Run, operator: User) -> None:
    started = NOW - timedelta(hours=2)
    Attempt.objects.bulk_create(
        Attempt(run_id=run.id, path=f"p{n}", attempt=1, agent="survey", status="succeeded", started_at=started,
                ended_at=started + timedelta(seconds=n))
        for n in range(LATEST + 20)
    )  # fmt: skip
    assert day(operator).tried == LATEST


def test_the_page_of_an_agent_shows_contract_users_output_and_attempts(run: Run, operator_client: Client) -> None:
    AgentVersion.objects.filter(name="survey").update(
        spec=AgentVersion.objects.get(name="survey").spec
        | {"input_schema": {"type": "object", "required": ["folder"]}, "settings": {"token": "t0p-secret"},
           "capabilities": ["count"]}
    )  # fmt: skip
    tried(run, 1)
    Step.objects.create(run_id=run.id, path="p1", parent="", kind="agent", status="succeeded", output={"files": 7})
    html = operator_client.get("/agents/survey/").content.decode()
    assert 'data-agent="survey" data-status="pending"' in html
    for words in ("folder", "&quot;files&quot;: 7", 'href="/workflows/review/"', HIDDEN, "count"):
        assert words in html
    assert "t0p-secret" not in html
    assert f'data-run-id="{run.id}" data-status="succeeded"' in html
    assert HOSTILE not in html


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"token": "x"}, {"token": HIDDEN}),
        ({"env": {"API_KEY": "x", "HOME": "/h"}}, {"env": {"API_KEY": HIDDEN, "HOME": "/h"}}),
        ({"headers": {"Authorization": "Bearer x"}}, {"headers": {"Authorization": HIDDEN}}),
        ({"command": ["do", "--password=x", "-q"]}, {"command": ["do", f"--password={HIDDEN}", "-q"]}),
        ({"command": ["do", "--api-key", "x", "y"]}, {"command": ["do", "--api-key", HIDDEN, "y"]}),
        ({"url": "https://me:pw@host/x"}, {"url": f"https://{HIDDEN}@host/x"}),
        ({"passwords": ["x", "y"]}, {"passwords": [HIDDEN, HIDDEN]}),
        (
            {"target": "package.module:function", "max_tokens": 10},
            {"target": "package.module:function", "max_tokens": 10},
        ),
        ({"secret": ""}, {"secret": ""}),
        (None, None),
    ],
)
def test_settings_are_shown_without_secrets(given: Json, shown: Json) -> None:
    assert without_secrets(given) == shown


def test_an_older_version_is_compared_with_the_current_one(run: Run, operator_client: Client) -> None:
    old = AgentVersion.objects.get(name="survey")
    AgentVersion.objects.filter(pk=old.pk).update(is_current=False)
    spec = old.spec | {"timeout_seconds": 5.0, "settings": {"token": "t0p-secret"}}
    AgentVersion.objects.create(name="survey", version=2, digest="e", spec=spec)
    html = operator_client.get("/agents/survey/?version=1").content.decode()
    assert "What changed since version 1" in html
    assert "<ins>+   &quot;timeout_seconds&quot;: 5.0" in html
    assert "t0p-secret" not in html
    assert "What changed since" not in operator_client.get("/agents/survey/?version=9").content.decode()


def test_the_last_failure_stands_on_the_page_even_after_a_success(run: Run, operator_client: Client) -> None:
    tried(run, 1, "failed", hours=2, failure="crash", reason="out of luck")
    tried(run, 2, hours=1)
    html = operator_client.get("/agents/survey/").content.decode()
    assert "Last failure" in html
    assert f'href="/runs/{run.id}/?step=p1"' in html


def test_an_unknown_agent_is_said_in_words_and_no_agents_teach_what_to_do(team: Team, operator_client: Client) -> None:
    answer = operator_client.get("/agents/nobody/")
    assert answer.status_code == 404
    assert "There is no agent" in answer.content.decode()
    assert "manage.py apply" in operator_client.get("/agents/").content.decode()


def test_the_list_asks_one_short_question_for_each_agent(run: Run, operator_client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            operator_client.get("/agents/")
        return len(questions)

    few = asked()
    spec = AgentVersion.objects.get(name="ruff").spec
    for number in range(30):
        AgentVersion.objects.create(name=f"z{number:02}", version=1, digest="d", spec=spec)
    assert asked() <= few + 23, "a page lists 25 agents"
    assert few <= 21, "what the doctor says costs three, the proofs two"
    assert WorkflowVersion.objects.count() == 1


def test_its_tools_stand_there_with_who_approves_what_is_risky(team: Team, operator_client: Client) -> None:
    """A7, H6."""
    tools = [{"name": "pay", "python": "shop.tools:pay", "risky": True, "group": "<tills>", "deadline_seconds": 3600.0},
             {"name": "helper", "agent": "no such agent!", "most": 2},
             {"name": "", "mcp": "http://127.0.0.1:9/mcp", "only": ["search"]}]  # fmt: skip
    spec = {
        "name": "clerk",
        "role": "Pays.",
        "runtime": "callable",
        "settings": {},
        "tools": tools,
        "actions": 7,
        "timeout_seconds": 60.0,
    }
    AgentVersion.objects.create(name="clerk", version=1, digest="clerk", spec=spec)
    html = operator_client.get("/agents/clerk/").content.decode()
    assert "at most 7 calls a step" in html
    assert "⚠" in html
    assert "somebody of &lt;tills&gt;" in html
    assert "at most 2 a step" in html
    assert "http://127.0.0.1:9/mcp: search" in html
