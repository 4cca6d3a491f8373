"""`manage.py examples` runs what is shipped, with real workers, and says how it went."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import PROJECT, data_folder, environ


def examples(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a data folder of its own."""
    line = [sys.executable, "manage.py", "examples", *arguments]
    return subprocess.run(
        line,
        cwd=PROJECT,
        env=environ(SIGNALBOX_DATA=str(data)),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_the_review_runs_to_its_end_with_its_gate_answered() -> None:
    """A newcomer sees every example work with one command."""
    with data_folder() as data:
        done = examples(data, "repo-review", "tickets")
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines() == ["repo-review: succeeded", "tickets: succeeded"]
        assert "2 of 2 succeeded in" in done.stderr
        assert len(list((data / "reports").glob("*/report.json"))) == 1


@pytest.mark.slow
def test_examples_whose_runs_start_runs_and_share_a_board_run_to_their_end() -> None:
    """P3, P4, P5, P6, P10, P11, P12: on the real engine, where a plan and a call are runs of their own."""
    small = ["release-check", "easier-text", "glossary", "folder-audit", "ask-docs", "sort-texts", "find-slot"]
    with data_folder() as data:
        done = examples(data, *small)
        assert done.stdout.splitlines() == [f"{name}: succeeded" for name in small], done.stdout + done.stderr


@pytest.mark.slow
def test_the_small_examples_run_to_their_end_on_what_is_shipped_with_signalbox() -> None:
    """P1, P2, P7, P8, P9, P14: no key, no network, no input."""
    small = ["text-report", "lint-vote", "shorten", "tone-debate", "best-summary", "ticket-triage"]
    with data_folder() as data:
        done = examples(data, *small)
        assert done.stdout.splitlines() == [f"{name}: succeeded" for name in small], done.stdout + done.stderr
        assert len(list((data / "reports").glob("*/texts.md"))) == 1


def test_an_example_that_does_not_exist_is_named_with_those_that_do() -> None:
    """A wrong name gets the reason and the remedy."""
    with data_folder() as data:
        done = examples(data, "nonsense")
    assert done.returncode != 0
    assert "no example is called 'nonsense'" in done.stderr
    assert "repo-review" in done.stderr
