"""From a fresh clone with nothing but Python to a running Signalbox, and the words where that cannot be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.running import PROJECT, data_folder, environ, processes_of, up

BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))


def clone(target: Path) -> None:
    """Copy what git knows or would add, as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        source = PROJECT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


@pytest.mark.slow
def test_a_fresh_clone_is_ready_within_two_minutes_and_then_within_seconds(tmp_path: Path) -> None:
    """U3: the first call installs, the second only starts."""
    project = tmp_path / "clone"
    clone(project)
    with data_folder() as data:
        called = time.monotonic()
        with up(data, project=project, python=BASE_PYTHON) as first:
            note = first.ready(180)
            waited = time.monotonic() - called
            assert time.monotonic() - called < 120
            assert float(str(note["ready_seconds"])) > waited / 2, (
                "counted from the call, not from after the installation"
            )
            assert first.end() < 2
            assert first.process.returncode == 0
            said = first.output()
        assert "first start: making .venv with Python" in said
        assert "packages" in said
        assert processes_of(data) == {}
        with up(data, project=project, python=BASE_PYTHON) as second:
            assert float(str(second.ready()["ready_seconds"])) < 10
            second.end()
            assert "packages" not in second.output()


def python_of_version(folder: Path, version: str) -> Path:
    """Make an interpreter that says it is of another version, with no others beside it on the PATH."""
    program = folder / "python3"
    code = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 0); sys.argv = sys.argv[1:]; "
    code += "import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    program.write_text(f'#!/bin/sh\nexec "{BASE_PYTHON}" -c "{code}" "$@"\n')
    program.chmod(0o755)
    return program


def test_a_python_that_is_too_old_says_so_where_there_is_no_other(tmp_path: Path) -> None:
    program = python_of_version(tmp_path, "3.9")
    done = subprocess.run(
        [program, "manage.py", "up"], cwd=PROJECT, env=environ(PATH=str(tmp_path)), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs Python 3.11 to 3.14" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_that_is_too_old_hands_over_to_a_newer_one(tmp_path: Path) -> None:
    program = python_of_version(tmp_path, "3.9")
    newer = tmp_path / "python3.12"
    newer.write_text('#!/bin/sh\necho "handed over: $*"\n')
    newer.chmod(0o755)
    done = subprocess.run(
        [program, "manage.py", "verify", "-v2"],
        cwd=PROJECT,
        env=environ(PATH=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == f"handed over: {PROJECT / 'manage.py'} verify -v2"


def test_a_machine_without_pip_and_ensurepip_is_told_what_to_install(tmp_path: Path) -> None:
    project = tmp_path / "clone"
    for name in ("manage.py", "requirements.txt", "requirements-dev.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, project / name)
    shutil.copytree(PROJECT / "orchestrator" / "supervisor", project / "orchestrator" / "supervisor")
    (project / "orchestrator" / "__init__.py").touch()
    bare = tmp_path / "bare"
    bare.mkdir()
    for module in ("pip", "ensurepip"):
        (bare / f"{module}.py").write_text("raise ImportError('not on this machine')\n")
    done = subprocess.run(
        [BASE_PYTHON, "manage.py", "check"],
        cwd=project,
        env=environ(PATH=os.defpath, PYTHONPATH=str(bare)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
