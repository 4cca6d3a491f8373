"""Children on record: what a crash left is ended, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.supervisor import lock, process
from orchestrator.supervisor.process import Leash
from tests.conftest import poll

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_what_an_earlier_start_left_running_is_ended(tmp_path: Path) -> None:
    child = process.start("left", SLEEPER, Leash(), tmp_path / "log", {})
    record = tmp_path / "children.json"
    process.record(record, [child])
    assert process.end_recorded(record) == ["left"]
    assert child.process.wait(5) != 0
    assert not record.exists()


def test_another_process_that_got_the_same_number_is_left_alone(tmp_path: Path) -> None:
    child = process.start("other", SLEEPER, Leash(), tmp_path / "log", {})
    record = tmp_path / "children.json"
    record.write_text(json.dumps({"worker": [child.pid, "born at another time"]}))
    assert process.end_recorded(record) == []
    assert child.ended() is None
    child.kill()
    child.process.wait()


def test_a_record_cut_short_by_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    record = tmp_path / "children.json"
    record.write_text('{"worker": [12')
    assert process.end_recorded(record) == []


def test_a_process_that_ended_has_no_birth(tmp_path: Path) -> None:
    child = process.start("short", [sys.executable, "-c", "pass"], Leash(), tmp_path / "log", {})
    poll(lambda: process.birth(child.pid) is None, "the ended process, not yet collected, counts as gone")
    child.process.wait()


def test_a_large_log_is_put_aside_and_one_older_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * (process.LARGEST_LOG + 1))
    process.rotate(log)
    assert not log.exists()
    assert (tmp_path / "web.old.log").stat().st_size > process.LARGEST_LOG


def test_the_last_words_of_a_child_are_the_end_of_its_log(tmp_path: Path) -> None:
    code = "import sys; print('first'); print('fatal: no such thing', file=sys.stderr); sys.exit(3)"
    child = process.start("loud", [sys.executable, "-c", code], Leash(), tmp_path / "log", {})
    assert child.process.wait(10) == 3
    assert child.last_words(1) == "    fatal: no such thing"


def test_a_lock_is_free_again_when_its_holder_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "up.lock"
    code = "import sys, time; from pathlib import Path; from orchestrator.supervisor import lock\n"
    code += "held = lock.take(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
    holder = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(lock.Taken, match=f"^process {holder.pid}$"):
            lock.take(file)
        holder.kill()
    lock.take(file).close()


def test_last_words_are_read_out_of_lines_meant_for_programs(tmp_path: Path) -> None:
    line = {"event": "it failed", "level": "error", "exception": "Traceback …\nValueError: no", "pid": 7}
    script = f"print('plain words'); print({json.dumps(json.dumps(line))}); print('{{\"cut')"
    child = process.start("loud", [sys.executable, "-c", script], Leash(), tmp_path / "log", {})
    child.process.wait(20)
    said = [one.strip() for one in child.last_words().splitlines()]
    assert said == ["plain words", "error: it failed", "Traceback …", "ValueError: no", '{"cut']
