"""Definitions by version: what a run is bound to never changes under it (S21)."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec, Lane, content_of, spec_of
from orchestrator.core.definition import Workflow
from orchestrator.core.errors import BrokenError
from orchestrator.core.outcomes import Json
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.engine.ports import Tx
from orchestrator.models import AgentVersion, WorkflowVersion
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.store import DjangoStore

pytestmark = pytest.mark.django_db


def test_a_workflow_is_read_by_name_and_version() -> None:
    for version, agent in (("1", "old"), ("2", "new")):
        source = {"workflow": "library-try", "steps": [{"id": "a", "agent": agent}]}
        WorkflowVersion.objects.create(name="library-try", version=version, source=source)
    library = DjangoLibrary()
    assert [library.workflow("library-try", version).agents for version in ("1", "2")] == [("old",), ("new",)]
    WorkflowVersion.objects.all().delete()
    AgentVersion.objects.all().delete()


def test_a_workflow_that_no_file_holds_is_kept_once_with_the_transaction_that_asks_for_it() -> None:
    """P3, P6, P12: plans and calls come about in a transaction of the store, which Django does not know of."""
    source: Json = {"workflow": "library-plan", "steps": [{"id": "a", "agent": "x"}]}
    flow = read_workflow(from_plain(source), None)
    assert isinstance(flow, Workflow)
    library, store = DjangoLibrary(), DjangoStore()

    def fail(tx: Tx) -> None:
        library.define(flow, source)
        raise KeyError

    with pytest.raises(KeyError):
        store.transact(fail)
    assert not WorkflowVersion.objects.filter(name="library-plan").exists()
    for _ in range(2):
        store.transact(lambda tx: library.define(flow, source))
    row = WorkflowVersion.objects.get(name="library-plan")
    assert (row.version, row.source, row.is_current) == (flow.version, source, False)
    assert row.created_at is not None
    WorkflowVersion.objects.all().delete()


def test_a_version_that_cannot_be_read_any_more_is_for_an_operator() -> None:
    WorkflowVersion.objects.create(
        name="library-broken", version="1", source={"workflow": "library-broken", "steps": 5}
    )
    with pytest.raises(BrokenError, match="version 1 of workflow 'library-broken' can't be read any more"):
        DjangoLibrary().workflow("library-broken", "1")
    WorkflowVersion.objects.all().delete()


def test_the_current_versions_of_agents_are_those_marked_so() -> None:
    for version, current in ((1, False), (2, True)):
        AgentVersion.objects.create(name="library-agent", version=version, digest="d", spec={}, is_current=current)
    AgentVersion.objects.create(name="library-other", version=7, digest="d", spec={})
    assert DjangoLibrary().current(["library-agent", "nobody"]) == {"library-agent": 2}
    AgentVersion.objects.all().delete()


def test_a_contract_is_made_of_what_is_stored() -> None:
    spec = spec_of({"name": "x", "role": "r", "runtime": "callable", "lane": "quick", "capabilities": ["a"]}, 3)
    assert (spec.version, spec.lane, spec.capabilities, spec.timeout_seconds) == (3, Lane.QUICK, ("a",), 60.0)
    assert spec_of({"name": "x", "role": "r", "runtime": "command"}, 1).lane == Lane.SLOW


def test_who_has_a_capability_is_found_whatever_characters_are_in_its_name() -> None:
    able = {"able-1": "search", "able-2": "prüfen", "able-3": 'say "no"', "able-4": "a\\b", "able-5": "100 %_"}
    for name, capability in able.items():
        spec = AgentSpec(name=name, role="Can.", runtime="callable", capabilities=(capability,))
        AgentVersion.objects.create(name=name, version=1, spec=content_of(spec), digest="d", is_current=True)
    assert [DjangoLibrary().capable(one) for one in able.values()] == [[name] for name in able]
