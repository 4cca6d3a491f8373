"""Pausing, resuming, cancelling, retrying and skipping from the shell, in the words of the API (U4, R11)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orchestrator.management.quiet import HINTS
from orchestrator.models import AuditEntry, Gate, Run, Step
from orchestrator.services import gates, people, runs, workflows

FLOW = "workflow: steered\nsteps: [{id: sign, gate: {title: Sign}}, {id: seal, gate: {title: Seal}}]\n"


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    """Let loggers that a command hushed speak again afterwards."""
    levels = {name: logging.getLogger(name).level for name in HINTS}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def run(redis_url: str, transactional_db: None) -> Run:
    name = workflows.apply(people.shell_account(), FLOW).version.name
    return Run.objects.get(pk=runs.start(people.shell_account(), name, {}).run_id)


def said(*line: str) -> str:
    out = StringIO()
    call_command("steer", *line, stdout=out)
    return out.getvalue()


def test_a_run_is_steered_by_the_verbs_of_the_api(run: Run) -> None:
    assert "paused" in said(run.id, "pause")
    assert "waiting" in said(run.id, "resume")
    gates.decide(people.shell_account(), Gate.objects.get(path="sign").pk, "reject", comment="no")
    assert Run.objects.get(pk=run.id).status == "failed"
    assert "waiting" in said(run.id, "retry", "--step", "sign")
    assert "waiting" in said(run.id, "skip", "--step", "sign", "--reason", "signed on paper")
    assert Step.objects.get(run_id=run.id, path="sign").reason.endswith(": signed on paper")
    assert "cancelled" in said(run.id, "cancel", "--reason", "enough")
    verbs = AuditEntry.objects.filter(noun="run", noun_id=run.id).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["start", "pause", "resume", "retry", "skip", "cancel"]


def test_without_a_step_all_that_failed_is_retried(run: Run) -> None:
    gates.decide(people.shell_account(), Gate.objects.get(path="sign").pk, "reject", comment="no")
    assert "waiting" in said(run.id, "retry")


def test_what_is_not_possible_is_said_in_the_words_of_the_api(run: Run) -> None:
    with pytest.raises(CommandError, match="'sign' is waiting; only what failed can be tried again"):
        said(run.id, "retry", "--step", "sign")
    with pytest.raises(CommandError, match="name the step to skip"):
        said(run.id, "skip")
    with pytest.raises(CommandError, match="There is no run"):
        said("0" * 36, "pause")
