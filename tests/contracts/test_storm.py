"""Everything at once on each store: dying workers, people, sweeps; then all must agree (S3, S16, S22)."""

from __future__ import annotations

from random import Random

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId
from orchestrator.core.messages import CancelRun, PauseRun, ResumeRun
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.status import RUN_ENDED
from orchestrator.engine.ports import Claim
from tests.contracts.worlds import Perform, World, in_threads

GATE = {"title": "?", "show": {"n": "1"}, "edit": ["n"], "deadline": {"after": "1h"}}
RETRY = {"attempts": 2, "backoff": "1ms"}
QUICK, SLOW = ({"agent": agent, "retry": RETRY} for agent in ("quick", "slow"))
BODY = {
    "sequence": [
        {"id": "x", **QUICK},
        {"id": "both", "parallel": {"branches": {"l": QUICK, "r": SLOW}, "tolerate": 1}},
    ]
}
STEPS = (
    {"id": "first", **QUICK, "optional": True},
    {"id": "m", "map": {"over": "input", "concurrency": 3, "tolerate": 2, "do": BODY}},
    {"id": "ok", "gate": GATE},
    {"id": "last", **SLOW, "optional": True},
)


def moody(random: Random) -> Perform:
    def act(claim: Claim, given: dict[str, Json]) -> Outcome:
        if random.random() < 0.1:
            return Failed(kind=random.choice([Failure.CRASH, Failure.TIMEOUT, Failure.SCHEMA]), reason="moody")
        return Ok(output={"path": claim.path})

    return act


def labour(world: World, seed: int) -> None:
    """Work, and now and then die with claims in hand, or report what was taken away."""
    random = Random(seed)
    worker = f"w{seed}"
    ghosts: list[Claim] = []
    act = moody(random)
    for turn in range(40):
        claims = world.claim(worker, random.randint(1, 4), random.choice(list(Lane)[:2]))
        if random.random() < 0.15:
            world.store.beat(worker, -1.0)  # dead, as far as others can tell
            ghosts += claims
            worker = f"w{seed}-{turn}"
            continue
        for claim in claims:
            world.finish(claim, worker, act, more=0)
        if ghosts and random.random() < 0.5:
            world.finish(ghosts.pop(), "late", act)


def rule(world: World, runs: list[RunId], seed: int) -> None:
    """Decide, pause, resume and now and then cancel; sweep in between."""
    random = Random(seed)
    for _ in range(40):
        run_id = random.choice(runs)
        chance = random.random()
        if chance < 0.3:
            for path in world.open_gates(run_id):
                verdict = random.choice(["approve", "send_back"])
                world.decide(run_id, path, verdict, comment="so", to="m" if verdict == "send_back" else "")
        elif chance < 0.6:
            world.engine.call(run_id, random.choice([PauseRun(actor="1"), ResumeRun(actor="1")]))
        elif chance < 0.62:
            world.engine.call(run_id, CancelRun(actor="1"))
        else:
            world.engine.sweep()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_storm_everything_agrees_and_every_run_ends(world: World, seed: int) -> None:
    runs = [world.start(*STEPS, input=list(range(5)), priority=number % 3) for number in range(6)]
    labourers = [lambda number=number: labour(world, 10 * seed + number) for number in range(3)]
    in_threads(world, *labourers, lambda: rule(world, runs, seed), lambda: rule(world, runs, seed + 100))
    world.engine.expire_all_leases()
    world.check()
    for run_id in runs:
        world.engine.call(run_id, ResumeRun(actor="1"))
    for turn in range(60):
        world.work_off("calm")
        for run_id in runs:
            for path in world.open_gates(run_id):
                world.decide(run_id, path, actor=str(turn))
        world.window.wait(0.005)
        world.engine.sweep()
        if all(world.window.run(run_id).status in RUN_ENDED for run_id in runs):
            break
    assert {world.window.run(run_id).status for run_id in runs} <= RUN_ENDED
    assert (world.window.mailbox(), world.store.ready(), world.store.lost()) == ([], {}, [])
    world.check()
