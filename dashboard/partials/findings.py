"""Findings of the doctor, gathered for a page: those of one check together, since they have one reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestrator.core.doctor.finding import Finding


@dataclass(slots=True, kw_only=True)
class Kind:
    """What one check has found."""

    check: str
    why: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Return its name in words: `long role`."""
        return self.check.replace("-", " ")


def by_check(found: Iterable[Finding]) -> list[Kind]:
    """Gather findings by their check, the rarest first: what is wrong everywhere is no news."""
    kinds: dict[str, Kind] = {}
    for one in found:
        kinds.setdefault(one.check, Kind(check=one.check, why=one.why)).findings.append(one)
    return sorted(kinds.values(), key=lambda kind: (len(kind.findings), kind.check))
