"""What the agents of the repository review hand each other: the contracts come from these."""

from __future__ import annotations

from typing import Literal, TypedDict

Severity = Literal["high", "medium", "low"]
Tool = Literal["ruff", "bandit", "radon"]


class Package(TypedDict):
    """Files that the tools look at together."""

    name: str
    files: list[str]


class Survey(TypedDict):
    """A folder's Python files, each in exactly one package."""

    root: str
    packages: list[Package]
    files: int
    skipped: int
    """Links, very large files, and files whose names are not text."""


class Finding(TypedDict):
    """One thing a tool has to say."""

    tool: Tool
    package: str
    file: str
    line: int
    rule: str
    severity: Severity
    message: str


class Unread(TypedDict):
    """A file a tool could not read, or a package it could not look at."""

    tool: Tool
    file: str
    reason: str


class Counts(TypedDict):
    """How many findings there are, by tool and in all."""

    ruff: int
    bandit: int
    radon: int
    total: int


class Sections(TypedDict):
    """All findings, a section for each tool."""

    ruff: list[Finding]
    bandit: list[Finding]
    radon: list[Finding]
    unread: list[Unread]
    counts: Counts
    files: int
    packages: int


class Rank(TypedDict):
    """One rule with everything found under it."""

    tool: Tool
    rule: str
    severity: Severity
    count: int
    files: int
    score: int
    message: str
    example: str
    """The first place, as file:line."""


class Critique(TypedDict):
    """What matters most, and a summary for whoever decides."""

    summary: str
    """Markdown."""
    counts: Counts
    ranking: list[Rank]


class Published(TypedDict):
    """Where the report stands."""

    report: str
    data: str
    counts: Counts
