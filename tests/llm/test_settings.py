"""The settings of an agent that is a model are checked when it is defined, without the library for models."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.parse_agent import read_agent
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.llm import settings as reading
from orchestrator.runtimes.llm.settings import KEYS
from tests.runtimes.conftest import PROJECT

FULL: dict[str, Any] = {
    "model": "openai:gpt-5-mini", "base_url": "http://localhost:11434/v1", "key_env": "LOCAL_KEY", "temperature": 0,
    "max_tokens": 500, "output": "native", "stream": False, "turns": 5, "escalate": True,
    "prices": {"input": 0.25, "output": 2},
}  # fmt: skip


def test_every_setting_can_be_given() -> None:
    assert reading.problems(FULL) == ()
    made = reading.settings_of(FULL)
    assert (made.provider, made.model, made.turns, made.escalate) == ("openai", "gpt-5-mini", 5, True)
    assert made.prices is not None
    assert made.prices.cached == made.prices.input


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"model": None}, "model", "write provider:name"),
        ({"model": "gpt-5-mini"}, "model", "write provider:name"),
        ({"model": "opanai:gpt-5", "base_url": ...}, "model", "did you mean 'openai'"),
        ({"base_url": "localhost:11434"}, "base_url", "http://localhost:11434/v1"),
        ({"base_url": "http://user:secret@host/v1"}, "base_url", "a key goes into `key_env`"),
        ({"key_env": "sk-1234567890"}, "key_env", "never the key itself"),
        ({"key_env": "SIGNALBOX_SECRET_KEY"}, "key_env", "out of reach"),
        ({"temperature": "warm"}, "temperature", "0"),
        ({"max_tokens": 0}, "max_tokens", "1000"),
        ({"output": "json"}, "output", "tool or native"),
        ({"stream": "yes"}, "stream", "false"),
        ({"turns": True}, "turns", "40"),
        ({"escalate": 1}, "escalate", "true"),
        ({"prices": {"input": 1}}, "prices", "output"),
        ({"prices": {"input": -1, "output": 1}}, "prices", "output"),
        ({"temprature": 1}, "temprature", "did you mean 'temperature'"),
    ],
)
def test_a_wrong_setting_is_named_with_a_remedy(change: dict[str, Any], path: str, words: str) -> None:
    given = {name: value for name, value in {**FULL, **change}.items() if value is not ...}
    [problem] = reading.problems(given)
    assert problem.path == path
    assert words in problem.hint
    assert "1234567890" not in problem.message + problem.hint


def test_a_file_names_a_model_in_one_line(models: Catalogue) -> None:
    """A1: the shorthand, and settings beside it."""
    text = (
        "agent: clerk\nrole: Answers.\nmodel: openai:tiny\ninstructions: Be brief.\n"
        "settings: {base_url: 'http://localhost:8080/v1', max_tokens: 100}\n"
    )
    spec = read_agent(read_text(text), models)
    assert isinstance(spec, AgentSpec), spec
    assert (spec.runtime, spec.model) == ("llm", "llm openai:tiny")
    assert spec.settings == {"model": "openai:tiny", "base_url": "http://localhost:8080/v1", "max_tokens": 100}


def test_every_known_provider_is_one_of_the_library() -> None:
    from pydantic_ai.providers import infer_provider_class

    for name in KEYS:
        try:
            infer_provider_class(name)
        except ImportError:
            continue  # known, but its own library is not installed: the worker says which


def test_defining_agents_does_not_load_the_library() -> None:
    """Its 70 MB are for the processes that speak to models."""
    script = (
        "import sys; from pathlib import Path; from orchestrator.runtimes.catalogue import Catalogue;"
        "made = Catalogue(roots=[Path('.')]); made.get('llm').check({'model': 'openai:x'});"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'pydantic_ai', 'openai', 'genai_prices'}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
