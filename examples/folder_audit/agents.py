"""The audit's planner, its checks and its report. The planner's rules are in `planning`; Python's in `python`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypedDict

from examples.folder_audit.planning import Plan, files_of, planned
from examples.folder_audit.python import faults_in
from examples.prose import PROJECT, Text, plain
from examples.text_report.counting import figures_of
from orchestrator import agents
from orchestrator.files.yaml_text import read_text

_HARD = 30.0
"""Flesch reading ease below which a text is hard to read."""
_LINES = (
    (re.compile(r"[ \t]+$", re.M), "blanks at the end of a line"),
    (re.compile(r"^(?:<<<<<<<|>>>>>>>) ", re.M), "a conflict that was not settled"),
    (re.compile(r"(?<!\n)\Z(?<=.)", re.S), "no end of line at the end"),
)


class Found(TypedDict):
    """What a check found."""

    looked: int
    """Files that were looked at."""
    findings: list[str]


class Report(TypedDict):
    """What all checks found."""

    root: str
    summary: str
    findings: list[str]


@agents.agent(role="Plans by rules which checks a folder needs.", owner="signalbox", capabilities=["plan"])
def audit_planner(ctx: agents.Context, folder: str, long: int, agents: dict[str, object], problems: str) -> Plan:
    """Look at a folder under the configured roots, by default Signalbox's examples, and plan for what is there."""
    if problems:
        raise ValueError(f"the plan was refused, and rules would make the same one again: {problems}")
    root = ctx.folder(folder.strip() or str(PROJECT / "examples"))
    made = planned(str(root), files_of(root), agents, long)
    ctx.progress(1, ", ".join(task["id"] for task in made["tasks"]))
    return made


@agents.agent(
    role="Finds functions that are too long, and traps, in Python files.", owner="signalbox", capabilities=["check"]
)
def audit_python(ctx: agents.Context, root: str, files: list[str], long: int) -> Found:
    """Look at each file; one that cannot be parsed is a finding."""
    return _looked(ctx, root, files, lambda text: faults_in(text, long))


@agents.agent(role="Reads YAML files strictly.", owner="signalbox", capabilities=["check"])
def audit_yaml(ctx: agents.Context, root: str, files: list[str]) -> Found:
    """Read each file as Signalbox reads definitions."""
    return _looked(ctx, root, files, lambda text: [str(fault) for fault in read_text(text).faults])


@agents.agent(role="Finds texts that are hard to read.", owner="signalbox", capabilities=["check"])
def audit_texts(ctx: agents.Context, root: str, files: list[str]) -> Found:
    """Measure the reading ease of each text."""

    def faults(text: str) -> list[str]:
        ease = figures_of(Text(name="", text=plain(text)))["ease"]
        return [f"hard to read, reading ease {ease}"] if plain(text) and ease < _HARD else []

    return _looked(ctx, root, files, faults)


@agents.agent(role="Finds what does not belong into lines of text files.", owner="signalbox", capabilities=["check"])
def audit_lines(ctx: agents.Context, root: str, files: list[str]) -> Found:
    """Look for blanks, conflicts and missing ends."""
    return _looked(ctx, root, files, lambda text: [reason for pattern, reason in _LINES if pattern.search(text)])


@agents.agent(role="Puts what checks found into one report.", owner="signalbox", capabilities=["report"], inline=True)
def audit_report(
    root: str,
    python: Found | None = None,
    yaml: Found | None = None,
    texts: Found | None = None,
    lines: Found | None = None,
) -> Report:
    """Put together whichever checks were planned."""
    done = {"python": python, "yaml": yaml, "texts": texts, "lines": lines}
    checks = {name: one for name, one in done.items() if one is not None}
    said = [f"{name}: {len(one['findings'])} in {one['looked']} files" for name, one in checks.items()]
    return Report(
        root=root,
        summary="; ".join(said) or "there is nothing to check here",
        findings=[f"{name}: {finding}" for name, one in checks.items() for finding in one["findings"]],
    )


def _looked(ctx: agents.Context, root: str, files: list[str], faults: Callable[[str], Iterable[str]]) -> Found:
    """Look at each file in turn; a name that leads out of the folder fails."""
    folder, findings = ctx.folder(root), list[str]()
    for number, file in enumerate(files, start=1):
        findings += [f"{file}: {fault}" for fault in faults(_text(folder, file))]
        ctx.progress(number / len(files), f"{number} of {len(files)} files, {len(findings)} findings")
    return Found(looked=len(files), findings=findings)


def _text(folder: Path, file: str) -> str:
    found = (folder / file).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise ValueError(f"'{file}' lies outside of {folder}; name files below it")
    return found.read_text(errors="replace")
