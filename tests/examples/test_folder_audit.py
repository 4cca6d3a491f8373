"""The audit of a folder (P6): plans fit the folder and are accepted, and checks find what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from examples.folder_audit.agents import Found, audit_report
from examples.folder_audit.planning import planned
from examples.folder_audit.python import faults_in
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.plan import PLAN
from tests.examples.conftest import Hands
from tests.examples.reading import call, shipped, workflow

TEAM = ["audit-python", "audit-yaml", "audit-texts", "audit-lines", "audit-report"]


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P6."""
    read = workflow("folder_audit", hands.catalogue)
    assert read.labels["pattern"] == "P6"
    assert set(read.agents) == {"audit-planner", *TEAM}


@pytest.mark.parametrize(
    ("files", "tasks"),
    [
        (["a.py", "b.md"], ["python", "texts", "lines", "report"]),
        (["c.yaml"], ["yaml", "lines", "report"]),
        ([], ["report"]),
    ],
)
def test_the_plan_fits_what_lies_in_the_folder_and_is_accepted(
    files: list[str], tasks: list[str], hands: Hands
) -> None:
    made = planned("/x", files, dict.fromkeys(TEAM), 40)
    assert [task["id"] for task in made["tasks"]] == tasks
    found = shipped(hands.catalogue)
    cards = {name: {"input": found[name].input_schema, "output": found[name].output_schema} for name in TEAM}
    given = {"plan": cast("Json", made), "agents": TEAM, "cards": cards, "most": 8}
    read = PLAN.run(cast("dict[str, Json]", given))
    assert isinstance(read, dict)
    assert read["problems"] == []


def test_no_check_is_planned_that_nobody_may_do() -> None:
    assert [task["id"] for task in planned("/x", ["a.py"], {"audit-lines": {}}, 40)["tasks"]] == ["lines", "report"]


def test_long_functions_and_traps_are_found_in_python() -> None:
    source = "def f(x=[]):\n    try:\n        y\n    except:\n        pass\n"
    assert sorted(faults_in(source, 4)) == [
        "1: a default of f is shared by all its calls", "1: f has 5 lines",
        "4: 'except:' catches everything, also the wish to stop",
    ]  # fmt: skip
    assert faults_in("def f(:", 4)[0].startswith("does not parse")


def test_a_report_says_of_each_check_what_it_found() -> None:
    report = audit_report("/x", python=Found(looked=2, findings=["a.py: 1: f"]), lines=Found(looked=3, findings=[]))
    assert report["summary"] == "python: 1 in 2 files; lines: 0 in 3 files"
    assert report["findings"] == ["python: a.py: 1: f"]
    assert audit_report("/x")["summary"] == "there is nothing to check here"


def test_checks_look_at_files_as_a_worker_does_it(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\na: 2")
    given = {"root": str(tmp_path), "files": ["a.yaml"]}
    found = cast("Found", call(hands.catalogue, tmp_path, "audit-yaml", {**given}))
    assert found["looked"] == len(found["findings"]) == 1
    lines = cast("Found", call(hands.catalogue, tmp_path, "audit-lines", {**given}))
    assert lines["findings"] == ["a.yaml: no end of line at the end"]
    with pytest.raises(AssertionError, match="lies outside of"):
        call(hands.catalogue, tmp_path, "audit-lines", {"root": str(tmp_path), "files": ["../x"]})
