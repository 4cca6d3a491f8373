"""C2: the cheapest agent is asked first, and the next one only where what it made does not hold."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.events import HandoffJudged
from orchestrator.core.outcomes import Json, Ok, Outcome, Usage
from orchestrator.core.status import RunStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.engine.ports import Claim
from tests.core.patterns.stage import Stage
from tests.core.workflows import AGENTS

JUDGES: dict[str, Any] = {"output_schema": {"type": "object", "required": ["passed"], "properties": {
    "passed": {"type": "boolean"}, "why": {"type": "string"}}}}  # fmt: skip
STEP: dict[str, Any] = {"agents": ["small", "large"], "with": {"n": "input.n"}, "check": {"enough": "output.n > 5"}}


def climbed(small: Any, large: Any) -> Stage:
    return Stage([{"id": "l", "ladder": STEP}], {"small": small, "large": large}, {"n": 1})


def test_what_is_cheap_and_good_enough_is_the_answer() -> None:
    stage = climbed({"n": 9}, {"n": 99})
    assert (stage.run.status, stage.output("l"), list(stage.given)) == (RunStatus.SUCCEEDED, {"n": 9}, ["l/Work"])


def test_the_next_agent_is_asked_once_where_it_is_not() -> None:
    stage = climbed({"n": 1}, {"n": 99})
    assert (stage.output("l"), list(stage.given)) == ({"n": 99}, ["l/Work", "l/Work#2"])
    assert stage.step("l/Work#2").agent == "large"


def test_nobody_tries_twice_and_the_last_failure_is_named() -> None:
    stage = climbed({"n": 1}, {"n": 2})
    assert stage.run.status == RunStatus.FAILED
    assert "enough" in stage.run.reason
    assert len(stage.given) == 2


def test_a_ladder_that_could_never_climb_is_refused() -> None:
    source = {"workflow": "try", "steps": [{"id": "l", "ladder": {"agents": ["quick", "slow"]}}]}
    found = read_workflow(from_plain(source), {spec.name: spec for spec in AGENTS})
    assert not isinstance(found, Workflow)
    assert [(one.path, one.message) for one in found] == [("steps[0].ladder", "a ladder needs 'check' or 'judge'")]


LEVELS = {**STEP, "agents": {"easy": "small", "medium": "middle", "hard": "large"}, "difficulty": "input.difficulty"}
THREE: dict[str, Any] = {"small": {"n": 1}, "middle": {"n": 9}, "large": {"n": 99}}


class Metered(Stage):
    """Each call costs what its agent costs."""

    prices: ClassVar[dict[str, str]] = {"small": "0.001", "middle": "0.01", "large": "0.1"}

    def _act(self, claim: Claim, given: dict[str, Json]) -> Outcome:
        outcome = super()._act(claim, given)
        usage = Usage(cost_usd=Decimal(self.prices[claim.agent]), tokens=100)
        return replace(outcome, usage=usage) if isinstance(outcome, Ok) else outcome


def begun(difficulty: str, **agents: Any) -> Metered:
    return Metered([{"id": "l", "ladder": LEVELS}], {**THREE, **agents}, {"n": 1, "difficulty": difficulty})


def judged(stage: Stage) -> list[HandoffJudged]:
    facts = [stage.store.tables.events[key].fact for key in sorted(stage.store.tables.events)]
    return [fact for fact in facts if isinstance(fact, HandoffJudged)]


@pytest.mark.parametrize(("difficulty", "asked", "cost"), [
    ("easy", ["small", "middle"], "0.011"), ("medium", ["middle"], "0.01"), ("hard", ["large"], "0.1"),
    ("dreadful", ["small", "middle"], "0.011"),
])  # fmt: skip
def test_c2_the_declared_difficulty_says_where_to_begin_and_a_failed_check_goes_up(
    difficulty: str, asked: list[str], cost: str
) -> None:
    """C2: what was paid and why it went up stand in the run."""
    stage = begun(difficulty)
    said = judged(stage)
    assert (stage.run.status, [one.agent for one in said]) == (RunStatus.SUCCEEDED, asked)
    assert [(one.verdict, one.failed) for one in said] == [*[("reroute", ("enough",))] * (len(said) - 1), ("pass", ())]
    assert Decimal(str(stage.run.cost_usd)) == Decimal(cost)
    assert stage.run.tokens == 100 * len(asked)


def test_above_the_last_rung_there_is_nobody() -> None:
    stage = begun("hard", large={"n": 2})
    assert (stage.run.status, len(judged(stage))) == (RunStatus.FAILED, 1)
    assert "enough" in stage.run.reason


def test_a_judge_decides_to_go_up_where_no_rule_can_tell() -> None:
    judge = {**LEVELS, "judge": "critic"}
    del judge["check"]
    verdicts = iter([{"passed": False, "why": "too short"}, {"passed": True, "why": ""}])
    stage = Stage([{"id": "l", "ladder": judge}], {**THREE, "critic": lambda given: next(verdicts)},
                  {"n": 1, "difficulty": "easy"}, critic=JUDGES)  # fmt: skip
    assert [(one.agent, one.verdict, one.why) for one in judged(stage)] == [
        ("small", "reroute", "judge (too short)"), ("middle", "pass", ""),
    ]  # fmt: skip


def test_a_difficulty_that_is_one_of_the_levels_needs_no_branch() -> None:
    stage = Stage([{"id": "l", "ladder": {**LEVELS, "difficulty": "hard"}}], THREE, {"n": 1})
    assert list(stage.given) == ["l/Work"]
    assert stage.step("l/Work").agent == "large"


@pytest.mark.parametrize(("change", "place", "words"), [
    ({"agents": ["small", "large"]}, "difficulty", "'difficulty' needs the level that each agent is fit for"),
    ({"difficulty": None}, "agents", "levels need 'difficulty', which says where to begin"),
    ({"difficulty": "input."}, "difficulty", ""),
    ({"check": {"enough": "output.n >"}}, "check.enough", ""),
])  # fmt: skip
def test_a_slip_is_told_once_at_its_place(change: dict[str, Any], place: str, words: str) -> None:
    step = {name: value for name, value in {**LEVELS, **change}.items() if value is not None}
    specs = {name: AgentSpec(name=name, role="Is tried.", runtime="scripted") for name in THREE}
    found = read_workflow(from_plain({"workflow": "try", "steps": [{"id": "l", "ladder": step}]}), specs)
    assert not isinstance(found, Workflow)
    assert [one.path for one in found] == [f"steps[0].ladder.{place}"]
    assert words in found[0].message
