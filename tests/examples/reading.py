"""Reads the workflow of an example against the agents it uses, and calls agents as a worker does."""

from __future__ import annotations

from pathlib import Path

from orchestrator import agents
from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.outcomes import Json, Ok
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.shapes import Schema
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.port import Job
from tests.examples.conftest import PROJECT, Plain

EXAMPLES = PROJECT / "examples"


def shipped(catalogue: Catalogue) -> dict[str, AgentSpec]:
    """Return the agents of all examples by name; no name may be given twice."""
    found: dict[str, AgentSpec] = {}
    files = sorted(EXAMPLES.glob("*/tools/*.yaml"))
    tools = [
        spec for file in files if isinstance(spec := read_agent(read_text(file.read_bytes()), catalogue), AgentSpec)
    ]
    assert len(tools) == len(files)
    for module in sorted(EXAMPLES.glob("*/agents.py")):
        tools += agents.load(f"examples.{module.parent.name}.agents")
    for spec in tools:
        assert spec.name not in found, spec.name
        found[spec.name] = spec
    return found


def workflow(name: str, catalogue: Catalogue, file: str = "workflow.yaml") -> Workflow:
    """Read an example's workflow against the agents of all of them; what is wrong fails the test."""
    text = read_text((EXAMPLES / name / file).read_bytes())
    read = read_workflow(text, shipped(catalogue), {**contracts()})
    assert isinstance(read, Workflow), [str(problem) for problem in read]
    return read


def contracts() -> dict[str, Schema]:
    """Return the input contracts of all shipped workflows by name."""
    texts = [read_text(file.read_bytes()) for file in sorted(EXAMPLES.glob("*/*.yaml"))]
    read = [read_workflow(text, None) for text in texts if "workflow" in text.value]
    return {one.name: one.input_schema for one in read if isinstance(one, Workflow)}


def call(catalogue: Catalogue, data: Path, agent: str, given: dict[str, Json]) -> Json:
    """Run an agent by its contract and runtime."""
    spec = shipped(catalogue)[agent]
    runtime = catalogue.get(spec.runtime)
    assert runtime is not None
    job = Job(
        run_id="r1", path=agent, attempt=1, spec=spec, input=given, request_id=f"r1:{agent}", data_dir=data,
        timeout_seconds=spec.timeout_seconds,
    )  # fmt: skip
    outcome = execute(runtime, job, Plain())
    assert isinstance(outcome, Ok), outcome
    return outcome.output
