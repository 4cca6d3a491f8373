"""What runs before a commit is ours, exists, and is what CI runs too."""

from __future__ import annotations

import importlib.util
import shlex
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.running import PROJECT

CONFIG: dict[str, Any] = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())
HOOKS = {hook["id"]: hook for repository in CONFIG["repos"] for hook in repository["hooks"]}


def test_nothing_comes_from_elsewhere() -> None:
    assert {repository["repo"] for repository in CONFIG["repos"]} == {"local"}
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_runs_what_the_environment_holds(name: str) -> None:
    python, option, module, *_ = shlex.split(HOOKS[name]["entry"])
    assert python == ".venv/bin/python"
    found = module if option == "-m" else module.split()[1].partition(".")[0]
    assert importlib.util.find_spec(found) is not None


def test_hooks_are_the_checks_of_ci() -> None:
    said = {
        line.partition('"signalbox: ')[2].partition('"')[0] for line in (PROJECT / ".ci/run").read_text().split("\n")
    }
    assert set(HOOKS) <= said


def test_the_hooks_that_are_given_files_take_them() -> None:
    for name in ("lint", "format"):
        command = [sys.executable, *shlex.split(HOOKS[name]["entry"])[1:], "manage.py"]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
