"""Writes a review to disk: as Markdown for people and as JSON for machines, each file whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

from examples.repo_review.kinds import Counts, Finding, Published, Rank, Sections


def publish_to(folder: Path, root: str, summary: str, ranking: list[Rank], sections: Sections) -> Published:
    """Write both files; done again, they are the same."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counts = sections["counts"]
    data = {"root": root, "summary": summary, "counts": counts, "ranking": ranking, "sections": sections}
    report, machine = folder / "report.md", folder / "report.json"
    _replace(machine, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    _replace(report, markdown(root, summary, ranking, sections))
    return Published(report=str(report), data=str(machine), counts=counts)


def markdown(root: str, summary: str, ranking: list[Rank], sections: Sections) -> str:
    """Write the report for people."""
    parts = [f"# Review of {Path(root).name}", f"Folder: `{root}`", summary.strip(), _ranking(ranking)]
    parts += [_section("ruff", sections["ruff"]), _section("bandit", sections["bandit"])]
    parts += [_section("radon", sections["radon"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _ranking(ranking: list[Rank]) -> str:
    if not ranking:
        return ""
    rows = [
        f"| {rank['score']} | {rank['tool']} | {rank['rule']} | {rank['severity']} "
        f"| {rank['count']} | {rank['files']} |"
        for rank in ranking
    ]
    head = "| score | tool | rule | severity | findings | files |\n|--:|---|---|---|--:|--:|"
    return "\n".join(["## Ranking", "", head, *rows])


def _section(name: str, findings: list[Finding]) -> str:
    rows = [
        f"| `{finding['file']}:{finding['line']}` | {finding['rule']} | {finding['severity']} | "
        f"{_cell(finding['message'])} |"
        for finding in findings
    ]
    title = f"## {name}: {len(findings)}"
    return "\n".join([title, "", "| place | rule | severity | what |\n|---|---|---|---|", *rows]) if rows else title


def _cell(text: str) -> str:
    """Keep a text inside its cell: it comes from reviewed code."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _replace(file: Path, text: str) -> None:
    """Put a file in place whole: a reader sees the old one or the new one, never half of one."""
    for left in file.parent.glob(f".{file.name}.*.tmp"):
        left.unlink(missing_ok=True)  # by an earlier attempt, which has died or whose report nobody takes any more
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, file)
