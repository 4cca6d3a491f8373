"""What a viewer sees of runs: their team's and nobody else's, filtered by what they ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from orchestrator.core.errors import RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.ids import run_id
from orchestrator.models import Artifact, Event, QueueEntry, Step, Timer
from orchestrator.queries import runs as queries
from orchestrator.queries.runs import RunFilter
from tests import cast

pytestmark = pytest.mark.django_db


def step(run_id: str, path: str, **more: object) -> Step:
    return Step.objects.create(run_id=run_id, path=path, parent="", kind="agent", status="running", **more)


def queued(run_id: str, worker: str | None = None) -> QueueEntry:
    return QueueEntry.objects.create(
        run_id=run_id, path="a", attempt=1, agent="x", lane="slow", ready_at=cast.NOON, worker=worker
    )


def test_an_outsider_sees_nothing_of_a_run() -> None:
    run = cast.run(1, cast.person("operator"))
    outsider = cast.person("admin", "outsider", of="others")
    assert queries.runs(outsider).items == ()
    for look in (queries.run_detail, queries.run_steps, queries.run_events, queries.step_counts):
        with pytest.raises(RejectedMissing):
            look(outsider, run.id)
    with pytest.raises(RejectedMissing):
        queries.step_detail(outsider, run.id, "")


def test_nobody_sees_anything_without_signing_in() -> None:
    for stranger in (AnonymousUser(), None, "operator"):
        with pytest.raises(RejectedForbidden):
            queries.runs(stranger)


def test_a_closed_account_sees_nothing_any_more() -> None:
    viewer = cast.person("viewer")
    viewer.is_active = False
    with pytest.raises(RejectedForbidden):
        queries.runs(viewer)


def test_a_run_of_no_team_is_everyones() -> None:
    run = cast.run(1, cast.person("operator"), team_id=None)
    assert queries.runs(cast.person("viewer", of="others")).items == (run,)


def test_runs_come_newest_first_in_parts() -> None:
    operator = cast.person("operator")
    for number in range(5):
        cast.run(number, operator)
    first = queries.runs(operator, limit=3)
    rest = queries.runs(operator, cursor=first.next or "", limit=3)
    assert [run.id[-1] for run in (*first.items, *rest.items)] == list("43210")
    assert rest.next is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RunFilter(status="failed"), ["2"]),
        (RunFilter(status="active"), ["4", "3", "1"]),
        (RunFilter(workflow="other"), ["3"]),
        (RunFilter(waiting_on="gate"), ["1"]),
        (RunFilter(waiting_on="slot"), ["3"]),
        (RunFilter(waiting_on="agent"), ["4"]),
        (RunFilter(waiting_on="timer"), ["4"]),
        (RunFilter(waiting_on="resume"), ["3"]),
        (RunFilter(text="letter to"), ["1"]),
        (RunFilter(text="c"), ["4", "3", "2", "1"]),
        (RunFilter(agent="writer"), ["3", "2"]),
        (RunFilter(agent="write"), []),
        (RunFilter(label="team"), ["4", "1"]),
        (RunFilter(label="team=blue"), ["1"]),
        (RunFilter(label="team=7"), ["4"]),
        (RunFilter(label="team=b"), []),
        (RunFilter(label="size=7"), ["4"]),
        (RunFilter(starter="opera"), ["4", "3", "2", "1"]),
        (RunFilter(starter="nobody"), []),
        (RunFilter(until="2026-01-01T12:03:00+00:00"), ["2", "1"]),
        (RunFilter(since="2090-01-01"), []),
    ],
)
def test_a_filter_finds_what_it_says(wanted: RunFilter, found: list[str]) -> None:
    operator = cast.person("operator")
    cast.run(1, operator, status="waiting", gates=1, title="A letter to all", labels={"team": "blue"})
    cast.run(2, operator, status="failed", agents={"writer": 1})
    queued(cast.run(3, operator, workflow="other", paused=True, agents={"critic": 2, "writer": 1}).id)
    fourth = cast.run(4, operator, labels={"team": 7, "size": 7})
    queued(fourth.id, worker="w")
    Timer.objects.create(run_id=fourth.id, path="a", name="deadline", due_at=cast.NOON)
    assert [run.id[-1] for run in queries.runs(operator, wanted).items] == found


def test_what_each_run_of_a_list_waits_for_is_one_word() -> None:
    operator = cast.person("operator")
    made = [
        cast.run(1, operator, status="waiting", gates=1), cast.run(2, operator, paused=True, gates=1),
        cast.run(3, operator), cast.run(4, operator, gates=1),
        cast.run(5, operator), cast.run(6, operator, status="failed"),
    ]  # fmt: skip
    queued(made[2].id)
    queued(made[3].id, worker="w")
    waits = queries.waits(made)
    assert [waits[run.id] for run in made] == ["gate", "resume", "slot", "agent", "timer", ""]
    assert {queries.waiting_on(run) for run in made} == {*queries.WAITS, ""}


def test_time_is_a_span_back_from_now_or_an_instant() -> None:
    operator, now = cast.person("operator"), datetime.now(UTC)
    for hours in (1, 5, 30):
        begun = now - timedelta(hours=hours)
        cast.run(hours, operator, id=run_id(int(begun.timestamp() * 1000), hours), created_at=begun)

    def begun(**wanted: str) -> list[int]:
        found = queries.runs(operator, RunFilter(**wanted)).items
        return [round((now - run.created_at).total_seconds() / 3600) for run in found]

    assert begun(since="90m") == [1]
    assert begun(since="24h", until="2h") == [5]
    assert begun(since="7d") == [1, 5, 30]
    assert begun(until=(now - timedelta(hours=20)).isoformat()) == [30]


@pytest.mark.parametrize(
    "wanted",
    [RunFilter(status="done"), RunFilter(waiting_on="godot"), RunFilter(since="soon"), RunFilter(until="1y")],
)
def test_a_filter_that_knows_no_such_word_lists_those_it_knows(wanted: RunFilter) -> None:
    with pytest.raises(RejectedError) as refused:
        queries.runs(cast.person("viewer"), wanted)
    assert refused.value.problems[0].hint.startswith(("one of", "write"))


def test_events_come_in_order_after_a_number() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator)
    for number in (3, 1, 2, 4):
        Event.objects.create(run_id=run.id, n=number, type="step.opened", path="", at=cast.NOON, data={})
    part = queries.run_events(operator, run.id, after=1, limit=2)
    assert [event.n for event in part.items] == [2, 3]
    assert part.next == "3"
    assert [event.n for event in queries.run_events(operator, run.id, after=int(part.next)).items] == [4]


def test_counts_and_lists_of_steps_leave_the_root_out() -> None:
    operator = cast.person("operator")
    run = cast.run(1, operator)
    for path in ("", "b", "a"):
        step(run.id, path)
    assert queries.step_counts(operator, run.id) == {"running": 2}
    assert [one.path for one in queries.run_steps(operator, run.id).items] == ["a", "b"]
    assert queries.step_detail(operator, run.id, "b").step.path == "b"


def test_a_large_output_is_read_from_where_it_is_kept() -> None:
    operator = cast.person("operator")
    Artifact.objects.create(hash="f" * 64, size=9, content='{"a":[1]}', at=cast.NOON)
    assert queries.value_of(cast.run(1, operator, output_ref="f" * 64)) == {"a": [1]}
    assert queries.value_of(cast.run(2, operator, output=5)) == 5
