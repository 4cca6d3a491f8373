"""The repository review, agent by agent, with real tools on a real folder."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.repo_review import survey
from examples.repo_review.critique import critique_of
from examples.repo_review.kinds import Counts, Finding, Sections, Severity
from orchestrator.core.boards import BoardSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_board import read_board
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.examples.conftest import PROJECT, REVIEW, Hands

TOOLS = ("ruff", "bandit", "radon")


def reviewed(hands: Hands, root: Path) -> dict[str, dict[str, Json]]:
    """Do the job's steps up to the critique, as the workflow hands their results on."""
    found = hands.run("survey", {"path": str(root)})
    packages = found["packages"]
    assert isinstance(packages, list)
    scans: list[Json] = []
    for package in packages:
        assert isinstance(package, dict)
        work: dict[str, Json] = {"root": found["root"], "files": package["files"]}
        scans.append({tool: hands.run(tool, work) for tool in TOOLS})
    sections = hands.run("merge-sections", {"root": found["root"], "packages": packages, "scans": scans})
    return {"survey": found, "sections": sections, "critique": hands.run("critic", sections)}


def findings(step: dict[str, Json], tool: str) -> list[dict[str, Json]]:
    listed = step[tool]
    assert isinstance(listed, list)
    return [one for one in listed if isinstance(one, dict)]


def test_the_workflow_and_the_board_fit_the_agents(hands: Hands) -> None:
    workflow = read_workflow(read_text((REVIEW / "workflow.yaml").read_bytes()), hands.specs)
    assert isinstance(workflow, Workflow), [str(problem) for problem in workflow]
    assert set(workflow.agents) == set(hands.specs)
    known = {workflow.name: dict(workflow.input_schema)}
    board = read_board(read_text((REVIEW / "board.yaml").read_bytes()), known)
    assert isinstance(board, BoardSpec), [str(problem) for problem in board]
    assert [column.name for column in board.columns] == ["Ideas", "In progress", "Review", "Done", "Stopped"]


def test_a_survey_lists_what_is_python_and_ours(hands: Hands, folder: Path) -> None:
    found = hands.run("survey", {"path": str(folder)})
    assert found == {
        "root": str(folder),
        "packages": [
            {"name": "top level", "files": ["setup.py"]},
            {
                "name": "shop",
                "files": [
                    "shop/-odd name.py",
                    "shop/broken.py",
                    "shop/cart.py",
                    "shop/deep/er/tax.py",
                    "shop/empty.py",
                ],
            },
        ],
        "files": 6,
        "skipped": 1,
    }


def test_a_survey_of_nothing_said_is_of_signalboxs_own_source(hands: Hands) -> None:
    found = hands.run("survey", {})
    assert found["root"] == str(PROJECT)
    assert "orchestrator/agents.py" in json.dumps(found)
    assert found == hands.run("survey", {"path": ""})


def test_every_file_of_a_real_project_is_in_exactly_one_package_of_bearable_size() -> None:
    found = survey.survey_of(PROJECT)
    tracked = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=PROJECT, text=True)
    grouped = Counter(file for package in found["packages"] for file in package["files"])
    assert set(grouped.values()) == {1}
    assert set(grouped) == {file for file in tracked.splitlines() if (PROJECT / file).exists()}
    assert all(0 < len(package["files"]) <= survey.MOST_FILES for package in found["packages"])


names = st.sampled_from(["a", "b", "c", "core"])
paths = st.lists(names, min_size=0, max_size=4).flatmap(
    lambda folders: st.integers(0, 60).map(lambda number: "/".join([*folders, f"m{number}.py"]))
)


@settings(max_examples=200, deadline=None)
@given(st.sets(paths, max_size=400))
def test_any_tree_is_grouped_without_loss_or_repetition(files: set[str]) -> None:
    packages = survey._grouped(sorted(files), "", "top")
    assert Counter(file for package in packages for file in package["files"]) == Counter(files)
    assert all(0 < len(package["files"]) <= survey.MOST_FILES for package in packages)


def test_the_tools_find_what_is_there_whatever_the_project_would_hide(hands: Hands, folder: Path) -> None:
    """The job, without its gate: real tools, real findings."""
    done = reviewed(hands, folder)
    sections = done["sections"]
    rules = {tool: {(one["file"], one["rule"]) for one in findings(sections, tool)} for tool in TOOLS}
    assert ("setup.py", "F401") in rules["ruff"]
    assert ("shop/deep/er/tax.py", "E401") in rules["ruff"]
    assert ("shop/broken.py", "invalid-syntax") in rules["ruff"]
    assert ("shop/cart.py", "B602") in rules["bandit"]
    assert ("shop/deep/er/tax.py", "B307") in rules["bandit"]
    assert rules["radon"] == {("shop/cart.py", "complexity-C")}
    unread = sections["unread"]
    assert isinstance(unread, list)
    assert [(one["tool"], one["file"]) for one in unread if isinstance(one, dict)] == [
        ("bandit", "shop/broken.py"),
        ("radon", "shop/broken.py"),
    ]
    assert not (folder / "gotcha").exists()


