"""What the composition root takes from the settings reaches the attempts: programs, memory, output, folders."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.engine.ports import Claim
from orchestrator.engine.work import Live
from orchestrator.models import User
from orchestrator.services import agents, people, workflows
from tests.running import PROJECT, environ


@pytest.fixture
def fresh(redis_url: str, transactional_db: None) -> Iterator[None]:
    """Have runtimes made from the settings of the test."""
    wiring.runtimes.cache_clear()
    yield
    wiring.runtimes().close()
    wiring.runtimes.cache_clear()


def performed(function: str, given: dict[str, Json], of_step: str = "", **limits: float) -> Outcome:
    """Have one attempt carried out as a worker does; `of_step` are the limits its step sets."""
    me: User = people.shell_account()
    name = "-".join((function, *limits))
    spec = AgentSpec(
        name=name,
        role="Is tried.",
        runtime="callable",
        settings={"target": f"tests.runtimes.workshop:{function}"},
        limits=limits,
    )
    with transaction.atomic():
        version = agents.keep(me, spec).version.version
    steps = f"workflow: of-{name}\nsteps: [{{id: a, agent: {name}, limits: {{{of_step}}}}}]"
    workflow = workflows.apply(me, steps).version
    claim = Claim(
        run_id=RunId("r"), path=StepPath("a"), attempt=1, agent=name, agent_version=version, lane=Lane.SLOW,
        fence=Fence("f"), timeout_seconds=30, claimed_at=0, workflow=workflow.name, version=workflow.version,
    )  # fmt: skip
    return wiring.perform(Live(claim=claim, started_at=0, began=0), given)


def test_an_attempt_may_take_no_more_memory_than_the_operator_allows(fresh: None, settings: Any) -> None:
    """C7."""
    settings.MEMORY_BYTES = 1 << 29
    outcome = performed("hogs", {"count": 1 << 30})
    assert isinstance(outcome, Failed)
    assert outcome.kind == Failure.OVER_LIMIT


def test_an_attempt_may_bring_back_no_more_than_the_operator_allows(fresh: None, settings: Any) -> None:
    """C7."""
    settings.OUTPUT_BYTES = 1 << 20
    outcome = performed("large", {"count": 2_000_000})
    assert isinstance(outcome, Failed)
    assert outcome.kind == Failure.OVER_LIMIT


def test_an_agent_may_set_lower_limits_of_its_own(fresh: None, settings: Any) -> None:
    """C7."""
    for function, given, limits in (
        ("hogs", {"count": 1 << 30}, {"memory": 512.0}),
        ("large", {"count": 2_000_000}, {"output": 1.0}),
    ):
        outcome = performed(function, given, **limits)
        assert isinstance(outcome, Failed)
        assert outcome.kind == Failure.OVER_LIMIT, outcome
    settings.OUTPUT_BYTES = 1 << 20
    outcome = performed("large", {"count": 2_000_000}, output=500.0)
    assert isinstance(outcome, Failed), "it may not give itself more than the operator does"


def test_a_step_may_set_lower_limits_than_its_agent_and_never_higher_ones(fresh: None) -> None:
    """C7: on memory, bytes out and context, each step for itself."""
    for function, given, of_step in (
        ("hogs", {"count": 1 << 30}, "memory: 512"),
        ("large", {"count": 2_000_000}, "output: 1"),
        ("large", {"count": 10, "text": "x" * 4000}, "context: 1000"),
    ):
        outcome = performed(function, given, of_step)
        assert isinstance(outcome, Failed)
        assert outcome.kind == Failure.OVER_LIMIT, outcome
    assert isinstance(performed("large", {"count": 2_000_000}, "output: 500", output=1.0), Failed)
    assert not isinstance(performed("large", {"count": 10}, "output: 1, context: 1000, memory: 512"), Failed)


def test_an_input_past_an_agents_context_is_refused_with_its_size_and_never_cut(fresh: None) -> None:
    """C7."""
    outcome = performed("large", {"count": 10, "text": "x" * 4000}, context=1000)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.reason) == (
        Failure.OVER_LIMIT,
        "The input of large-context is about 1,006 tokens, and limits.context lets it take 1,000. "
        "Give it less, or raise that.",
    )


def test_an_administrator_adds_programs_that_agents_may_run(fresh: None, settings: Any) -> None:
    settings.COMMANDS = ["wc"]
    command = wiring.runtimes().get("command")
    assert command is not None
    assert command.check({"command": ["wc", "-w"]}) == ()
    (problem,) = command.check({"command": ["rm", "-r"]})
    assert "ruff, bandit, radon, git, wc" in problem.hint


def test_agents_are_imported_from_folders_the_operator_names(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text("")
    script = "import django; django.setup(); import counting; print(counting.__file__)"
    env = environ(
        DJANGO_SETTINGS_MODULE="orchestrator.settings", SIGNALBOX_DATA=str(tmp_path / "data"),
        SIGNALBOX_AGENT_PATHS=os.pathsep.join([str(tmp_path)]),
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == str(tmp_path / "counting.py"), done.stderr


def test_what_an_agent_writes_and_sends_stands_in_what_it_came_to(fresh: None) -> None:
    """P10, P11: it rides on the report, and counts when that is taken."""
    outcome = performed("reports", {})
    assert isinstance(outcome, Ok)
    assert outcome.shared == ("write finding", "send critic")
    said = outcome.output
    assert isinstance(said, dict)
    assert (said["finding"], said["send"]) == ({"n": 1}, [{"to": "critic", "text": "look at this"}])
