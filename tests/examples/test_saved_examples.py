"""The shipped agents pass their own saved examples, and the doctor finds nothing in them that is easily mended."""

from __future__ import annotations

import importlib
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from orchestrator import agents
from orchestrator.core import codec, schema
from orchestrator.core.agents import AgentSpec
from orchestrator.core.doctor import sprawl
from orchestrator.core.doctor.finding import Facts
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.trials import unmet
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.arguments import arguments
from tests.running import PROJECT


def shipped() -> list[AgentSpec]:
    for file in sorted((PROJECT / "examples").glob("*/agents.py")):
        importlib.import_module(f"examples.{file.parent.name}.agents")
    ours = [one for one in agents.registered() if str(one.settings["target"]).startswith("examples.")]
    tools = sorted((PROJECT / "examples").glob("*/tools/*.yaml"))
    return [*ours, *(_read(file) for file in tools)]


def _read(file: Path) -> AgentSpec:
    found = read_agent(read_text(file.read_text()))
    assert isinstance(found, AgentSpec)
    return found


TRIED = [(spec, example) for spec in shipped() for example in spec.examples]


@pytest.mark.parametrize(("spec", "example"), TRIED, ids=lambda one: getattr(one, "name", ""))
def test_a_shipped_agent_passes_its_examples(spec: AgentSpec, example: agents.Example) -> None:
    """A4: the function alone; `manage.py try` does the same through a worker."""
    module, _, name = str(spec.settings["target"]).partition(":")
    function = getattr(importlib.import_module(module), name)
    assert schema.problems(spec.input_schema, dict(example.input)) == ()
    output = codec.plain(function(**arguments(function, dict(example.input), MagicMock())))
    assert schema.problems(spec.output_schema, output) == ()
    assert unmet(example, output, dict(example.input)) == ()


def test_there_are_examples_to_try() -> None:
    assert len(TRIED) >= 10


@pytest.mark.parametrize("spec", shipped(), ids=lambda spec: spec.name)
def test_the_doctor_finds_nothing_in_a_shipped_agent(spec: AgentSpec) -> None:
    """A5."""
    facts = Facts(agents={spec.name: spec}, worked=frozenset({spec.name}))
    assert [one.what for check in sprawl.CHECKS for one in check(spec, facts)] == []