def test_the_counts_equal_what_the_shown_commands_say_by_hand(hands: Hands, folder: Path) -> None:
    """Issue "the spine": counts equal the sum of the command lines shown on the run page."""
    counts = reviewed(hands, folder)["critique"]["counts"]
    by_hand = Counter[str]()
    for note in hands.notes:
        written = json.loads(subprocess.run(["sh", "-c", note], capture_output=True, text=True, check=False).stdout)
        if isinstance(written, list):
            by_hand["ruff"] += len(written)
        elif "results" in written:
            by_hand["bandit"] += len(written["results"])
        else:
            by_hand["radon"] += sum(len(blocks) for blocks in written.values() if isinstance(blocks, list))
    assert len(hands.notes) == 6
    assert counts == {**by_hand, "total": by_hand.total()}
    assert all(by_hand[tool] for tool in TOOLS)


def test_the_same_folder_gives_the_same_words(hands: Hands, folder: Path) -> None:
    first, second = reviewed(hands, folder), reviewed(hands, folder)
    assert first["critique"] == second["critique"]
    summary = str(first["critique"]["summary"])
    assert summary.startswith("Reviewed 6 Python files in 2 packages. **")
    assert "1. `invalid-syntax` (ruff, high)" in summary
    assert "**Files to look at first**" in summary
    assert "**Not looked at**" in summary


def test_a_folder_without_python_is_reviewed_in_a_breath(hands: Hands, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = reviewed(hands, empty)
    assert done["survey"]["packages"] == []
    assert done["critique"]["summary"] == "Reviewed 0 Python files in 0 packages. Nothing was found."


def test_a_tool_that_failed_on_a_package_is_told_not_hidden(hands: Hands) -> None:
    sections = hands.run(
        "merge-sections",
        {
            "root": "/r",
            "packages": [{"name": "shop", "files": ["a.py"]}],
            "scans": [{"ruff": None, "radon": {"command": [], "exit_code": 0, "result": {}}}],
        },
    )
    assert sections["unread"] == [
        {"tool": "ruff", "file": "shop", "reason": "the tool failed on this package"},
        {"tool": "bandit", "file": "shop", "reason": "the tool failed on this package"},
    ]
    assert sections["counts"] == {"ruff": 0, "bandit": 0, "radon": 0, "total": 0}


def finding(rule: str, file: str, severity: Severity, line: int = 1) -> Finding:
    return Finding(tool="ruff", package="p", file=file, line=line, rule=rule, severity=severity, message="m")


def test_grave_and_widespread_findings_come_first() -> None:
    listed = [
        finding("COMMON", "a.py", "low", 1),
        finding("COMMON", "a.py", "low", 2),
        finding("WIDE", "a.py", "low"),
        finding("WIDE", "b.py", "low"),
        finding("GRAVE", "c.py", "high", 9),
    ]
    counts = Counts(ruff=5, bandit=0, radon=0, total=5)
    sections = Sections(ruff=listed, bandit=[], radon=[], unread=[], counts=counts, files=3, packages=1)
    ranking = critique_of(sections)["ranking"]
    assert [(rank["rule"], rank["count"], rank["files"]) for rank in ranking] == [
        ("GRAVE", 1, 1),
        ("WIDE", 2, 2),
        ("COMMON", 2, 1),
    ]
    assert ranking[0]["example"] == "c.py:9"


def test_the_report_carries_the_operators_words_and_every_finding(hands: Hands, folder: Path) -> None:
    done = reviewed(hands, folder)
    ranking, sections = done["critique"]["ranking"], done["sections"]
    given: dict[str, Json] = {
        "root": str(folder),
        "summary": "Fix <b>the cart</b> | first.",
        "ranking": ranking,
        "sections": sections,
    }
    published = hands.run("publish", given)
    report = Path(str(published["report"]))
    assert report == hands.data / "reports" / "r1" / "report.md"
    text = report.read_text()
    assert "Fix <b>the cart</b> | first." in text
    assert "shop/cart.py:2" in text
    data = json.loads(Path(str(published["data"])).read_text())
    assert data["summary"] == given["summary"]
    assert data["counts"] == sections["counts"] == published["counts"]
    assert data["counts"] == {**{tool: len(data["sections"][tool]) for tool in TOOLS}, "total": data["counts"]["total"]}


def test_publishing_again_leaves_the_same_two_files(hands: Hands, folder: Path) -> None:
    done = reviewed(hands, folder)
    given = {"root": str(folder), "summary": "x", "ranking": done["critique"]["ranking"], "sections": done["sections"]}
    first = hands.run("publish", given)
    texts = {file.name: file.read_bytes() for file in Path(str(first["report"])).parent.iterdir()}
    assert hands.run("publish", given) == first
    assert {file.name: file.read_bytes() for file in Path(str(first["report"])).parent.iterdir()} == texts
    assert set(texts) == {"report.md", "report.json"}


@pytest.mark.parametrize("path", ["/etc", "relative", "/nowhere"])
def test_a_folder_outside_the_roots_is_refused(hands: Hands, path: str) -> None:
    with pytest.raises(AssertionError, match="invalid_input"):
        hands.run("survey", {"path": path})
