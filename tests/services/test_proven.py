"""Runs of agents that have not passed their examples are refused where that is the policy (A4)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.errors import RejectedConflict
from orchestrator.core.outcomes import Ok
from orchestrator.followers import trials as follower
from orchestrator.models import Run, User
from orchestrator.services import runs, trials, workflows
from orchestrator.store.library import _agent
from tests import cast
from tests.driven import carry_out, claim, kept

STEPS = "steps: [{id: say, agent: teller}]"
STRICT = f"workflow: strict\npolicy: {{proven: true}}\n{STEPS}"
OUTER = "workflow: outer\npolicy: {proven: true}\nsteps: [{id: inner, workflow: plain}]"


@pytest.fixture
def builder(transactional_db: None) -> User:
    _agent.cache_clear()
    made = cast.person("builder")
    keep(made, "output.n == 1")
    workflows.apply(made, f"workflow: plain\n{STEPS}")
    workflows.apply(made, STRICT)
    workflows.apply(made, OUTER)
    return made


def keep(by: User, *expect: str) -> None:
    example = Example(name="one", input={}, expect=expect)
    kept(by, AgentSpec(name="teller", role="Tells.", runtime="scripted", examples=(example,)))


def prove(by: User, n: int = 1) -> None:
    trials.try_examples(by, "teller")
    for one in claim(8):
        carry_out(one, Ok(output={"n": n}))
    follower.settle()


@pytest.mark.parametrize("name", ["strict", "outer"])
def test_a_workflow_may_ask_for_proven_agents_only_also_in_those_it_runs(builder: User, name: str) -> None:
    with pytest.raises(RejectedConflict) as refused:
        runs.start(builder, name, {})
    (problem,) = refused.value.problems
    assert problem.path == "agents.teller"
    assert "manage.py try teller" in problem.hint
    prove(builder, n=2)
    with pytest.raises(RejectedConflict, match="proven") as refused:
        runs.start(builder, name, {})
    assert "fails its saved examples" in refused.value.problems[0].message
    prove(builder)
    assert runs.start(builder, name, {}).is_new
    keep(builder, "output.n > 0")
    with pytest.raises(RejectedConflict):
        runs.start(builder, name, {})


def test_an_installation_may_ask_it_of_all(builder: User, settings: Any) -> None:
    assert runs.start(builder, "plain", {}).is_new
    settings.REQUIRE_PROVEN = True
    with pytest.raises(RejectedConflict, match="This installation"):
        runs.start(builder, "plain", {})
    assert Run.objects.filter(workflow="plain").count() == 1


def test_a_condition_is_told_what_the_trials_of_the_bound_version_say(builder: User) -> None:
    """H7: and a new version has passed nothing yet."""
    gate = "{id: look, when: '!agents.teller.proven', gate: {title: New}}"
    text = f"workflow: looked-at\nsteps: [{gate}, {{id: say, agent: teller}}]"
    workflows.apply(builder, text)
    waiting = [Run.objects.get(pk=runs.start(builder, "looked-at", {}).run_id)]
    prove(builder)
    passing = Run.objects.get(pk=runs.start(builder, "looked-at", {}).run_id)
    keep(builder, "output.n == 2")
    waiting.append(Run.objects.get(pk=runs.start(builder, "looked-at", {}).run_id))
    assert ([one.status for one in waiting], passing.status) == (["waiting", "waiting"], "running")
    assert (waiting[0].proven, passing.proven) == ({"teller": False}, {"teller": True})
