"""What a log line carries, and what it never does (O3, R11)."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator import logs
from tests.running import PROJECT, environ

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def said(tmp_path: Path) -> Iterator[Lines]:
    """Log into a file as a worker does, and read back what is there."""
    file = tmp_path / "logs" / "worker.log"
    handler = logs.configuration("worker", "DEBUG", "json", str(file))
    made = handler["handlers"]["out"]
    formatter = handler["formatters"]["line"]
    out = logs.RotatedFile(made["filename"])
    out.setFormatter(formatter["()"](processors=formatter["processors"]))
    logger = logging.getLogger("signalbox.tried")
    logger.addHandler(out)
    logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in file.read_text().splitlines()]
    logger.removeHandler(out)
    out.close()
    logging.captureWarnings(False)


def tried() -> logging.Logger:
    return logging.getLogger("signalbox.tried")


def test_a_line_says_what_it_belongs_to(said: Lines) -> None:
    """O3."""
    with logs.bound(run_id="r1", correlation_id="c1", step=""):
        tried().info("it took %d tries", 3, extra={"attempt": 3})
    tried().info("nothing is at hand any more")
    first, second = said()
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "it took 3 tries", "run_id": "r1", "correlation_id": "c1", "attempt": 3, "level": "info",
        "logger": "signalbox.tried", "role": "worker", "pid": os.getpid(),
    }  # fmt: skip
    assert "run_id" not in second


def test_only_names_that_are_known_are_logged(said: Lines) -> None:
    tried().info("a call", extra={"input": {"salary": 1}, "request": object(), "run_id": "r1"})
    (line,) = said()
    assert not {"input", "request"} & set(line)
    assert line["run_id"] == "r1"


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /signin/HUSH/",
        "Conflict: /api/v1/work/HUSH/report",
        "Not Found: /api/v1/attempts/HUSH/report",
        "token sbx_HUSH was used",
        "Authorization: Bearer HUSH",
        "GET /runs/?key=HUSH failed",
        "cannot reach postgres://signalbox:HUSH@db:5432/signalbox",
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(said: Lines, text: str) -> None:
    tried().warning(text, extra={"route": text})
    try:
        raise ValueError(text)
    except ValueError:
        tried().exception("it failed")
    assert "HUSH" not in json.dumps(said())
    assert "…" in said()[0]["event"]


def test_a_traceback_shows_no_values(said: Lines) -> None:
    hidden = "HUSH"
    try:
        assert hidden == "other"
    except AssertionError:
        tried().error("it failed", exc_info=True)
    (line,) = said()
    assert "test_a_traceback_shows_no_values" in line["exception"]
    assert f"hidden = '{hidden}'" not in line["exception"]


@pytest.mark.parametrize("given", ["0195c0de-0000-7000-8000-000000000001", "build-4711:deploy", "a" * 36])
def test_a_well_formed_id_of_the_caller_is_taken(given: str) -> None:
    assert logs.accepted(given) == given


@pytest.mark.parametrize("given", ["", "short", "a" * 37, "two words-here", "new\nline-here", "<script>alert"])
def test_any_other_gets_a_new_one(given: str) -> None:
    made = logs.accepted(given)
    assert made != given
    assert logs.accepted(made) == made


ROTATING = """
import logging, logging.config, os, sys
from orchestrator import logs
logs.LARGEST_BYTES = 2000
logging.config.dictConfig(logs.configuration("worker", "INFO", "", sys.argv[1]))
for number in range(100):
    logging.getLogger("many").info("line %d", number)
os.write(1, b"last words on standard output\\n")
"""


def test_a_file_is_rotated_by_its_size_and_takes_standard_output_along(tmp_path: Path) -> None:
    file = tmp_path / "worker.log"
    with open(file, "ab") as out:
        subprocess.run([sys.executable, "-c", ROTATING, str(file)], cwd=PROJECT, stdout=out, check=True)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "worker.log", "worker.log.1", "worker.log.2", "worker.log.3"
    ]  # fmt: skip
    assert '"line 99"' in file.read_text()
    assert file.read_text().endswith("last words on standard output\n")


def web(**more: str) -> str:
    """Start a web process where it cannot listen and return what it logs on standard error."""
    line = [sys.executable, "manage.py", "web", "--host", "203.0.113.1"]
    done = subprocess.run(line, cwd=PROJECT, env=environ(**more), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    return done.stderr


def test_a_role_logs_json_unless_told_otherwise(tmp_path: Path) -> None:
    lines = web(SIGNALBOX_DATA=str(tmp_path)).splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    (line,) = [line for line in found if line["level"] == "critical"]
    assert line["role"] == "web"
    assert "Listen failure" in line["event"]
    text = web(SIGNALBOX_DATA=str(tmp_path), SIGNALBOX_LOG="text")
    assert "Listen failure" in text
    assert "{" not in text
