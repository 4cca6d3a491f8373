"""Definitions by version: what a run is bound to never changes under it (S21)."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.errors import BrokenError
from orchestrator.models import AgentVersion, WorkflowVersion
from orchestrator.store.library import DjangoLibrary, spec_of

pytestmark = pytest.mark.django_db


def test_a_workflow_is_read_by_name_and_version() -> None:
    for version, agent in (("1", "old"), ("2", "new")):
        source = {"workflow": "library-try", "steps": [{"id": "a", "agent": agent}]}
        WorkflowVersion.objects.create(name="library-try", version=version, source=source)
    library = DjangoLibrary()
    assert [library.workflow("library-try", version).agents for version in ("1", "2")] == [("old",), ("new",)]
    WorkflowVersion.objects.all().delete()
    AgentVersion.objects.all().delete()


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
