"""What a result lacks is said by everything around it, up to the run, in few words (R12)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core import lacks
from orchestrator.core.agents import AgentSpec
from orchestrator.core.events import StepEnded
from orchestrator.core.messages import RetryStep, SkipStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT: dict[str, Any] = {"agent": "quick", "retry": {"attempts": 1}}
MAYBE = {**AGENT, "optional": True}


def play(*steps: dict[str, Any], input: Any = None) -> Play:
    made = Play(workflow(*steps), input)
    made.start()
    return made


def branches(tolerate: int = 0, **inner: dict[str, Any]) -> dict[str, Any]:
    return {"id": "p", "parallel": {"branches": inner, "tolerate": tolerate}}


def test_a_failed_optional_step_leaves_its_mark_on_the_run() -> None:
    made = play({"id": "legal", **MAYBE}, {"id": "end", **AGENT})
    made.fail("legal", reason="out of office")
    made.report("end", "done")
    assert (made.run.status, made.step("").degraded) == (RunStatus.SUCCEEDED, "legal: it failed: out of office")
    assert made.step("end").degraded == ""


def test_a_mark_climbs_through_every_kind() -> None:
    inner = {"sequence": [{"id": "try", **MAYBE}, {"id": "keep", **AGENT}]}
    made = play(branches(a={"map": {"over": "input", "do": inner}}, b=AGENT), input=[1])
    made.fail("p/a[0]/try", reason="no")
    made.report("p/a[0]/keep")
    made.report("p/a", [None])
    made.report("p/b")
    made.report("p", {})
    words = "1 of 1 items degraded, first [0] try: it failed: no"
    assert made.step("p/a").degraded == words
    assert made.step("").degraded == f"p: a: {words}"


def test_what_a_condition_skips_is_not_lacking() -> None:
    made = play({"id": "a", **AGENT, "when": "false"}, {"id": "b", **AGENT})
    made.report("b")
    assert (made.run.status, made.step("").degraded) == (RunStatus.SUCCEEDED, "")


def test_what_a_person_skips_is_lacking() -> None:
    made = play({"id": "a", **AGENT}, {"id": "b", **AGENT})
    made.send(SkipStep(path="a", actor="1", actor_name="Olga", reason="known already"))
    made.report("b")
    assert made.step("").degraded == "a: skipped by Olga: known already"


def test_a_step_that_is_done_over_and_is_fine_loses_its_mark() -> None:
    gate = {"id": "ok", "gate": {"title": "?"}}
    made = play({"id": "a", **AGENT, "fallback": ["spare"]}, gate)
    made.fail("a", Failure.CRASH)
    made.report("a", 1)
    made.decide("ok", "send_back", comment="by the real one")
    made.report("a#2", 2)
    made.decide("ok#2")
    assert (made.run.status, made.step("a").degraded, made.step("").degraded) == (
        RunStatus.SUCCEEDED, "spare stood in for quick", "",
    )  # fmt: skip


@pytest.mark.parametrize("step", [{"id": "p", **branches(1, a=AGENT, b=AGENT)}], ids=["branch"])
def test_a_branch_that_is_retried_and_does_well_loses_its_mark(step: dict[str, Any]) -> None:
    made = play(step)
    made.fail("p/a")
    made.send(RetryStep(path="p/a", actor="1"))
    made.report("p/a")
    made.report("p/b")
    made.report("p", {})
    assert (made.run.status, made.step("p").degraded, made.step("p").memo) == (
        RunStatus.SUCCEEDED, "", {"ended": {"a": "succeeded", "b": "succeeded"}},
    )  # fmt: skip


def test_an_item_that_is_retried_and_does_well_is_not_counted() -> None:
    made = play({"id": "m", "map": {"over": "input", "tolerate": 2, "do": AGENT}}, input=[1, 2, 3])
    made.fail("m[0]")
    made.fail("m[1]")
    made.send(RetryStep(path="m[0]", actor="1"))
    made.report("m[0]")
    made.report("m[2]")
    made.report("m", [])
    assert made.step("m").degraded == "1 of 3 items failed"


def test_what_fails_says_nothing_of_degrading() -> None:
    made = play({"id": "legal", **MAYBE}, {"id": "end", **AGENT})
    made.fail("legal")
    made.fail("end")
    assert (made.run.status, made.step("").degraded) == (RunStatus.FAILED, "")


def test_many_reasons_are_said_in_three_and_a_count() -> None:
    names = [f"branch_with_a_long_name_{number}" for number in range(9)]
    made = play(branches(9, **dict.fromkeys(names, AGENT)))
    for name in names:
        made.fail(f"p/{name}", reason="x" * 500)
    made.report("p", {})
    words = made.step("").degraded
    assert (len(words) <= lacks.MOST_LETTERS, words.count("branch_with_a_long_name")) == (True, 3)
    assert "…; and 6 more" in made.step("p").degraded


def test_a_wide_map_remembers_only_counts() -> None:
    made = play({"id": "m", "map": {"over": "input", "tolerate": 200, "do": AGENT}}, input=list(range(200)))
    for index in range(200):
        made.fail(f"m[{index}]", reason="x" * 80)
    assert made.step("m").memo["lacks"] == {"items": {"failed": 200}}
    made.report("m", [])
    assert made.step("").degraded == "m: 200 of 200 items failed"


def test_later_steps_read_what_is_lacking() -> None:
    given = {name: f"steps.{name}.degraded" for name in ("failed", "passed", "whole")}
    made = play(
        {"id": "failed", **MAYBE}, {"id": "passed", **MAYBE}, {"id": "whole", **AGENT, "when": "false"},
        {"id": "end", **AGENT, "with": given},
    )  # fmt: skip
    made.fail("failed", reason="away")
    made.send(SkipStep(path="passed", actor="1", actor_name="Olga"))
    assert made.queued("end").input == {"failed": "it failed: away", "passed": "skipped by Olga", "whole": ""}


def test_what_is_lacking_is_known_to_the_checker_as_a_text() -> None:
    steps = [{"id": "a", "agent": "quick"}, {"id": "b", "agent": "quick", "when": "steps.a.degraded"}]
    agents = {"quick": AgentSpec(name="quick", role="Answers.", runtime="scripted")}
    found = read_workflow(from_plain({"workflow": "try", "steps": steps}), agents)
    assert isinstance(found, tuple)
    assert "a condition is true or false, this is a text" in str(found[0])


def test_a_failure_that_was_recorded_before_marks_were_is_not_one() -> None:
    """What old events fold to must not change."""
    made = play({"id": "legal", **MAYBE}, {"id": "end", **AGENT})
    root = made.step("")
    end = StepEnded(path="legal", status=StepStatus.FAILED, reason="then")  # type: ignore[arg-type]
    assert lacks.remembered(root, root, end) is root
