"""The shipped agents pass their own saved examples, and the doctor finds nothing in them that is easily mended."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from orchestrator import agents
from orchestrator.core import schema
from orchestrator.core.agents import AgentSpec
from orchestrator.core.doctor import sprawl
from orchestrator.core.doctor.finding import Facts
from orchestrator.core.outcomes import Ok
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.trials import unmet
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.calling import perform
from orchestrator.runtimes.port import Job
from tests.chaos.tree import planted
from tests.conftest import poll
from tests.examples.conftest import Plain
from tests.running import PROJECT, data_folder


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
def test_a_shipped_agent_passes_its_examples(spec: AgentSpec, example: agents.Example, tmp_path: Path) -> None:
    """A4: the function alone; `manage.py try` does the same through a worker."""
    assert schema.problems(spec.input_schema, dict(example.input)) == ()
    job = Job(
        run_id="r1", path=spec.name, attempt=1, spec=spec, input=dict(example.input), request_id=f"r1:{spec.name}",
        data_dir=tmp_path, roots=(PROJECT,),
    )  # fmt: skip
    outcome = perform(job, Plain())
    assert isinstance(outcome, Ok), outcome
    assert schema.problems(spec.output_schema, outcome.output) == ()
    assert unmet(example, outcome.output, dict(example.input)) == ()


@pytest.mark.parametrize(
    "folder", ["best_summary", "release_check", "shorten", "sort_texts", "ticket_triage", "tone_debate"]
)
def test_every_agent_of_these_can_be_tried_but_those_that_need_files(folder: str) -> None:
    untried = [
        spec.name for spec in shipped() if f".{folder}." in str(spec.settings.get("target")) and not spec.examples
    ]
    assert [name for name in untried if name not in ("release-links", "tone-list")] == []


def test_they_are_proven_in_a_running_signalbox_once_they_were_tried() -> None:
    """A4: out of the box, by real workers; what people see as the mark `proven`."""
    names = sorted({spec.name for spec, _ in TRIED})
    assert len(names) >= 25
    with data_folder() as data, planted(data) as tree:
        api = tree.api(role="builder")
        for name in names:
            assert api.insist("POST", f"/agents/{name}/try", {}).status == 201, name

        def unproven() -> dict[str, object]:
            told = {name: api.get(f"/agents/{name}/tries") for name in names}
            return {name: one for name, one in told.items() if {*one["proof"].values()} != {"proven"}}

        poll(lambda: not unproven(), "all of them are proven", 90)


@pytest.mark.parametrize("spec", shipped(), ids=lambda spec: spec.name)
def test_the_doctor_finds_nothing_in_a_shipped_agent(spec: AgentSpec) -> None:
    """A5."""
    facts = Facts(agents={spec.name: spec}, worked=frozenset({spec.name}))
    assert [one.what for check in sprawl.CHECKS for one in check(spec, facts)] == []
