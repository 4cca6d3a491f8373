"""P3: an orchestrator plans, routes, assembles and judges, and does nothing else; no part of a request is lost."""

from __future__ import annotations

from typing import Any

from orchestrator.core.outcomes import Json
from orchestrator.core.status import RunStatus
from tests.core.patterns.stage import Stage

STEP = {"orchestrator": "chief", "workers": ["counter", "speller"], "with": {"request": "input.request"}}
PLAN = {"parts": ["length", "spelling"], "tasks": [
    {"id": "count", "part": "length", "capability": "count", "input": {"text": "a b"}},
    {"id": "spell", "part": "spelling", "agent": "speller", "input": {"text": "a b"}},
]}  # fmt: skip
MET = {"assembly": {"said": "all"}, "verdicts": [
    {"part": "length", "verdict": "met"}, {"part": "spelling", "verdict": "partly", "why": "one word is unknown"},
]}  # fmt: skip


def orchestrate(plan: Any, assemble: Any, **more: Any) -> Stage:
    def chief(given: dict[str, Any]) -> Json:
        says = plan if given["mode"] == "plan" else assemble
        return says(given) if callable(says) else says

    agents: dict[str, Any] = {"chief": chief, "counter": {"words": 2}, "speller": {"wrong": ["b"]}}
    return Stage([{"id": "o", "orchestrate": {**STEP, **more}}], agents, {"request": "how long, and spelt well?"},
                 counter={"capabilities": ("count",)}, speller={"capabilities": ("spell", "count")})  # fmt: skip


def test_a_request_is_broken_up_routed_done_and_assembled_with_a_verdict_for_each_part() -> None:
    stage = orchestrate(PLAN, MET)
    assert stage.run.status == RunStatus.SUCCEEDED
    assert stage.output("o")["answer"] == {"said": "all"}
    assert [one["verdict"] for one in stage.output("o")["verdicts"]] == ["met", "partly"]
    routed = stage.output("o/Accept")["tasks"][0]
    assert (routed["agent"], routed["route"]) == ("counter", "counter can count; so can speller")
    (given,) = stage.given["o/Assemble[0]/Draft"]
    assert given["results"] == {"count": {"words": 2}, "spell": {"wrong": ["b"]}}


def test_an_assembly_that_misses_a_part_is_refused_by_name() -> None:
    stage = orchestrate(PLAN, {**MET, "verdicts": MET["verdicts"][:1]}, retries=1)
    assert stage.run.status == RunStatus.FAILED
    assert "the assembly misses 'spelling': it has no verdict" in stage.run.reason
    missed = orchestrate(PLAN, {**MET, "verdicts": [MET["verdicts"][0], {"part": "spelling", "verdict": "missed"}]})
    assert "the assembly misses 'spelling'" in missed.run.reason


def test_it_is_told_what_it_missed_and_may_assemble_again() -> None:
    stage = orchestrate(PLAN, lambda given: MET if given["problems"] else {"assembly": "x", "verdicts": []})
    assert stage.run.status == RunStatus.SUCCEEDED
    assert "misses 'length'" in str(stage.given["o/Assemble[1]/Draft"][0]["problems"])


def test_an_orchestrator_that_does_the_work_itself_is_refused() -> None:
    """The trap: the orchestrator as bottleneck or god."""
    stage = orchestrate({**PLAN, "answer": 42}, MET, replans=0)
    assert "'answer' is not an orchestrator's to say in its plan; let a worker do it" in stage.run.reason
    other = orchestrate(PLAN, {**MET, "words": 2}, retries=0)
    assert "'words' is not an orchestrator's to say in its assembly" in other.run.reason


def test_a_part_without_a_task_and_a_skill_nobody_has_are_told_to_it() -> None:
    singing = {**PLAN["tasks"][0], "capability": "sing"}
    stage = orchestrate({"parts": ["length", "tone"], "tasks": [singing]}, MET, replans=0)
    assert "no worker can 'sing'" in stage.run.reason
    assert "part 'tone' has no task" in stage.run.reason
