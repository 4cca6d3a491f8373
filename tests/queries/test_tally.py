"""The last hour of attempts: each is counted once, whoever commits late, and only for its own team (O1, O4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import AgentVersion, Attempt, User
from orchestrator.queries import figures as queries
from orchestrator.queries import tally as module
from orchestrator.queries.tally import tally
from tests import cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 30, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    tally.forget()
    yield
    tally.forget()


@pytest.fixture
def operator() -> User:
    user = cast.person("operator")
    cast.run(1, user)
    AgentVersion.objects.create(name="writer", version=1, digest="d", spec={})
    return user


def tried(number: int, minutes: float = 1, status: str = "succeeded", run: int = 1, **more: object) -> Attempt:
    ended = NOW - timedelta(minutes=minutes)
    values = {"agent": "writer", "started_at": ended - timedelta(seconds=number), "ended_at": ended, **more}
    return Attempt.objects.create(
        run_id=f"00000000-0000-7000-8000-{run:012d}", path=f"s{number}", attempt=1, status=status, **values
    )


def test_the_hour_is_counted_by_minute_and_what_was_called_off_or_is_older_is_not(operator: User) -> None:
    tried(1, 1), tried(2, 1, "failed"), tried(3, 59), tried(4, 61), tried(5, 1, "cancelled"), tried(6, agent="merge")
    found = queries.figures(operator, NOW)
    assert (found.tried, found.done[-2], found.failed[-2], found.done[0]) == (3, 2, 1, 1)
    assert found.success == 2 / 3
    assert found.by_agent["writer"].tried == 3
    assert (found.p95_seconds, found.cost_usd) == (3, None)


def test_no_attempts_make_unknown_figures_and_no_zeros(operator: User) -> None:
    found = queries.figures(operator, NOW)
    assert (found.success, found.p95_seconds, found.cost_usd, set(found.success_line)) == (None, None, None, {None})
    assert set(found.done) == {0}


def test_money_is_added_up_exactly_and_unknown_prices_stay_out(operator: User) -> None:
    """C1: unknown is unknown, never zero."""
    for number, cost in enumerate(("0.1", "0.2", None, "nonsense")):
        tried(number + 1, cost_usd=cost)
    assert queries.figures(operator, NOW).cost_usd == Decimal("0.3")


def test_a_row_is_read_once_and_new_ones_are_added(operator: User) -> None:
    for number in range(1, 4):
        tried(number)
    assert queries.figures(operator, NOW).tried == 3
    with CaptureQueriesContext(connection) as asked:
        assert queries.figures(operator, NOW).tried == 3
    assert len(asked) <= 3
    tried(4)
    assert queries.figures(operator, NOW).tried == 4


def test_a_row_that_commits_after_a_later_one_is_counted_when_it_comes(operator: User) -> None:
    """PostgreSQL hands numbers out before their transactions commit."""
    first = tried(1)
    queries.figures(operator, NOW)
    tried(3, id=first.pk + 2)
    assert queries.figures(operator, NOW).tried == 2
    tried(2, id=first.pk + 1)
    assert queries.figures(operator, NOW).tried == 3
    assert queries.figures(operator, NOW).tried == 3


def test_a_database_that_was_put_back_is_read_again(operator: User) -> None:
    tried(1), tried(2)
    assert queries.figures(operator, NOW).tried == 2
    Attempt.objects.filter(path="s2").delete()
    assert queries.figures(operator, NOW).tried == 1


def test_what_was_too_much_to_read_is_unknown_and_not_zero(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "MOST", 4)
    for number in range(1, 8):
        tried(number, minutes=40 - number)
    found = queries.figures(operator, NOW)
    assert found.done[0] is None
    assert found.tried == 3


def test_after_a_long_pause_only_the_end_is_read(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(1, minutes=30)
    assert queries.figures(operator, NOW).tried == 1
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(module, "MOST", 4)
    for number in range(2, 12):
        tried(number, minutes=20 - number)
    assert queries.figures(operator, NOW).tried == 3
    tried(12, minutes=1)
    assert queries.figures(operator, NOW).tried == 4


def test_nobody_counts_another_teams_attempts(operator: User) -> None:
    other = cast.person("operator", "outsider", of="others")
    cast.run(2, other), cast.run(3, other, team_id=None)
    tried(1), tried(2, run=2), tried(3, run=3)
    assert [queries.figures(one, NOW).tried for one in (operator, other)] == [2, 2]


def test_the_line_of_open_runs_says_how_many_there_were_then(operator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.run(2, operator, created_at=NOW - timedelta(minutes=50), ended_at=NOW - timedelta(minutes=20))
    cast.run(3, operator, created_at=NOW - timedelta(minutes=11))
    assert queries.runs_line(operator, NOW) == (1, 2, 2, 2, 2, 2, 2, 1, 1, 2, 2, 2)
    monkeypatch.setattr(queries, "LOOKED", 1)
    assert queries.runs_line(operator, NOW) == (None,) * 9 + (1, 1, 1)
