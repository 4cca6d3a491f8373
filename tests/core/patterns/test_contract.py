"""How a pattern is written out: as steps with ids nobody can write, and with problems told where a builder wrote."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.definition import Workflow
from orchestrator.core.ids import StepPath
from orchestrator.core.lookup import node_at
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.catalogue import PARSERS
from orchestrator.core.patterns.contract import Made, PatternParser, beside
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from tests.core.play import Play
from tests.core.workflows import AGENTS, workflow


class Twice:
    """Calls an agent, and again with what it said."""

    name, fields, view = "twice", ("timeout",), "rounds"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        if not isinstance(step.own.value, str):
            reader.wrong(step.own, "must be an agent's name", "write twice: NAME")
            return None
        second = {"id": "Second", "agent": step.own, "with": {"said": "steps.First.output"}}
        return {"sequence": [{"id": "First", "agent": step.own, **beside(step, "timeout")}, second]}


@pytest.fixture(autouse=True)
def _twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARSERS, "twice", PatternParser(Twice()))


def problems(*steps: dict[str, Any]) -> list[tuple[str, str]]:
    source = {"workflow": "try", "steps": list(steps)}
    found = read_workflow(from_plain(source), {spec.name: spec for spec in AGENTS})
    return [] if isinstance(found, Workflow) else [(one.path, one.message) for one in found]


def test_a_pattern_runs_as_the_steps_it_stands_for() -> None:
    made = Play(workflow({"id": "ask", "twice": "quick"}, {"id": "then", "agent": "slow"}), {"n": 1})
    made.start()
    made.report("ask/First", "yes")
    assert made.step("ask/Second").input == {"said": "yes"}
    made.report("ask/Second", "sure")
    assert made.step("then").input == {"value": "sure"}


def test_its_node_says_which_pattern_it_was_and_keeps_what_every_step_has() -> None:
    step = {"id": "ask", "twice": "quick", "when": "input.n > 1", "optional": True}
    node = node_at(workflow(step), StepPath("ask"))
    assert (node.pattern, node.kind, node.when, node.optional) == ("twice", "sequence", "input.n > 1", True)


def test_problems_stand_where_a_builder_wrote() -> None:
    assert problems({"id": "ask", "twice": ["quick"]}) == [("steps[0].twice", "must be an agent's name")]
    assert problems({"id": "ask", "twice": "nobody"}) == [("steps[0].twice", "there is no agent 'nobody'")]


def test_nobody_can_write_the_ids_that_a_pattern_gives() -> None:
    assert [message for _, message in problems({"id": "First", "agent": "quick"})] == ["'First' cannot be an id"]
    assert problems({"id": "first", "agent": "quick"}, {"id": "ask", "twice": "quick"}) == []


def test_its_condition_is_checked_once_and_patterns_stand_anywhere() -> None:
    inner = {"id": "two", "parallel": {"branches": {"a": {"twice": "quick"}, "b": {"twice": "slow", "when": "input"}}}}
    made = Play(workflow({"id": "ask", "map": {"over": "input", "do": [inner]}}), [1])
    made.start()
    assert made.has("ask[0]/two/a/First")
    assert problems({"id": "ask", "twice": "quick", "when": "1"}) == [
        ("steps[0].when", "a condition is true or false, this is a whole number")
    ]
