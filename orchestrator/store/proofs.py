"""What saved examples say of versions of agents, by the latest trial of each (A4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from orchestrator.core.trials import Proof, proof
from orchestrator.models import AgentVersion, Trial


def proofs(agents: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Proof]:
    """Say of each of these versions what its examples say, in two questions; those there are not are left out."""
    wanted = sorted(set(agents))
    if not wanted:
        return {}
    which = Q(pk__in=[])
    for name, version in wanted:
        which |= Q(name=name, version=version)
    specs = {(row.name, row.version): _examples(row) for row in AgentVersion.objects.filter(which)}
    names = [name for name, _ in wanted]
    passed: dict[tuple[str, int], dict[str, bool]] = {}
    rows = Trial.objects.filter(agent__in=names, passed__isnull=False)
    for agent, version, example, good in rows.values_list("agent", "version", "example", "passed"):
        passed.setdefault((agent, version), {})[example] = bool(good)
    return {key: proof(examples, passed.get(key, {})) for key, examples in specs.items()}


def _examples(row: AgentVersion) -> list[str]:
    return [str(one["name"]) for one in row.spec.get("examples", ())]
