"""What is kept of a workflow is what runs: its patterns written out, so that another version of one changes no run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from orchestrator.core.definition import Workflow
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.catalogue import PARSERS
from orchestrator.core.patterns.contract import Made, PatternParser
from orchestrator.core.tree import from_plain, made
from orchestrator.core.validate import read_workflow
from tests.core import workflows as some


class Twice:
    """Calls an agent so many times, one after another."""

    name, fields, view = "twice", (), ""
    times = 2

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        return {"sequence": [{"id": f"Call_{number}", "agent": step.own} for number in range(self.times)]}


@pytest.fixture
def twice(monkeypatch: pytest.MonkeyPatch) -> Twice:
    pattern = Twice()
    monkeypatch.setitem(PARSERS, "twice", PatternParser(pattern))
    return pattern


def read_frozen(workflow: Workflow) -> Workflow:
    found = read_workflow(made(from_plain(workflow.frozen)), None)
    assert isinstance(found, Workflow), found
    return found


STEPS: list[dict[str, Any]] = [
    {"id": "a", "twice": "quick", "when": "input.n > 1"},
    {"id": "m", "map": {"over": "input.list", "do": [{"id": "b", "twice": "slow", "optional": True}]}},
]


def test_a_pattern_that_is_written_otherwise_changes_nothing_that_was_kept(twice: Twice) -> None:
    before = some.workflow(*STEPS)
    twice.times = 3
    assert read_frozen(before).root == before.root
    after = some.workflow(*STEPS)
    assert after.root != before.root
    assert after.version != before.version, "so that whoever applies it again gets the new one"


def test_what_has_no_pattern_is_kept_as_it_is_and_its_version_is_that_of_its_content() -> None:
    assert some.workflow({"id": "a", "agent": "quick"}).frozen is None


def test_nobody_can_write_what_only_a_kept_workflow_says() -> None:
    source = {"workflow": "try", "steps": [{"id": "a", "agent": "quick", "pattern": "debate"}]}
    found = read_workflow(from_plain(source), None)
    assert not isinstance(found, Workflow)
    assert found[0].message == "'pattern' is not a field of a step"


@settings(max_examples=200, deadline=None)
@given(source=some.workflows())
def test_any_workflow_is_the_same_once_it_is_written_out(source: some.Source) -> None:
    workflow = some.read(source)
    if workflow.frozen is not None:
        assert read_frozen(workflow).root == workflow.root
        assert read_frozen(workflow).agents == workflow.agents
