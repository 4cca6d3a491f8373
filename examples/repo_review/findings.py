"""Reads what ruff, bandit and radon write, each in its own shape, as findings of one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from examples.repo_review.kinds import Finding, Severity, Tool, Unread

_RUFF_HIGH = ("invalid-syntax", "E9", "F82", "F63", "F70")
_RUFF_MEDIUM = ("F", "B", "PLE", "ASYNC")
_BANDIT: Mapping[str, Severity] = {"HIGH": "high", "MEDIUM": "medium"}
_RADON: Mapping[str, Severity] = {"C": "low", "D": "medium", "E": "high", "F": "high"}


@dataclass(frozen=True, slots=True)
class Read:
    """What a tool said of one package."""

    findings: list[Finding]
    unread: list[Unread] = field(default_factory=list)


def ruff(result: Any, package: str, root: str) -> Read:
    """Read ruff's list."""
    return Read([_line(item, package, root) for item in result])


def bandit(result: Any, package: str, root: str) -> Read:
    """Read bandit's results, and the files it could not parse."""
    unread = [
        Unread(tool="bandit", file=_inside(item["filename"], root), reason=item["reason"]) for item in result["errors"]
    ]
    return Read([_risk(item, package, root) for item in result["results"]], unread)


def radon(result: Any, package: str, root: str) -> Read:
    """Read radon's blocks that are too complex, and the files it could not parse."""
    read = Read([])
    for file, blocks in result.items():
        path = _inside(file, root)
        if isinstance(blocks, dict):
            read.unread.append(Unread(tool="radon", file=path, reason=str(blocks.get("error", "unknown"))))
        else:
            read.findings.extend(_block(block, package, path) for block in blocks)
    return read


READERS: Mapping[Tool, Callable[[Any, str, str], Read]] = {"ruff": ruff, "bandit": bandit, "radon": radon}


def _line(item: Any, package: str, root: str) -> Finding:
    code = str(item.get("code") or item.get("name") or "unknown")
    file, line = _inside(item["filename"], root), int(item["location"]["row"])
    return _finding("ruff", package, file, line, code, _ruff_severity(code), item["message"])


def _risk(item: Any, package: str, root: str) -> Finding:
    severity = _BANDIT.get(item["issue_severity"], "low")
    file, line = _inside(item["filename"], root), int(item["line_number"])
    return _finding("bandit", package, file, line, item["test_id"], severity, item["issue_text"])


def _block(block: Any, package: str, file: str) -> Finding:
    rank = str(block["rank"])
    name = ".".join(filter(None, (block.get("classname"), block["name"])))
    message = f"{block['type']} {name} has a complexity of {block['complexity']}"
    return _finding(
        "radon", package, file, int(block["lineno"]), f"complexity-{rank}", _RADON.get(rank, "low"), message
    )


def _ruff_severity(code: str) -> Severity:
    if code.startswith(_RUFF_HIGH):
        return "high"
    return "medium" if code.startswith(_RUFF_MEDIUM) else "low"


def _inside(file: str, root: str) -> str:
    """Write a file's path as seen from the root; the tools differ in how they write it."""
    path = PurePosixPath(file)
    return str(path.relative_to(root)) if path.is_absolute() and path.is_relative_to(root) else str(path)


def _finding(tool: Tool, package: str, file: str, line: int, rule: str, severity: Severity, message: str) -> Finding:
    return Finding(
        tool=tool,
        package=package,
        file=file,
        line=line,
        rule=rule,
        severity=severity,
        message=" ".join(message.split()),
    )
