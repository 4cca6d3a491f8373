"""What must hold of every run, tried on random workflows while everything that can goes wrong (S23).

`SIGNALBOX_TEST_LAWS=10000` tries more; pytest's `--hypothesis-seed` repeats a series.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestrator.core import look
from orchestrator.core.nodes import map, supervise
from tests.core import workflows as some
from tests.engine.fickle import fickle
from tests.engine.simulation import Simulation, Trouble

EXAMPLES = int(os.environ.get("SIGNALBOX_TEST_LAWS", "300"))
often = settings(
    max_examples=EXAMPLES,
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


@often
@given(source=some.workflows(), seed=st.integers(0, 2**32))
def test_every_run_keeps_the_laws_and_ends_whatever_goes_wrong(source: some.Source, seed: int) -> None:
    random = Random(seed)
    sim = Simulation(some.read(source), some.AGENTS, fickle(random), random, some.INPUT, others=some.OTHERS)
    sim.start()
    Trouble(sim).stir(random.randint(0, 150))
    sim.finish()
