"""Ranks findings and says in a few lines what matters. The same findings always give the same words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from examples.repo_review.kinds import Counts, Critique, Finding, Rank, Sections, Severity, Unread

WEIGHTS: dict[Severity, int] = {"high": 10, "medium": 3, "low": 1}
_MOST_RANKS = 50
_SHOWN = 5


def critique_of(sections: Sections) -> Critique:
    """Rank what was found and summarise it."""
    findings = [*sections["ruff"], *sections["bandit"], *sections["radon"]]
    ranking = ranked(findings)
    lines = [_headline(sections), *_pressing(ranking), *_files(findings), *_unread(sections["unread"])]
    return Critique(summary="\n".join(lines), counts=sections["counts"], ranking=ranking[:_MOST_RANKS])


def ranked(findings: Iterable[Finding]) -> list[Rank]:
    """Group findings by rule; the first is the gravest and most widespread."""
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding["tool"], finding["rule"], finding["severity"]].append(finding)
    return sorted(map(_rank, groups.values()), key=lambda rank: (-rank["score"], rank["tool"], rank["rule"]))


def _rank(group: list[Finding]) -> Rank:
    """Score a rule: how grave, times how often and in how many files."""
    first = min(group, key=lambda finding: (finding["file"], finding["line"]))
    files = len({finding["file"] for finding in group})
    return Rank(
        tool=first["tool"],
        rule=first["rule"],
        severity=first["severity"],
        count=len(group),
        files=files,
        score=WEIGHTS[first["severity"]] * (len(group) + files),
        message=first["message"],
        example=f"{first['file']}:{first['line']}",
    )


def _headline(sections: Sections) -> str:
    counts: Counts = sections["counts"]
    files, packages = _counted(sections["files"], "Python file"), _counted(sections["packages"], "package")
    looked = f"Reviewed {files} in {packages}."
    if not counts["total"]:
        return f"{looked} Nothing was found."
    tools = ", ".join(f"{name} {counts[name]}" for name in ("ruff", "bandit", "radon"))
    return f"{looked} **{counts['total']} findings**: {tools}."


def _pressing(ranking: list[Rank]) -> list[str]:
    lines = [
        f"{number}. `{rank['rule']}` ({rank['tool']}, {rank['severity']}): {rank['message']} – "
        f"{_times(rank['count'])} in {_counted(rank['files'], 'file')}, first at `{rank['example']}`"
        for number, rank in enumerate(ranking[:_SHOWN], start=1)
    ]
    return ["", "**Most pressing**", "", *lines] if lines else []


def _files(findings: list[Finding]) -> list[str]:
    scores: Counter[str] = Counter()
    for finding in findings:
        scores[finding["file"]] += WEIGHTS[finding["severity"]]
    worst = sorted(scores, key=lambda file: (-scores[file], file))[:_SHOWN]
    found = Counter(finding["file"] for finding in findings)
    lines = [f"- `{file}`: {_counted(found[file], 'finding')}" for file in worst]
    return ["", "**Files to look at first**", "", *lines] if lines else []


def _unread(unread: list[Unread]) -> list[str]:
    lines = [f"- `{one['file']}` ({one['tool']}): {one['reason']}" for one in unread[:_SHOWN]]
    more = [f"- and {len(unread) - _SHOWN} more"] if len(unread) > _SHOWN else []
    return ["", "**Not looked at**", "", *lines, *more] if lines else []


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
