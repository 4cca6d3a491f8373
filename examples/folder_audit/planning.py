"""The rules of the audit's planner: which check is worth doing for which files, and who waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

_CHECKS = {
    "python": ("audit-python", (".py",)),
    "yaml": ("audit-yaml", (".yaml", ".yml")),
    "texts": ("audit-texts", (".md",)),
    "lines": ("audit-lines", (".py", ".yaml", ".yml", ".md", ".txt", ".toml", ".html", ".css", ".js")),
}
"""Name of a check to who does it, and to the endings of files it looks at."""
MOST_FILES = 400
"""For one check; what goes beyond is left out, and said."""
_MOST_BYTES = 500_000


class Task(TypedDict):
    """One task of a plan."""

    id: str
    agent: str
    input: dict[str, object]
    done_when: NotRequired[list[str]]
    why: str


class Plan(TypedDict):
    """What a planner returns."""

    tasks: list[Task]
    output: str


def files_of(root: Path) -> list[str]:
    """Return the files below a folder by name, without hidden ones, links, giants and what tools leave behind."""
    found = (file for file in root.rglob("*") if file.is_file() and not file.is_symlink())
    names = (file.relative_to(root) for file in found if file.stat().st_size <= _MOST_BYTES)
    return sorted(str(name) for name in names if not any(part.startswith((".", "__pycache__")) for part in name.parts))


def planned(root: str, files: Iterable[str], known: Mapping[str, object], long: int) -> Plan:
    """Return a check for each kind of file that is there and that somebody may look at, and a report on all of them."""
    found, listed = [], list(files)
    for name, (agent, endings) in _CHECKS.items():
        mine = [file for file in listed if file.endswith(endings)]
        if mine and agent in known:
            found.append(_task(name, agent, root, mine, long))
    sources: dict[str, object] = {task["id"]: {"from": task["id"]} for task in found}
    why = f"puts {len(found)} checks together"
    report = Task(id="report", agent="audit-report", input={"root": root, **sources}, why=why)
    return Plan(tasks=[*found, report], output="report")


def _task(name: str, agent: str, root: str, files: list[str], long: int) -> Task:
    given: dict[str, object] = {"root": root, "files": files[:MOST_FILES]}
    if name == "python":
        given["long"] = long
    beyond = f", {len(files) - MOST_FILES} more are left out" if len(files) > MOST_FILES else ""
    why = f"{min(len(files), MOST_FILES)} files{beyond}"
    looked = f"output.looked == {min(len(files), MOST_FILES)}"
    return Task(id=name, agent=agent, input=given, done_when=[looked], why=why)
