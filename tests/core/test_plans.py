"""P6: a plan is read with all its faults at once, put in order, and written as a workflow of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import plans
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.catalogue import RULES

AGENTS = ("counter", "writer")
CARDS: dict[str, Json] = {
    "counter": {"input": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
                "output": {"type": "object", "required": ["words"], "properties": {"words": {"type": "integer"}}}},
    "writer": {},
}  # fmt: skip


def task(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "agent": "writer", **more}


def problems(*tasks: Any, **more: Any) -> list[str]:
    return plans.read({"tasks": list(tasks), **more}, AGENTS, 20)[1]


def checked(*tasks: Any, **more: Any) -> dict[str, Any]:
    found = RULES["rule.plan"].run({"plan": {"tasks": list(tasks), **more}, "agents": list(AGENTS), "cards": CARDS})
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([task("a", needs=["b"]), task("b", needs=["a"])], "these tasks wait for each other: a → b → a"),
        ([task("a", needs=["a"])], "these tasks wait for each other: a → a"),
        ([task("a"), task("b", input={"n": {"from": "c.n"}})], "task 'b' needs 'c', and there is no such task"),
        ([task("a", agent="wirter")], "task 'a': agent 'wirter' may not be used here; did you mean 'writer'?"),
        ([task("a"), task("a")], "task 'a' stands there twice"),
        ([task("A b")], "task 1: its id must be lower-case letters, digits and _"),
        ([3], "task 1 is a number, not an object"),
        ([task("a", inptu={})], "task 'a': 'inptu' is no field of a task; did you mean 'input'?"),
        ([task("a", needs=[1])], "task 'a': needs must be a list of texts"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_in_words(tasks: list[Any], said: str) -> None:
    assert any(said in one for one in problems(*tasks)), problems(*tasks)


def test_all_that_is_wrong_comes_at_once() -> None:
    assert len(problems(task("a", agent="nobody"), task("b", needs=["x"]), task("b"), output="z")) == 5


def test_an_oversized_plan_and_something_else_altogether_are_refused() -> None:
    assert problems(*(task(f"t{n}") for n in range(21))) == [
        "a plan has at most 20 tasks, this has 21; join some, or leave some out"
    ]
    assert plans.read("do it", AGENTS, 20)[1] == ["a plan is an object with a list of tasks, this is a text"]


def test_tasks_are_written_after_all_they_need_and_see_only_what_they_are_given() -> None:
    made = checked(
        task("last", agent="writer", input={"n": {"from": "first.words"}, "tone": "dry"}),
        task("first", agent="counter", input={"text": "one two"}, fallback=["writer"]),
        output="last",
    )
    assert made["problems"] == []
    assert made["definition"]["steps"] == [
        {"id": "first", "needs": [], "agent": "counter", "with": {"text": "input.first.text"}, "fallback": ["writer"]},
        {"id": "last", "needs": ["first"], "agent": "writer",
         "with": {"n": "steps.first.output.words", "tone": "input.last.tone"}},
    ]  # fmt: skip
    assert made["input"] == {"first": {"text": "one two"}, "last": {"tone": "dry"}}


def test_contracts_that_cannot_fit_are_told_by_task() -> None:
    assert checked(task("a", agent="counter", input={"text": 3}))["words"].startswith("task 'a': counter: ")
    assert "words" in checked(task("a", agent="counter", input={"text": "x"}),
                              task("b", input={"n": {"from": "a.wrods"}}))["words"]  # fmt: skip


NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES = st.one_of(st.integers(), st.builds(lambda n: {"from": n}, NAMES))
ANY_TASK = st.fixed_dictionaries(
    {"id": NAMES, "agent": st.sampled_from([*AGENTS, "nobody"])},
    optional={"needs": st.lists(NAMES, max_size=3),
              "input": st.dictionaries(NAMES, VALUES, max_size=2)},
)  # fmt: skip


@given(st.lists(ANY_TASK, max_size=5))
def test_any_plan_is_either_refused_in_words_or_every_task_comes_after_what_it_needs(tasks: list[Any]) -> None:
    ordered, said = plans.read({"tasks": tasks}, AGENTS, 20)
    if said:
        return
    done: set[str] = set()
    for one in ordered:
        assert {*one.needs, *one.sources} <= done
        done.add(one.id)
    assert done == {one["id"] for one in tasks}
