"""A model in the place of a function: only where the operator has named one, and the contract stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

import examples.best_summary.agents
import examples.shorten.agents  # noqa: F401 - its agents are looked at
from orchestrator import agents
from orchestrator.core.agents import AgentSpec, content_of
from orchestrator.services.model_agents import as_model


def shipped(name: str) -> AgentSpec:
    return next(spec for spec in agents.registered() if spec.name == name)


@pytest.mark.parametrize("name", ["shorten-write", "summary-critic"])
def test_it_is_the_model_that_the_operator_has_named(name: str, settings: Any) -> None:
    settings.MODEL, settings.MODEL_URL = "ollama:qwen3", "http://localhost:11434/v1"
    before, after = shipped(name), as_model(shipped(name))
    assert (after.runtime, after.settings) == (
        "llm",
        {"model": "ollama:qwen3", "base_url": "http://localhost:11434/v1"},
    )
    assert after.instructions
    kept = ("name", "role", "capabilities", "input_schema", "output_schema")
    assert {field: content_of(after)[field] for field in kept} == {field: content_of(before)[field] for field in kept}


def test_without_one_and_without_words_for_it_an_agent_is_as_it_is(settings: Any) -> None:
    settings.MODEL = ""
    assert as_model(shipped("shorten-write")) == shipped("shorten-write")
    settings.MODEL = "openai:gpt-5-mini"
    assert as_model(shipped("shorten-judge")) == shipped("shorten-judge")
    assert as_model(shipped("shorten-write")).settings == {"model": "openai:gpt-5-mini"}
