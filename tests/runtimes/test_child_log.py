"""What an agent logs in its child process comes out in the worker's log, and what it works on is in its environment."""

from __future__ import annotations

import logging

import pytest

from orchestrator.core.outcomes import Failed, Ok
from orchestrator.runtimes import child_log
from tests.runtimes.conftest import Bench, target

NAMES = {
    "SIGNALBOX_REQUEST_ID": "r1:step", "SIGNALBOX_CORRELATION_ID": "c1", "SIGNALBOX_RUN_ID": "r1",
    "SIGNALBOX_STEP": "step", "SIGNALBOX_ATTEMPT": "1",
}  # fmt: skip


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "agent.vendors"]


def test_every_line_arrives_with_its_level(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """O3."""
    caplog.set_level(logging.INFO)
    outcome = bench.run("callable", target("logs_a_lot"), {"count": 2}, correlation_id="c1")
    assert lines(caplog) == [("INFO", "looked at 0"), ("INFO", "looked at 1"), ("WARNING", "that was all")]
    assert isinstance(outcome, Ok)
    assert NAMES.items() <= outcome.output.items()


def test_a_flood_is_cut_off_and_said_to_be(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench.child("logs_a_lot", count=child_log.MOST_LINES + 10)
    assert len(lines(caplog)) == child_log.MOST_LINES
    assert lines(caplog)[-1][1] == "it logged more; the rest is left out"
    bench.child("logs_a_lot", count=1)
    assert lines(caplog)[-2:] == [("INFO", "looked at 0"), ("WARNING", "that was all")]


def test_a_warning_still_stands_in_the_detail_of_a_failure(bench: Bench) -> None:
    outcome = bench.child("logs_and_fails")
    assert isinstance(outcome, Failed)
    assert outcome.detail.startswith("the vendor is closed\n")


def test_a_command_is_told_what_it_works_on(bench: Bench) -> None:
    script = "import json, os; print(json.dumps({n: v for n, v in os.environ.items() if n.startswith('SIGNALBOX_')}))"
    settings = {"command": ["python3", "-c", script], "output": "json", "cwd": str(bench.data)}
    outcome = bench.run("command", settings, {}, correlation_id="c1")
    assert isinstance(outcome, Ok)
    assert NAMES.items() <= outcome.output["result"].items()
