"""Who answers alike (P8): one agent several times is a sample, agents with one model may share its errors."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.kinship import kinship
from orchestrator.core.outcomes import Json


def found(**roster: tuple[str, str]) -> list[tuple[str, Json]]:
    cards = {who: {"agent": agent, "model": model} for who, (agent, model) in roster.items()}
    return [(str(flag["flag"]), flag["who"]) for flag in kinship(cards)]


@pytest.mark.parametrize(
    ("roster", "flags"),
    [
        ({"a": ("a", "m"), "b": ("b", "n")}, []),
        ({"a": ("a", ""), "b": ("b", "")}, []),
        ({"a": ("a", "m"), "b": ("b", "m"), "c": ("c", "n")}, [("shared_model", ["a", "b"])]),
        ({"a_1": ("a", "m"), "a_2": ("a", "m")}, [("sampling", ["a_1", "a_2"])]),
        ({"a_1": ("a", "m"), "a_2": ("a", "m"), "b": ("b", "m")},
         [("sampling", ["a_1", "a_2"]), ("shared_model", ["a_1", "a_2", "b"])]),
        ({"a": ("a", "m"), "Review": ("r", "m")}, [("shared_model", ["a", "Review"])]),
        ({"a": ("a", ""), "b": ("b", ""), "Judge": ("a", "")}, [("shared_model", ["a", "Judge"])]),
    ],
)  # fmt: skip
def test_who_is_not_independent_is_flagged(roster: dict[str, tuple[str, str]], flags: list[tuple[str, Json]]) -> None:
    assert found(**roster) == flags


@pytest.mark.parametrize(
    ("runtime", "settings", "model"),
    [
        ("llm", {"model": "small-1", "temperature": 0}, "llm small-1"),
        ("callable", {"target": "votes:legal", "inline": True}, "callable votes:legal"),
        ("command", {"command": ["python", "vote.py"]}, "command python vote.py"),
        ("scripted", {"outcomes": [{"ok": 1}]}, ""),
        ("person", {}, ""),
    ],
)
def test_what_answers_for_an_agent_is_its_model_its_function_or_its_program(
    runtime: str, settings: dict[str, Json], model: str
) -> None:
    assert AgentSpec(name="a", role="", runtime=runtime, settings=settings).model == model
