"""C3: an answer about a file is one about what the file holds; one about a folder is made each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.outcomes import Json, Ok
from tests.contracts.worlds import World
from tests.store.asking import SPEC, Desk

pytestmark = pytest.mark.django_db
SCHEMA: dict[str, Json] = {"type": "object", "properties": {"file": {"type": "string", "format": "path"}}}


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world, replace(SPEC, input_schema=SCHEMA))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "a.txt"
    made.write_text("one")
    return made


def is_answered(desk: Desk, path: Path) -> bool:
    return isinstance(desk.ask(desk.claim(), given={"file": str(path)}), Ok) and desk.calls == 0


def test_the_same_content_is_the_same_question_and_another_is_not(desk: Desk, file: Path) -> None:
    desk.ask(desk.claim(), lambda: Ok(output="read"), given={"file": str(file)})
    file.write_text("one")
    assert is_answered(desk, file), "written anew with the same text"
    file.write_text("two")
    assert not is_answered(desk, file)


@pytest.mark.parametrize("what", ["folder", "missing"])
def test_what_is_no_file_is_looked_at_each_time(desk: Desk, tmp_path: Path, what: str) -> None:
    path = tmp_path if what == "folder" else tmp_path / "missing"
    desk.ask(desk.claim(), lambda: Ok(output="read"), given={"file": str(path)})
    assert (is_answered(desk, path), desk.rows("key")) == (False, [])


def test_what_changed_while_it_was_read_is_not_kept(desk: Desk, file: Path) -> None:
    def work() -> Ok:
        file.write_text("two")
        return Ok(output="of one or of two")

    desk.ask(desk.claim(), work, given={"file": str(file)})
    assert desk.rows("key") == []


def test_an_agent_whose_paths_can_not_be_found_in_its_input_is_never_answered(world: World, file: Path) -> None:
    schema: dict[str, Json] = {"properties": {"file": {"anyOf": [{"format": "path"}, {"type": "null"}]}}}
    desk = Desk(world, replace(SPEC, input_schema=schema))
    desk.ask(desk.claim(), lambda: Ok(output="read"), given={"file": str(file)})
    assert desk.rows("key") == []
