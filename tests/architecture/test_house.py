"""House rules that a machine can check: empty package root, small files, opening words, reasons for exceptions."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.running import PROJECT

LONGEST_FILE = 350
NAMELESS = {"utils", "helpers", "common", "manager", "misc", "base"}
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?::?\s*[A-Z0-9, ]+|\[[^\]]*\])?(?P<reason>.*)")


def tracked(*suffixes: str) -> list[Path]:
    """Return the project's own files; generated migrations and recorded histories are not written by hand."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True)
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    files = [PROJECT / name for name in names] or [
        path for path in PROJECT.rglob("*") if not {".venv", "var"} & set(path.parts)
    ]
    own = [path for path in files if path.suffix in suffixes and path.is_file()]
    return [path for path in own if not {"migrations", "histories"} & set(path.parts)]


def test_the_package_root_is_empty() -> None:
    """Importing Celery there would make the core impure unnoticed."""
    assert (PROJECT / "orchestrator" / "__init__.py").read_bytes() == b""


def test_no_file_is_longer_than_a_room_should_be() -> None:
    long = {str(path.relative_to(PROJECT)): lines(path) for path in tracked(".py", ".js", ".css", ".html")}
    assert {name: count for name, count in long.items() if count > LONGEST_FILE} == {}


def lines(path: Path) -> int:
    """Count a file's lines."""
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_opens_by_saying_what_lives_there() -> None:
    silent = [
        str(path.relative_to(PROJECT))
        for path in tracked(".py")
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in tracked(".py") if path.stem in NAMELESS] == []


@pytest.mark.parametrize("room", ["orchestrator", "dashboard"])
def test_every_exception_from_a_checker_gives_its_reason(room: str) -> None:
    bare = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in tracked(".py")
        if path.relative_to(PROJECT).parts[0] == room
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := EXCEPTION.search(line)) and len(found["reason"].strip(" -#")) < 8
    ]
    assert bare == []
