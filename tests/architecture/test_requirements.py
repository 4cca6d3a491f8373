"""That a test names each requirement on agents, reliability, gates and cost, and that the page about them holds."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.running import PROJECT

IDS = (
    *(f"A{number}" for number in range(1, 9)), *(f"R{number}" for number in range(1, 5)), "R10", "H6", "H7",
    *(f"C{number}" for number in range(1, 8)), "S18", "S20",
)  # fmt: skip
PAGE = PROJECT / "docs" / "requirements.md"
ROW = re.compile(r"^\| (?P<id>[A-Z]\d+) \| (?P<what>[^|]+) \| (?P<built>[^|]+) \| (?P<shown>[^|]+) \|$", re.M)
ID = re.compile(r"\b[A-Z]\d{1,2}\b")
FILE = re.compile(r"`([^`]+)`")
_SAID = (ast.Module, ast.ClassDef, ast.FunctionDef)


@cache
def named() -> dict[str, set[str]]:
    """Return the test files whose docstrings name each id; those of fixtures and helpers show nothing."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (PROJECT / "tests").rglob("test_*.py"):
        if file == Path(__file__):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, _SAID):
                for one in ID.findall(ast.get_docstring(node) or ""):
                    found[one].add(str(file.relative_to(PROJECT)))
    return found


def rows() -> dict[str, re.Match[str]]:
    """Return the page's rows by id."""
    return {row["id"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("id_", IDS)
def test_each_requirement_is_named_by_a_test(id_: str) -> None:
    assert named().get(id_)


def test_the_page_has_a_row_for_each_in_order() -> None:
    assert list(rows()) == list(IDS)


@pytest.mark.parametrize("id_", IDS)
def test_what_the_page_says_of_a_requirement_is_so(id_: str) -> None:
    row = rows()[id_]
    built, shown = FILE.findall(row["built"]), FILE.findall(row["shown"])
    assert built
    assert shown
    assert [name for name in built if not (PROJECT / name).is_file()] == []
    assert [name for name in shown if name not in named()[id_]] == [], f"no docstring there names {id_}"
