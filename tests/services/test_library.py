"""Loading folders: in order, all of it or nothing, and every problem with its file and line (P1, A1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.errors import RejectedForbidden
from orchestrator.models import AgentVersion, Board, User, WorkflowVersion
from orchestrator.services import library
from orchestrator.services.library import Loaded, Unloadable
from tests import cast
from tests.running import PROJECT

AGENT = """
agent: linter
role: Lints a folder.
command: [ruff, check, --output-format, json, "--", "{input.path}"]
settings: {ok_codes: [0, 1]}
input: {type: object, required: [path], properties: {path: {type: string}}}
"""
WORKFLOW = """
workflow: lint
input: {type: object, required: [path], properties: {path: {type: string}}}
steps:
  - id: look
    agent: linter
    with: {path: input.path}
"""
CALLER = """
from orchestrator import agents

@agents.agent(role="Calls.")
def caller(text: str) -> str:
    return text
"""
BOARD = """
board: lints
columns:
  - {name: Todo}
  - {name: Doing, policy: {workflow: lint}}
  - {name: Done, policy: done}
"""


@pytest.fixture
def builder(transactional_db: None) -> User:
    return cast.person("builder")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a folder whose names are in the wrong order on purpose: the board comes first."""
    for name, text in (("a.yaml", BOARD), ("b.yml", WORKFLOW), ("deep/c.yaml", AGENT)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def counts() -> tuple[int, int, int]:
    return AgentVersion.objects.count(), WorkflowVersion.objects.count(), Board.objects.count()


def faults(builder: User, *paths: Path) -> list[str]:
    with pytest.raises(Unloadable) as refused:
        library.apply_paths(builder, paths)
    assert counts() == (0, 0, 0)
    return [str(fault) for fault in refused.value.faults]


def test_agents_come_first_then_workflows_then_boards(builder: User, folder: Path) -> None:
    loaded = library.apply_paths(builder, [folder])
    assert [(one.noun, one.name, one.is_new) for one in loaded] == [
        ("agent", "linter", True), ("workflow", "lint", True), ("board", "lints", True),
    ]  # fmt: skip


def test_the_same_folder_again_changes_nothing(builder: User, folder: Path) -> None:
    library.apply_paths(builder, [folder])
    assert {one.is_new for one in library.apply_paths(builder, [folder, folder / "a.yaml"])} == {False}
    assert counts() == (1, 1, 1)


def test_checking_says_what_is_there_and_loads_nothing(builder: User, folder: Path) -> None:
    found = library.apply_paths(builder, [folder], check=True)
    assert Loaded(noun="workflow", name="lint", is_new=None) in found
    assert counts() == (0, 0, 0)


def test_a_changed_agent_is_the_next_version_and_the_old_one_stays(builder: User, folder: Path) -> None:
    library.apply_paths(builder, [folder])
    (folder / "deep/c.yaml").write_text(AGENT.replace("Lints a", "Lints one"))
    library.apply_paths(builder, [folder])
    versions = AgentVersion.objects.order_by("version")
    assert [(one.version, one.is_current) for one in versions] == [(1, False), (2, True)]
    assert [one.spec["version"] for one in versions] == [1, 2]


def test_problems_of_all_files_come_at_once_with_file_and_line_and_nothing_is_loaded(
    builder: User, folder: Path
) -> None:
    (folder / "b.yml").write_text(WORKFLOW.replace("agent: linter", "agent: lintre").replace("input.path", "input.pth"))
    (folder / "deep/c.yaml").write_text(AGENT.replace("role: Lints a folder.\n", ""))
    found = faults(builder, folder)
    assert any(fault.startswith(f"{folder}/b.yml:6: steps[0].agent: there is no agent 'lintre'") for fault in found)
    assert any(fault.startswith(f"{folder}/b.yml:7: steps[0].with.path: ") for fault in found)
    assert any("deep/c.yaml" in fault and "'role'" in fault for fault in found)
    assert any("a.yaml:5:" in fault and "lint" in fault for fault in found)


def test_a_name_that_two_files_give_is_refused(builder: User, folder: Path) -> None:
    (folder / "d.yaml").write_text(WORKFLOW)
    assert faults(builder, folder) == [
        f"{folder}/d.yaml:2: workflow: 'lint' is defined twice (give this workflow another name)"
    ]


def test_a_name_that_two_modules_give_is_refused(
    builder: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AGENT_PATHS = [tmp_path]
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("early_birds", "late_birds"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "agents.py").write_text(CALLER)
    assert faults(builder, tmp_path) == [
        f"{tmp_path}/late_birds/agents.py: late_birds.agents:caller: 'caller' is defined twice, first as "
        "early_birds.agents:caller (give one of them another name=)"
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x: 1", "defines nothing"), (b"", ""), (b"\xff\xfe\x00", "UTF-8"), (b"- a", "defines nothing"),
        (b"workflow: &a x\nsteps: *a", ""), (b"python: [no.such.module]", "importing no.such.module failed"),
        (b"python: ['a; import os']", "not the name of a module"), (b"{" * 10_000, ""), (b"a" * 1_100_000, "larger"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_as_a_definition_says_why(
    builder: User, tmp_path: Path, content: bytes, words: str
) -> None:
    """S26."""
    (tmp_path / "x.yaml").write_bytes(content)
    found = faults(builder, tmp_path)
    assert found
    assert all(fault.startswith(str(tmp_path / "x.yaml")) and words in fault for fault in found)


def test_what_is_not_there_or_could_not_be_imported_by_a_worker_is_named(builder: User, tmp_path: Path) -> None:
    (tmp_path / "agents.py").write_text("raise SystemExit")
    found = faults(builder, tmp_path / "nothing", tmp_path)
    assert "there is no such file or folder" in found[0]
    assert "workers could not import this file" in found[1]


def test_agents_in_python_may_lie_in_a_folder_of_the_operators(
    builder: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counting").mkdir()
    text = 'from orchestrator import agents\n\n\n@agents.agent(role="Counts.")\ndef counter(text: str) -> int:\n'
    (tmp_path / "counting" / "agents.py").write_text(f"{text}    return len(text)\n")
    settings.AGENT_PATHS = [tmp_path]
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))  # as the process does at its start
    loaded = library.apply_paths(builder, [tmp_path])
    assert [(one.noun, one.name) for one in loaded] == [("agent", "counter")]
    assert AgentVersion.objects.get().spec["settings"]["target"] == "counting.agents:counter"


def test_modules_named_by_the_settings_are_loaded_too(builder: User, folder: Path, settings: Any) -> None:
    settings.AGENT_MODULES = ["examples.repo_review.agents"]
    assert ("agent", "survey") in {(one.noun, one.name) for one in library.apply_paths(builder, [folder])}
    settings.AGENT_MODULES = ["no.such.module"]
    with pytest.raises(Unloadable, match="1 problem") as refused:
        library.apply_paths(builder, [folder])
    assert str(refused.value.faults[0]).startswith("SIGNALBOX_AGENT_MODULES: importing no.such.module failed")


def test_hidden_files_and_files_of_other_kinds_are_passed_over(builder: User, folder: Path) -> None:
    for name in (".hidden.yaml", "_draft.yaml", "notes.txt", "data.json"):
        (folder / name).write_text("not a definition")
    assert len(library.apply_paths(builder, [folder])) == 3


def test_only_a_builder_loads_anything(folder: Path, transactional_db: None) -> None:
    for role in ("viewer", "operator"):
        with pytest.raises(RejectedForbidden):
            library.apply_paths(cast.person(role), [folder])
    assert counts() == (0, 0, 0)


def test_the_shipped_examples_load_with_their_agents_in_python(builder: User) -> None:
    loaded = library.apply_paths(builder, [PROJECT / "examples"])
    assert {("agent", "survey"), ("agent", "ruff"), ("workflow", "repo-review"), ("board", "reviews")} <= {
        (one.noun, one.name) for one in loaded
    }
