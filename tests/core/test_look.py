"""What a step may see: its scope by name, its default input, its item, what a person said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.book import Book
from orchestrator.core.expressions import ExpressionFault
from orchestrator.core.ids import StepPath
from orchestrator.core.look import WHOLE, Scope, targets_of
from orchestrator.core.nodes.contract import Kept
from orchestrator.core.status import StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT = {"agent": "quick"}
GATE = {"gate": {"title": "Go on?", "show": {"n": "1"}}}


def play(*steps: dict[str, Any], input: Any = None, **more: Any) -> Play:
    made = Play(workflow(*steps, **more), input)
    made.start()
    return made


def test_the_first_step_is_given_the_runs_input() -> None:
    made = play({"id": "a", "sequence": [{"id": "b", **AGENT}]}, input={"x": 1})
    assert made.queued("a/b").input == {"x": 1}


def test_what_is_no_object_is_given_under_the_name_value() -> None:
    assert play({"id": "a", **AGENT}, input=[1, 2]).queued("a").input == {"value": [1, 2]}


def test_a_step_is_given_the_output_of_the_one_before_it() -> None:
    made = play({"id": "a", **AGENT}, {"id": "b", **AGENT})
    made.report("a", {"y": 2})
    assert made.queued("b").input == {"y": 2}


def test_a_step_that_needs_several_is_given_each_under_its_id() -> None:
    made = play(
        {"id": "a", **AGENT, "needs": []}, {"id": "b", **AGENT, "needs": []}, {"id": "c", **AGENT, "needs": ["a", "b"]}
    )
    made.report("a", 1)
    made.report("b", 2)
    assert made.queued("c").input == {"a": 1, "b": 2}


def test_inside_a_map_the_item_is_given_by_its_name() -> None:
    made = play(
        {"id": "m", "map": {"over": "input.names", "as": "name", "do": [{"id": "b", **AGENT}]}},
        input={"names": ["x", "y"]},
    )
    assert [made.queued(f"m[{index}]/b").input for index in (0, 1)] == [{"name": "x"}, {"name": "y"}]


def test_the_inner_map_hides_an_item_of_the_same_name() -> None:
    inner = {"map": {"over": "item", "do": {**AGENT, "with": {"x": "item"}}}}
    made = play({"id": "m", "map": {"over": "input", "do": inner}}, input=[[1, 2], [3]])
    assert [made.queued(f"m{at}").input for at in ("[0][1]", "[1][0]")] == [{"x": 2}, {"x": 3}]


def test_a_step_deep_inside_sees_what_ended_before_what_encloses_it() -> None:
    deep = {
        "id": "p",
        "parallel": {"branches": {"left": {"sequence": [{"id": "c", **AGENT, "with": {"x": "steps.a.output.y"}}]}}},
    }
    made = play({"id": "a", **AGENT}, deep)
    made.report("a", {"y": 5})
    assert made.queued("p/left/c").input == {"x": 5}


def test_the_nearest_step_of_a_name_is_meant() -> None:
    inner = {"id": "s", "sequence": [{"id": "a", **AGENT}, {"id": "b", **AGENT, "with": {"x": "steps.a.output"}}]}
    made = play({"id": "a", **AGENT}, inner)
    made.report("a", "outer")
    made.report("s/a", "inner")
    assert made.queued("s/b").input == {"x": "inner"}


def test_the_result_of_a_sequence_names_its_own_steps_and_its_condition_those_around_it() -> None:
    """Both are looked up from the sequence; only after it began are there steps inside."""
    inner = {
        "id": "s", "when": "steps.a.output == 'outer'",
        "sequence": {"steps": [{"id": "a", **AGENT}], "output": "[steps.a.output]"},
    }  # fmt: skip
    made = play({"id": "a", **AGENT}, inner)
    made.report("a", "outer")
    made.report("s/a", "inner")
    assert made.step("s").output == ["inner"]


def test_the_result_of_a_run_may_name_any_of_its_steps() -> None:
    made = play({"id": "a", **AGENT}, {"id": "b", **AGENT}, output="{'first': steps.a.output, 'state': steps.b.status}")
    made.report("a", 1)
    made.report("b", 2)
    assert made.step("").output == {"first": 1, "state": "succeeded"}


def test_a_large_value_stays_a_reference_until_a_worker_needs_it() -> None:
    made = play(
        {"id": "a", **AGENT},
        {"id": "b", **AGENT, "with": {"x": "steps.a.output", "n": "size(steps.a.output)"}},
        {"id": "c", **AGENT, "needs": ["a"]},
    )
    made.desk.artifacts["hash"] = {"k": [1, 2]}
    made.report("a", output_ref="hash")
    assert (made.queued("b").refs, made.queued("b").input) == ({"x": "hash"}, {"n": 1})
    assert (made.queued("c").refs, made.queued("c").input) == ({WHOLE: "hash"}, {})


def test_what_a_person_said_is_seen_by_everything_inside_what_is_done_again() -> None:
    inner = {"id": "s", "sequence": [{"id": "b", **AGENT, "with": {"said": "feedback"}}]}
    made = play(inner, {"id": "ok", **GATE})
    assert made.queued("s/b").input == {"said": ""}
    made.report("s/b")
    made.decide("ok", "send_back", comment="shorter")
    assert made.queued("s#2/b").input == {"said": "shorter"}


def test_after_a_way_back_names_mean_the_latest_generation() -> None:
    made = play({"id": "a", **AGENT}, {"id": "ok", **GATE}, {"id": "b", **AGENT, "with": {"x": "steps.a.output"}})
    made.report("a", 1)
    made.decide("ok", "send_back")
    made.report("a#2", 2)
    made.decide("ok#2")
    assert made.queued("b").input == {"x": 2}, "a step that had not begun before has its plain name"
    assert made.step("a").status == StepStatus.SUCCEEDED


@pytest.mark.parametrize("path", ["s/m[3]/ok", "s#2/m[0]/ok"])
def test_a_gate_names_the_steps_it_can_send_back_to_nearest_first(path: str) -> None:
    body = [{"id": "x", **AGENT}, {"id": "ok", **GATE}, {"id": "z", **AGENT}]
    inner = [
        {"id": "b", **AGENT},
        {"id": "free", **AGENT, "needs": []},
        {"id": "m", "needs": ["b"], "map": {"over": "input", "do": body}},
    ]
    made = workflow({"id": "a", **AGENT}, {"id": "s", "sequence": inner})
    assert targets_of(made, path) == ("x", "b", "a")


def test_a_kind_evaluates_its_own_expressions_with_names_that_nobody_else_sees() -> None:
    made = play({"id": "a", **AGENT}, input={"n": 2})
    made.desk.artifacts["ref"] = {"score": 3}
    book = Book(run=made.run, shelf=made.desk)
    look = Scope(book=book, workflow=made.workflow, world=made.world, path=StepPath("a"))
    assert look.value("output.score + input.n", {"output": Kept("ref")}) == 5
    assert look.test("size(failed) == 1", {"failed": ["x"]})
    with pytest.raises(ExpressionFault, match="there is no 'output' here"):
        look.value("output.score + 1")


def test_what_a_step_puts_together_is_put_aside_where_it_is_large() -> None:
    inner = [{"id": "b", **AGENT}]
    made = play({"id": "a", "sequence": {"steps": inner, "output": "[steps.b.output, 1]"}}, {"id": "c", **AGENT})
    made.report("a/b", "x" * 70_000)
    state = made.step("a")
    assert (state.output, made.desk.artifacts[state.output_ref]) == (None, ["x" * 70_000, 1])
    assert made.queued("c").refs == {WHOLE: state.output_ref}
