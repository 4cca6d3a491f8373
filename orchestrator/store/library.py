"""Definitions by the versions runs are bound to. A version never changes, so each is read once a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from django.db import DEFAULT_DB_ALIAS
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.definition import Workflow
from orchestrator.core.errors import BrokenError
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import listed
from orchestrator.core.tree import from_plain, made
from orchestrator.core.trials import Proof
from orchestrator.core.validate import read_workflow
from orchestrator.models import AgentVersion, WorkflowVersion
from orchestrator.reliability.trust import Measured
from orchestrator.store import measured
from orchestrator.store.proofs import proofs
from orchestrator.store.store import reading


class DjangoLibrary:
    """See the module."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._recent = measured.Recent()

    def workflow(self, name: str, version: str) -> Workflow:
        """Return a version of a workflow."""
        with reading():
            return _workflow(name, version)

    def agent(self, name: str, version: int) -> AgentSpec:
        """Return a version of an agent."""
        with reading():
            return _agent(name, version)

    def current(self, names: Sequence[str]) -> dict[str, int]:
        """Return the current versions of agents."""
        found = AgentVersion.objects.filter(name__in=names, is_current=True)
        return dict(found.values_list("name", "version"))

    def capable(self, capability: str) -> list[str]:
        """Return the agents whose current versions can do something; their contracts are searched for it."""
        rows = AgentVersion.objects.filter(is_current=True, spec__contains=codec.dumps(capability)).order_by("name")
        found = rows.values_list("name", "version")
        return [name for name, version in found if capability in _agent(name, version).capabilities]

    def measured(self, agents: Mapping[str, Sequence[str]]) -> Measured:
        """Return how the latest work of agents came out, what they have in hand, and who gets no work now."""
        return Measured(records=self._recent.records([*agents]), denied=measured.denied(agents))

    def current_workflow(self, name: str) -> str | None:
        """Return the current version of a workflow, or None when there is none."""
        found = WorkflowVersion.objects.filter(name=name, is_current=True)
        return found.values_list("version", flat=True).first()

    def proven(self, agents: Mapping[str, int]) -> dict[str, bool]:
        """Tell of each of these versions whether the latest trial of every saved example passed, and there is one."""
        found = proofs(agents.items())
        return {name: found.get((name, version)) is Proof.PROVEN for name, version in agents.items()}

    def define(self, workflow: Workflow, source: Json) -> None:
        """Keep a workflow that no file holds, in the transaction that is open on this thread."""
        row = WorkflowVersion(name=workflow.name, version=workflow.version, role=workflow.role, source=source,
                              frozen=workflow.frozen, is_current=False)  # fmt: skip
        # Django's own ways to insert open a transaction of theirs, and the store's is none that Django knows of.
        query = InsertQuery(WorkflowVersion, on_conflict=OnConflict.IGNORE)
        query.insert_values([one for one in WorkflowVersion._meta.concrete_fields if not one.primary_key], [row])
        query.get_compiler(DEFAULT_DB_ALIAS).execute_sql()


@lru_cache(maxsize=512)
def _workflow(name: str, version: str) -> Workflow:
    row = WorkflowVersion.objects.get(name=name, version=version)
    # As it was written out when it was applied: a pattern that is written otherwise today changes no run of yesterday.
    tree = from_plain(row.source) if row.frozen is None else made(from_plain(row.frozen))
    read = read_workflow(tree, None)
    if not isinstance(read, Workflow):
        raise BrokenError(f"version {version} of workflow '{name}' can't be read any more: {listed(read)}", read)
    return replace(read, version=version)


@lru_cache(maxsize=2048)
def _agent(name: str, version: int) -> AgentSpec:
    row = AgentVersion.objects.get(name=name, version=version)
    return spec_of(row.spec, version)
