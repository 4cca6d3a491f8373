"""A fork of any run, at any of its events or before any of its steps, keeps the laws and comes to its end (S22).

`SIGNALBOX_TEST_LAWS=10000` tries more, and others each time.
"""

from __future__ import annotations

import os
from random import Random
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestrator.core import forking, look
from orchestrator.core.book import Recorded
from orchestrator.core.events import RunForked, StepOpened
from orchestrator.core.ids import ROOT
from orchestrator.core.nodes import map, supervise
from orchestrator.engine.replay import rebuild
from orchestrator.engine.requests import Fork, StartRequest
from tests.core import workflows as some
from tests.engine.family import Family
from tests.engine.fickle import fickle
from tests.engine.simulation import Simulation, Trouble

EXAMPLES = int(os.environ.get("SIGNALBOX_TEST_LAWS", "50"))
few = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


@pytest.fixture(autouse=True, scope="module")
def _small_chunks() -> object:
    """Let maps of nine items, and loops that end at once, take several advances."""
    patch = pytest.MonkeyPatch()
    patch.setattr(map, "CHUNK", 4)
    patch.setattr(look, "MOST_FACTS", 12)
    patch.setattr(supervise, "CHUNK", 4)
    yield
    patch.undo()


def events_of(sim: Simulation) -> list[Recorded]:
    return [sim.store.tables.events[sim.run_id, n] for n in range(1, sim.run.n + 1)]


def forked(sim: Simulation, at: int, began: StepOpened | None = None) -> Simulation:
    """Begin a run in a world of its own with what another had come to."""
    made = Simulation(sim.workflow, sim.agents, sim.act, sim.random, sim.input, others=sim.others)
    made.world.clock.seconds = sim.world.clock() + 100.0
    for ref, text in sim.store.tables.artifacts.items():
        made.store.tables.artifacts.put(ref, text)
    row = sim.store.tables.runs[sim.run_id]
    book = rebuild(sim.run_id, sim.workflow, events_of(sim), at)
    began = began or StepOpened(path=ROOT)
    fact = RunForked(workflow=sim.workflow.name, version=sim.workflow.version, of=sim.run_id, at=at, input=sim.input,
                     step=began.path, feedback=began.feedback, item=began.item, agent=began.agent,
                     steps=forking.kept(book), actor="2")  # fmt: skip
    request = StartRequest(workflow=fact.workflow, version=fact.version, input=fact.input, actor="2",
                           fork=Fork(fact=fact, bound=row.bound, asked="once"))  # fmt: skip
    made.run_id = made.engine.start(request).run_id
    made.laws = Family(made.world, [*sim.laws.before, *(one.fact for one in events_of(sim)[:at])])
    made.laws.check()
    return made


def troubled(source: some.Source, random: Random) -> Simulation:
    """Leave a run in the middle of its life, or at its end."""
    sim = Simulation(some.read(source), some.AGENTS, fickle(random), random, some.INPUT, others=some.OTHERS)
    sim.start()
    Trouble(sim).stir(random.randint(0, 80))
    if random.random() < 0.4:
        sim.finish()
    return sim


@few
@given(source=some.workflows(), seed=st.integers(0, 2**32))
def test_a_fork_after_any_event_keeps_the_laws_and_ends(source: some.Source, seed: int) -> None:
    random = Random(seed)
    sim = troubled(source, random)
    events, state = events_of(sim), sim.run
    for _ in range(3):
        made = forked(sim, forking.moment(events, random.randint(0, len(events))))
        Trouble(made).stir(random.randint(0, 40))
        again = forked(made, forking.moment(events_of(made), random.randint(0, made.run.n)))
        for one in (made, again):
            one.finish()
    assert (events_of(sim), sim.run) == (events, state)


@few
@given(source=some.workflows(), seed=st.integers(0, 2**32))
def test_a_fork_before_any_step_keeps_the_laws_and_ends(source: some.Source, seed: int) -> None:
    random = Random(seed)
    sim = troubled(source, random)
    events = events_of(sim)
    begun = [one for one in events if one.fact.type == "step.opened" and not forking.is_reopening(events, one.n - 1)]
    for one in random.sample(begun, min(3, len(begun))):
        made = forked(sim, one.n - 1, cast("StepOpened", one.fact))
        Trouble(made).stir(random.randint(0, 40))
        made.finish()
        assert made.run.is_ended
