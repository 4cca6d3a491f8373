"""Who may import whom: the contracts in pyproject.toml, and purity as the interpreter sees it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.running import PROJECT

IMPURE = {"django", "celery", "kombu", "channels", "redis", "twisted", "psycopg", "sqlite3", "pydantic", "yaml"}
IMPORT_ALL = """
import importlib, pkgutil, sys
room = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(room: str) -> set[str]:
    """Import every module of a room in a fresh interpreter and return the top-level modules that came with it."""
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, room], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_every_import_contract_is_kept() -> None:
    linter = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(linter, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts") :]


@pytest.mark.parametrize("room", ["orchestrator.core", "orchestrator.reliability", "orchestrator.engine"])
def test_a_pure_room_brings_no_framework_along(room: str) -> None:
    assert loaded_by(room) & IMPURE == set()


def test_the_supervisor_needs_the_standard_library_only() -> None:
    foreign = loaded_by("orchestrator.supervisor") - set(sys.stdlib_module_names) - {"orchestrator", "__main__"}
    # What an editable or patched interpreter loads by itself at its start is not the room's doing.
    own = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert foreign - {name.partition(".")[0] for name in own.stdout.split()} == set()
