"""C3: an answer is one of the code that made it; whoever mends an agent gets new ones, without dropping the old."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json, Ok
from orchestrator.store.code import Code
from tests.contracts.worlds import World
from tests.store.asking import SPEC, Desk

pytestmark = pytest.mark.django_db
AGENT = "import json\nfrom crew import words\nfrom .near import other as that\n\ndef work(q): return words.say(q)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("__init__", ""), ("agents", AGENT), ("words", "x = 1\n"), ("near", "from . import deep\n"),
                       ("deep", ""), ("apart", "")):  # fmt: skip
        file = tmp_path / "crew" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def desk(world: World, folder: Path, since: float = 0.0, **more: object) -> Desk:
    spec = replace(SPEC, **{"runtime": "callable", "settings": {"target": "crew.agents:work"}, **more})
    return Desk(world, spec, Code([folder], since))


def ask(there: Desk) -> Json:
    outcome = there.ask(there.claim())
    assert isinstance(outcome, Ok)
    return outcome.output


@pytest.mark.parametrize("name", ["agents", "words", "near", "deep", "__init__"])
def test_a_change_of_its_code_or_of_what_that_imports_makes_another_question_of_it(
    world: World, folder: Path, name: str
) -> None:
    there, file = desk(world, folder), folder / "crew" / f"{name}.py"
    before = file.read_text()
    assert [ask(there), ask(there)] == [{"n": 1}, {"n": 1}]
    file.write_text(f"{before}# mended\n")
    assert [ask(there), ask(there)] == [{"n": 2}, {"n": 2}]
    file.write_text(before)
    assert ask(there) == {"n": 1}, "what stands there now made that answer"


def test_a_change_of_other_code_changes_nothing(world: World, folder: Path) -> None:
    there = desk(world, folder)
    assert ask(there) == {"n": 1}
    (folder / "crew" / "apart.py").write_text("x = 2\n")
    assert ask(there) == {"n": 1}


def test_the_code_of_its_tools_counts_too(world: World, folder: Path) -> None:
    tools = (Tool(name="say", python="crew.apart:say", repeatable=True),)
    there = desk(world, folder, runtime="llm", settings={"model": "openai:tiny"}, tools=tools)
    assert ask(there) == {"n": 1}
    (folder / "crew" / "apart.py").write_text("x = 2\n")
    assert ask(there) == {"n": 2}


def test_an_answer_whose_code_was_changed_while_it_was_made_is_not_kept(world: World, folder: Path) -> None:
    there = desk(world, folder)

    def work() -> Ok:
        (folder / "crew" / "words.py").write_text("x = 3\n")
        return Ok(output="of the one or of the other")

    there.ask(there.claim(), work)
    assert there.rows("key") == []


def test_code_that_a_process_uses_as_it_was_neither_gives_nor_keeps_answers(world: World, folder: Path) -> None:
    """An inline agent goes on with what its worker has imported until that begins anew."""
    settings: Json = {"target": "crew.agents:work", "inline": True}
    os.utime(folder / "crew" / "words.py", (time.time() + 5, time.time() + 5))
    old, new = (desk(world, folder, time.time() + ahead, settings=settings) for ahead in (0, 10))
    assert [ask(old), ask(old)] == [{"n": 1}, {"n": 2}]
    assert [ask(new), ask(new)] == [{"n": 1}, {"n": 1}]


def test_code_that_cannot_be_read_is_asked_each_time(world: World, folder: Path) -> None:
    there = desk(world, folder)
    (folder / "crew" / "words.py").write_text("def (\n")
    assert [ask(there), ask(there)] == [{"n": 1}, {"n": 2}]
