"""Forking and rebuilding from the shell, in the words of the API and the page (U4, R7)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from orchestrator.management.quiet import HINTS
from orchestrator.models import Run
from orchestrator.services import people, runs
from tests import driven

FLOW = """
workflow: sums
input: {type: object, required: [n], properties: {n: {type: integer}}}
steps: [{id: first, agent: adder}, {id: sign, gate: {title: Sign}}]
"""


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    """Let loggers that a command hushed speak again afterwards."""
    levels = {name: logging.getLogger(name).level for name in HINTS}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def run(redis_url: str, transactional_db: None) -> Run:
    driven.agent("adder", driven.NUMBER)
    name = driven.workflow(people.shell_account(), FLOW)
    started = runs.start(people.shell_account(), name, {"n": 1})
    driven.work_off()
    return Run.objects.get(pk=started.run_id)


def said(*line: str) -> str:
    out = StringIO()
    call_command(*line, stdout=out)
    return out.getvalue()


def test_a_run_is_forked_at_an_event_a_step_and_from_its_beginning(run: Run) -> None:
    assert f"forked from run {run.id} after event {run.n}" in said("steer", run.id, "fork")
    assert "after event 2" in said("steer", run.id, "fork", "--at", "2")
    said("steer", run.id, "fork", "--step", "first", "--input", '{"n": 5}', "--key", "once")
    assert "after event 0" in said("steer", run.id, "fork", "--input", '{"n": 6}')
    assert [one.forked_n for one in Run.objects.filter(forked_of=run.id).order_by("id")] == [run.n, 2, 1, 0]
    with pytest.raises(CommandError, match=r"input\.n"):
        said("steer", run.id, "fork", "--step", "first", "--input", '{"n": "five"}')
    with pytest.raises(CommandError, match="not JSON"):
        said("steer", run.id, "fork", "--input", "{")


def test_a_damaged_run_is_told_by_check_and_mended_by_rebuild(run: Run) -> None:
    assert "0 rows of 1 runs differ" in said("rebuild", run.id, "--check")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestrator_step SET status = 'failed' WHERE path = 'first'")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rebuild", "--all", "--check", stdout=out)
    assert f"run {run.id}: orchestrator_step 'first': is not what its events say" in out.getvalue()
    with pytest.raises(SystemExit):
        call_command("verify", run.id, stdout=StringIO())
    assert "1 rows of 1 runs mended" in said("rebuild", "--all")
    assert "everything agrees" in said("verify", run.id)
    with pytest.raises(CommandError, match="--all"):
        said("rebuild")


def test_events_that_can_not_be_read_are_said_and_leave_the_other_runs_be(run: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orchestrator_event SET data = '{\"x\": 1}' WHERE n = 3")
    errors = StringIO()
    with pytest.raises(SystemExit):
        call_command("rebuild", "--all", stdout=StringIO(), stderr=errors)
    assert f"run {run.id}: can't be rebuilt" in errors.getvalue()
