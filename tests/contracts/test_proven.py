"""H7, A4: conditions that ask whether an agent has passed its saved examples, answered for good when the run begins."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.messages import RetryStep
from orchestrator.core.outcomes import Failure
from orchestrator.core.status import RunStatus, StepStatus
from tests.contracts.worlds import World
from tests.core.workflows import AGENTS, Source

QUICK = next(spec for spec in AGENTS if spec.name == "quick")
DO: Source = {"id": "do", "agent": "quick", "retry": {"attempts": 1}}
GATE: Source = {"id": "look", "when": "!agents.quick.proven", "gate": {"title": "New here?", "show": {"n": "1"}}}
LAST: Source = {"id": "last", "agent": "quick"}


def test_a_gate_opens_only_for_a_version_that_is_not_proven(world: World) -> None:
    """H7: a gate opens by an agent's new version."""
    first = world.start(DO, GATE, LAST)
    world.library.passed.add(("quick", QUICK.version))
    second = world.start(DO, GATE, LAST)
    for claim in world.claim(count=2):
        world.report(claim)
    assert world.window.gates(first) == {"look": "open"}
    assert world.window.gates(second) == {}
    assert world.window.steps(second)["look"].status == StepStatus.SKIPPED
    world.library.add_agent(replace(QUICK, version=QUICK.version + 1))
    third = world.start(DO, GATE, LAST)
    for claim in world.claim(count=3):
        world.report(claim)
    assert world.window.gates(third) == {"look": "open"}, "the new version has passed nothing yet"


def test_what_was_so_when_the_run_began_stays_so(world: World) -> None:
    """H7: trials made meanwhile change nothing, whatever is done over."""
    world.library.passed.add(("quick", QUICK.version))
    run_id = world.start(DO, GATE, LAST)
    world.library.passed.clear()
    (claim,) = world.claim()
    world.report(claim, failure=Failure.CRASH, reason="it fell")
    world.engine.call(run_id, RetryStep(path=claim.path, actor="1"), "again")
    (claim,) = world.claim()
    world.report(claim)
    assert world.window.steps(run_id)["look"].status == StepStatus.SKIPPED


def test_a_child_run_knows_what_its_parent_knew(world: World) -> None:
    world.knows("inner", DO, GATE)
    world.library.passed.add(("quick", QUICK.version))
    run_id = world.start(LAST, GATE, {"id": "below", "workflow": "inner"})
    world.library.passed.clear()
    while claims := world.claim(count=5):
        for claim in claims:
            world.finish(claim)
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED


def test_only_runs_that_ask_are_told(world: World) -> None:
    """Without a word of it in the workflow nothing is read, and nothing kept."""
    asks = world.start(DO, GATE, LAST)
    not_ = world.start(DO, {**LAST, "with": {"version": "agents.quick.version", "all": "agents"}})
    held = world.store.transact(lambda tx: tx.lock(sorted([asks, not_]), 0.0))
    assert (held[asks].proven, held[not_].proven) == ({"quick": False}, None)
