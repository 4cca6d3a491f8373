"""The test command itself: what it runs apart, and that nothing is skipped where everything must run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.supervisor import testing, testing_postgres
from tests.running import PROJECT

SKIPPED = "import pytest\n\ndef test_of_a_service_that_is_missing() -> None:\n    pytest.skip('no browser here')\n"


def run_skipped(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one test that skips itself, under the project's own rules."""
    test = tmp_path / "test_skipped.py"
    test.write_text(SKIPPED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", "pyproject.toml", "--rootdir", "."]
    clean = {name: value for name, value in os.environ.items() if name != "SIGNALBOX_TEST_REQUIRE_ALL"}
    return subprocess.run([*command, str(test)], cwd=PROJECT, env=clean | environ, capture_output=True, text=True)


def test_a_skip_is_a_failure_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    refused = run_skipped(tmp_path, SIGNALBOX_TEST_REQUIRE_ALL="1")
    assert refused.returncode == 1
    assert "nothing may be skipped here" in refused.stdout
    assert "no browser here" in refused.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    assert run_skipped(tmp_path).returncode == 0


def test_every_folder_of_tests_is_run_once_on_sqlite() -> None:
    runs = testing.suites()
    folders = [folder for group in testing.APART for folder in group]
    assert runs[0][0] == "tests"
    assert {f"--ignore={folder}" for folder in folders} == set(runs[0][1:])
    apart = [folder for run in runs[1:] if "--database" not in run for folder in run]
    assert apart == [folder for folder in folders if testing.exists(folder)]


def test_a_program_that_only_has_the_name_of_initdb_is_not_taken_for_one(tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho something else\n")
        program.chmod(0o755)
    assert not testing_postgres.works(tmp_path)
    assert not testing_postgres.works(tmp_path / "nowhere")


def test_a_private_cluster_is_durable_closed_and_leaves_nothing() -> None:
    programs = testing_postgres.find()
    if programs is None:
        pytest.skip("PostgreSQL: no server programs on this machine")
    cluster = testing_postgres.start(programs)
    try:
        assert cluster.folder.stat().st_mode & 0o077 == 0
        asked = ["psql", "-At", "-h", str(cluster.folder), "-U", "postgres", "-c"]
        settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in "
        settings += "('fsync', 'synchronous_commit', 'listen_addresses')"
        shown = subprocess.run([programs / asked[0], *asked[1:], settings], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "fsync=on listen_addresses= synchronous_commit=on"
    finally:
        cluster.stop()
    assert not cluster.folder.exists()
    assert cluster.child.ended() is not None


@pytest.mark.parametrize(
    ("folder", "codes", "code", "word"),
    [
        ("tests/browser", [1, 0], 0, "UNSTEADY"),
        ("tests/supervisor tests/management tests/docs", [1, 0], 0, "UNSTEADY"),
        ("tests/browser", [1, 1], 1, "FAILED"),
        ("tests/journeys", [0], 0, "passed"),
        ("tests/chaos", [1], 1, "FAILED"),
    ],
)
def test_only_what_waits_for_processes_and_browsers_is_tried_twice_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    folder: str,
    codes: list[int],
    code: int,
    word: str,
) -> None:
    asked: list[list[str]] = []

    def run(arguments: list[str], environ: dict[str, str]) -> int:
        asked.append(arguments)
        return codes[len(asked) - 1]

    monkeypatch.setattr(testing, "run", run)
    folders = folder.split()
    assert testing.run_all([folders], {}) == code
    assert asked == [folders, [*folders, "--last-failed"]][: len(codes)]
    assert f"signalbox: {word}" in capfd.readouterr().err
