"""Checks a review by hand: the folder it is about, the command lines its page shows, and the report on disk."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Desk
from tests.chaos.review import folder_to_review

TOOLS = ("ruff", "bandit", "radon")


def folder(root: Path) -> Path:
    """Write three packages with findings for every tool, a file beside them, and what is not to be reviewed."""
    folder_to_review(root)
    (root / "setup.py").write_text("import subprocess\nassert subprocess.os\n")
    (root / "notes.txt").write_text("import os\n")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "secret.py").write_text("eval(input())\n")
    return root


def python_files(root: Path) -> list[str]:
    """List the files a review must cover, found in another way than the review finds them."""
    found = (file.relative_to(root) for file in root.rglob("*.py"))
    return sorted(str(file) for file in found if not str(file).startswith("."))


def files_covered(desk: Desk, run_id: str) -> list[str]:
    """List every file of every group the survey made."""
    steps = desk.api("operator").run(run_id)["steps"]
    (survey,) = [step for step in steps if step["path"] == "survey"]
    return sorted(file for package in survey["output"]["packages"] for file in package["files"])


def command_lines(page: Page, path: str = "scan") -> dict[str, str]:
    """Walk through the step drawers of a run's page, by clicks, and return every command line they show, by step."""
    open_step(page, path)
    line = command_line(page)
    lines = {path: line} if line else {}
    for inside in texts(page.locator("#drawer .items [data-step-path]"), "data-step-path"):
        lines |= command_lines(page, inside)
        open_step(page, path)
    return lines


def command_line(page: Page) -> str:
    """Return the command line of the drawer that is open; steps that run no program have none."""
    shown = texts(page.locator("#drawer button.command"), "data-copy")
    assert len(shown) <= 1, "one attempt was enough"
    return "".join(shown)


def open_step(page: Page, path: str) -> None:
    """Click one's way to a step's drawer: from the drawer that is open, else from the track."""
    links = page.locator("#drawer .items li").filter(has=page.locator(f'[href$="?step={quoted(path)}"]')).locator("a")
    if links.count() == 0:
        parent = path.rpartition("/")[0] or path.partition("[")[0]
        if parent != path:
            open_step(page, parent)
        else:
            links = page.locator(f'#run-track a[data-step-path="{path}"]')
    links.first.dispatch_event("click")
    expect(page.locator(f'#drawer .body[data-step-path="{path}"]')).to_be_visible()


def quoted(path: str) -> str:
    """Write a step's path as it stands in an address."""
    return path.replace("[", "%5B").replace("]", "%5D").replace("/", "%2F")


def texts(found: Locator, attribute: str) -> list[str]:
    """Return an attribute of every element that was found."""
    return list(found.evaluate_all("(all, name) => all.map((one) => one.getAttribute(name))", attribute))


def counted_by_hand(lines: dict[str, str]) -> dict[str, int]:
    """Run command lines as an operator would who copied them, and count what each tool finds."""
    counts = dict.fromkeys(TOOLS, 0)
    with ThreadPoolExecutor() as hands:
        said = hands.map(run_by_hand, lines.values())
    for path, text in zip(lines, said, strict=True):
        tool = path.rpartition("/")[2]
        counts[tool] += count_of(tool, json.loads(text))
    return counts | {"total": sum(counts.values())}


def run_by_hand(line: str) -> str:
    """Run one command line in a shell and return what it wrote."""
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60).stdout


def count_of(tool: str, said: object) -> int:
    """Count the findings in what a tool said."""
    match said:
        case list():
            return len(said)
        case {"results": list(results)} if tool == "bandit":
            return len(results)
        case dict():
            return sum(len(blocks) for blocks in said.values() if isinstance(blocks, list))
    raise AssertionError(f"{tool} said {said!r}")


def report(desk: Desk, run_id: str) -> tuple[str, dict[str, object]]:
    """Return the report of a run as it lies on disk, for people and for machines."""
    place = desk.data / "reports" / run_id
    return (place / "report.md").read_text(), json.loads((place / "report.json").read_text())
