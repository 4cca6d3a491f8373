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
from orchestrator.queries.agent_records import LATEST
from orchestrator.queries.agents_now import AgentNow, agents_now
from orchestrator.services import pauses
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


def seen(viewer: User, name: str = "survey") -> AgentNow:
    return agents_now(viewer, [AgentVersion.objects.get(name=name)], NOW)[0]


def test_figures_are_of_the_last_week_and_called_off_attempts_do_not_count(run: Run, operator: User) -> None:
    for number in range(8):
        tried(run, number, seconds=number + 1)
    tried(run, 8, "timed_out", seconds=60, failure="timeout")
    tried(run, 9, "failed", hours=8 * 24)
    tried(run, 10, "cancelled")
    found = seen(operator)
    assert (found.record.tried, found.record.success, found.record.p95_seconds) == (9, 8 / 9, 8)
    assert found.latest.failure is not None
    assert found.latest.failure.path == "p8"


def test_what_is_unknown_is_a_dash(run: Run, operator: User, operator_client: Client) -> None:
    found = seen(operator)
    assert (found.record.tried, found.record.success, found.last) == (0, None, None)
    html = operator_client.get("/agents/").content.decode()
    row = html[html.index('data-agent="survey"') :]
    assert re.findall(r'a-fig[^"]*">([^<]*)<', row)[:2] == ["–", "–"]
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
    found = seen(outsider)
    assert (found.status, found.record.tried, found.last) == ("pending", 0, None)
    assert run.id not in outsider_client.get("/agents/ruff/").content.decode()


def test_an_idle_agent_that_failed_last_is_coloured_so_until_it_succeeds(run: Run, operator: User) -> None:
    tried(run, 1, "failed", hours=2)
    assert seen(operator).status == "failed"
    tried(run, 2, hours=1)
    assert seen(operator).status == "pending"


def test_only_the_latest_attempts_are_looked_at(run: Run, operator: User) -> None:
    started = NOW - timedelta(hours=2)
    Attempt.objects.bulk_create(
        Attempt(run_id=run.id, path=f"p{n}", attempt=1, agent="survey", status="succeeded", started_at=started,
                ended_at=started + timedelta(seconds=n))
        for n in range(LATEST + 20)
    )  # fmt: skip
    assert seen(operator).record.tried == LATEST


def test_the_page_of_an_agent_shows_contract_users_output_and_attempts(run: Run, operator_client: Client) -> None:
    AgentVersion.objects.filter(name="survey").update(
        spec=AgentVersion.objects.get(name="survey").spec
        | {"input_schema": {"type": "object", "required": ["folder"]}, "settings": {"token": "t0p-secret"},
           "capabilities": ["count"]}
    )  # fmt: skip
    tried(run, 1)
    Step.objects.create(run_id=run.id, path="p1", parent="", kind="agent", status="succeeded", output={"files": 7})
    html = operator_client.get("/agents/survey/").content.decode()
    assert 'data-state="idle"' in html
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


def test_the_list_asks_as_much_for_a_hundred_agents_as_for_two(run: Run, operator_client: Client) -> None:
    def asked(address: str = "/agents/") -> int:
        with CaptureQueriesContext(connection) as questions:
            assert operator_client.get(address).status_code == 200
        return len(questions)

    addresses = ("/agents/", "/agents/?sort=cost", "/agents/?sort=trust", "/agents/?state=idle&sort=state&page=2")
    tried(run, 1), tried(run, 2, "failed")
    few = [asked(one) for one in addresses]
    spec = AgentVersion.objects.get(name="ruff").spec
    for number in range(98):
        AgentVersion.objects.create(name=f"z{number:02}", version=1, digest="d", spec=spec)
    more = {one: asked(one) - before for one, before in zip(addresses, few, strict=True)}
    assert max(more.values()) <= 0, more
    assert max(few) <= 26, "what the doctor says costs three, the proofs two, the state four"
    assert WorkflowVersion.objects.count() == 1


def listed(client: Client, address: str) -> list[str]:
    return re.findall(r'data-agent="([^"]+)"', client.get(f"/agents/{address}").content.decode())


def test_the_list_is_searched_filtered_and_ordered_by_its_address(
    run: Run, operator: User, operator_client: Client
) -> None:
    spec = {"role": "Reads.", "runtime": "llm", "settings": {}, "capabilities": ["legal"], "owner": "counsel"}
    AgentVersion.objects.create(name="reader", version=1, digest="r", spec={**spec, "name": "reader"})
    pauses.pause(operator, "survey", "maintenance")
    for address, names in (
        ("?text=COUNSEL", ["reader"]), ("?capability=legal", ["reader"]), ("?runtime=callable", ["ruff", "survey"]),
        ("?state=paused", ["survey"]), ("?state=working", ["ruff"]), ("?text=none", []),
        ("?sort=state", ["survey", "ruff", "reader"]), ("?page=9", ["reader", "ruff", "survey"]),
    ):  # fmt: skip
        assert listed(operator_client, address) == names, address
    html = operator_client.get("/agents/?runtime=llm&text=reader").content.decode()
    assert "<option selected>llm</option>" in html
    assert 'href="/agents/?text=reader" aria-label="Without the filter runtime llm"' in html
    refused = operator_client.get("/agents/?state=asleep")
    assert (refused.status_code, "one of broken, paused, working, idle" in refused.content.decode()) == (422, True)


def test_the_list_orders_by_figures_the_worst_first_and_the_unknown_last(run: Run, operator_client: Client) -> None:
    now = datetime.now(UTC)
    for name, good in (("a", 1), ("b", 0)):
        AgentVersion.objects.create(name=name, version=1, digest=name, spec={"name": name, "role": "", "runtime": "x"})
        Attempt.objects.create(run_id=run.id, path=name, attempt=1, agent=name, ended_at=now, started_at=now,
                               status="succeeded" if good else "failed", failure=None if good else "crash")  # fmt: skip
    assert listed(operator_client, "?sort=success")[:2] == ["b", "a"]
    assert [name for name in listed(operator_client, "?sort=trust") if name in "ab"] == ["b", "a"]
    assert set(listed(operator_client, "?sort=cost")) == {"a", "b", "ruff", "survey"}


def test_pages_are_kept_in_the_address_with_the_filter(run: Run, operator_client: Client) -> None:
    spec = AgentVersion.objects.get(name="ruff").spec
    for number in range(40):
        AgentVersion.objects.create(name=f"z{number:02}", version=1, digest="d", spec=spec)
    first = operator_client.get("/agents/?text=z").content.decode()
    assert 'href="?text=z&amp;page=2"' in first
    assert "page 1 of 2, 40 agents" in first
    assert listed(operator_client, "?text=z&page=2") == [f"z{number}" for number in range(25, 40)]
    assert 'data-topic="agents.text=z&amp;page=2"' in operator_client.get("/agents/?text=z&page=2").content.decode()


def test_the_pages_show_what_an_accepted_outcome_costs(run: Run, operator_client: Client) -> None:
    """C6"""
    Run.objects.filter(pk=run.pk).update(status="succeeded")
    Attempt.objects.filter(run_id=run.pk).delete()
    ended = datetime.now(UTC)
    for number, status, usd in ((1, "failed", "0.05"), (2, "succeeded", "0.15")):
        Attempt.objects.create(run_id=run.id, path="survey", attempt=number, agent="survey", status=status,
                               started_at=ended, ended_at=ended, cost_usd=usd)  # fmt: skip
    for address in ("/agents/", "/agents/survey/", "/workflows/review/"):
        html = operator_client.get(address).content.decode()
        assert "$0.20" in html, address
        assert "25.0%" in html, address


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
