"""The overview answers at a glance: what each agent does, what it last produced, where it last failed, where work piles
up (O1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.partials import overview
from dashboard.partials.figures import line
from dashboard.templatetags import show
from orchestrator.models import AgentVersion, Attempt, QueueEntry, Run, Step, Team, User, Worker
from orchestrator.queries.tally import tally
from tests.dashboard.made import BEGAN, made_definitions, made_gate, made_run


@pytest.fixture
def run(team: Team, operator: User) -> Iterator[Run]:
    tally.forget()
    made_definitions()
    yield made_run(team, operator)
    tally.forget()


def part(client: Client, name: str) -> str:
    html = client.get("/").content.decode()
    return html[html.index(f'id="{name}"') :].partition("</section>")[0]


def tried(run: Run, path: str, agent: str, status: str, minutes: float, **more: object) -> Attempt:
    ended = datetime.now(UTC) - timedelta(minutes=minutes)
    return Attempt.objects.create(run_id=run.id, path=path, attempt=9, agent=agent, status=status, ended_at=ended,
                                  started_at=ended - timedelta(seconds=2), **more)  # fmt: skip


def test_an_agent_that_is_idle_says_what_it_last_produced(run: Run, operator_client: Client) -> None:
    tried(run, "survey", "survey", "succeeded", 3)
    Step.objects.filter(run_id=run.id, path="survey").update(output={"summary": "Seven packages", "items": [1, 2]})
    assert "Seven packages · items 2 entries" in part(operator_client, "overview-agents")


def test_of_a_long_output_only_its_size_is_told(run: Run, operator_client: Client) -> None:
    tried(run, "survey", "survey", "succeeded", 3)
    Step.objects.filter(run_id=run.id, path="survey").update(output={"text": "x" * 9000})
    assert "an output of 9,011 characters" in part(operator_client, "overview-agents")


def test_the_last_failure_of_all_leads_to_its_step(run: Run, operator_client: Client) -> None:
    tried(run, "survey", "survey", "failed", 2, failure="crash", reason="out of luck")
    html = part(operator_client, "overview-agents")
    assert "Last failure" in html
    assert f'href="/runs/{run.id}/?step=survey"' in html
    assert "the agent crashed" in html


def test_figures_of_the_hour_are_those_of_the_viewers_team(
    run: Run, operator_client: Client, outsider_client: Client
) -> None:
    for number in range(3):
        tried(run, f"s{number}", "survey", "succeeded" if number else "failed", number + 1)
    assert "66.7%" in part(operator_client, "overview-figures")
    assert "66.7%" not in part(outsider_client, "overview-figures")


def test_where_work_piles_up_is_one_line(run: Run, operator_client: Client) -> None:
    Worker.objects.create(id="w1", host="h", pid=1, slots=4, started_at=BEGAN,
                          lease_until=datetime.now(UTC) + timedelta(minutes=1))  # fmt: skip
    Worker.objects.create(id="w0", host="h", pid=2, slots=4, started_at=BEGAN, lease_until=BEGAN)
    later = datetime.now(UTC) + timedelta(hours=1)
    QueueEntry.objects.create(run_id=run.id, path="later", attempt=1, agent="survey", lane="slow", ready_at=later)
    html = part(operator_client, "overview-pressure")
    assert "1 / 4" in html
    assert re.search(r"Queue</small> <b class=\"num\">1</b> <span class=\"dim\">oldest", html)
    assert 'href="/agents/ruff/"' in html


def test_work_elsewhere_takes_no_slot_and_says_what_waits_to_be_leased(run: Run, operator_client: Client) -> None:
    """A2: remote work, what waits and who holds it."""
    soon = datetime.now(UTC) + timedelta(minutes=5)
    kept = {"run_id": run.id, "attempt": 1, "agent": "rater", "lane": "remote", "ready_at": BEGAN}
    QueueEntry.objects.create(path="waits", **kept)
    QueueEntry.objects.create(
        path="far", worker="remote:far:x1", fence="f", claimed_at=BEGAN, parked_until=soon, **kept
    )
    QueueEntry.objects.create(path="asked", worker="parked", fence="g", claimed_at=BEGAN, parked_until=soon,
                              **{**kept, "lane": "slow"})  # fmt: skip
    html = part(operator_client, "overview-pressure")
    assert re.search(
        r"Elsewhere</small> <b class=\"num\">2</b> .*at work, <span class=\"num\">1</span> to be leased", html
    )
    assert "1 / 0" in html, "only the one in a slot of ours"
    assert show.short("remote:far:x1") == "far"


def test_work_that_no_worker_is_there_to_do_says_so(run: Run, operator_client: Client) -> None:
    assert "none shows a sign of life" in part(operator_client, "overview-pressure")


def test_many_agents_are_named_by_what_they_have_in_hand(run: Run, operator_client: Client) -> None:
    spec = AgentVersion.objects.get(name="ruff").spec
    for number in range(20):
        AgentVersion.objects.create(name=f"a{number:02}", version=1, digest="d", spec=spec)
    tried(run, "x", "survey", "succeeded", 1)
    named = re.findall(r'data-agent="([^"]+)"', part(operator_client, "overview-agents"))
    assert len(named) == overview.AGENTS
    assert {"ruff", "survey"} < set(named)
    assert "and 12 more agents" in part(operator_client, "overview-agents")


def test_a_fuller_house_asks_no_more_questions(run: Run, team: Team, operator: User, operator_client: Client) -> None:
    made_gate(run, operator)

    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            operator_client.get("/")
        return len(questions)

    tried(run, "survey", "survey", "succeeded", 1)
    asked()
    few = asked()
    for number in range(2, 9):
        more = made_run(team, operator, run_id=f"01900000-0000-7000-8000-{number:012d}")
        made_gate(more, operator)
        for at in range(5):
            tried(more, f"s{at}", "survey", "succeeded", at)
    assert asked() <= few
    assert few <= 42


def test_an_empty_house_teaches_what_would_be_here(team: Team, operator_client: Client) -> None:
    html = operator_client.get("/").content.decode()
    for words in ("No run is in flight.", "Nothing needs you.", "No agent is loaded.", "Nothing has happened yet."):
        assert words in html


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ((None, None, None), ""),
        ((0, 0, 0), ""),
        ((0, 2), "0.0,23.0 84.0,3.0"),
        ((None, 1, 1), "42.0,3.0 84.0,3.0"),
        ((None, None, 1), "81.0,3.0 81.0,3.0"),
    ],
)
def test_a_line_is_drawn_of_what_is_known(values: tuple[float | None, ...], points: str) -> None:
    assert line(values) == points
