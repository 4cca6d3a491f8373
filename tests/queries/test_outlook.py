"""What a run will probably take, from history: people's time told apart, unknown prices unknown (C1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator.models import Run
from orchestrator.queries.outlook import Outlook, outlook
from tests import cast

pytestmark = pytest.mark.django_db


def ended(number: int, seconds: float, status: str = "succeeded", **more: object) -> Run:
    return cast.run(
        number, cast.User.objects.get(username="operator"), status=status,
        ended_at=cast.NOON + timedelta(minutes=number, seconds=seconds), **more,
    )  # fmt: skip


def test_without_history_nothing_is_known() -> None:
    operator = cast.person("operator")
    cast.run(1, operator)
    nothing = Outlook(ended=0, success=None, median_seconds=None, p90_seconds=None, people_seconds=None, cost_usd=None)
    assert outlook(operator, "letters") == nothing


def test_it_is_made_from_runs_that_ended_and_tells_peoples_time_apart() -> None:
    operator = cast.person("operator")
    for number, seconds in enumerate((10, 20, 30), start=1):
        run = ended(number, seconds, cost_usd="0.10" if number > 1 else None)
        cast.gate(run, status="approved", closed_at=cast.NOON + timedelta(seconds=number))
    ended(4, 1, "failed"), ended(5, 1, "cancelled"), ended(6, 99, workflow="other"), ended(7, 40, version="2")
    found = outlook(operator, "letters", "1")
    assert (found.ended, found.success) == (4, 0.75)
    assert (found.median_seconds, found.p90_seconds, found.people_seconds) == (20, 30, 2)
    assert found.cost_usd == Decimal("0.10")
    assert outlook(operator, "letters").ended == 5


def test_other_teams_runs_say_nothing() -> None:
    cast.person("operator")
    ended(1, 10)
    assert outlook(cast.person("viewer", of="others"), "letters").ended == 0
