"""A3 through the tables: runs of a workflow go elsewhere when an agent gets worse, and return when it has recovered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.core.outcomes import Failure
from orchestrator.services import runs
from orchestrator.store import measured
from tests import cast, driven

pytestmark = pytest.mark.django_db
FLOW = """
workflow: moving-letters
steps:
  - {id: say, route: {among: [frida, gustav]}, retry: {attempts: 1}, degrade: {value: "''", why: untranslated}}
"""


@pytest.fixture(autouse=True)
def certain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Throw the same dice each time, and let every choice see what has just happened."""
    before = random.getstate()
    random.seed(1)
    monkeypatch.setattr(measured, "VIEW_SECONDS", -1.0)
    yield
    random.setstate(before)


def test_work_goes_elsewhere_when_an_agent_gets_worse_and_returns_when_it_has_recovered() -> None:
    builder, world = cast.person("builder"), random.Random(1)
    driven.agent("frida"), driven.agent("gustav")
    driven.workflow(builder, FLOW)

    def share(count: int, success: float) -> float:
        """Run so often while frida succeeds so often; return how many of the latest 25 began with her."""
        first = [begun(builder, {"frida": success, "gustav": 0.85}, world) for _ in range(count)]
        return first[-25:].count("frida") / 25

    assert share(60, 0.98) > 0.5
    assert share(50, 0.3) < 0.3
    assert share(120, 0.98) > 0.5


def begun(by: Any, success: dict[str, float], world: random.Random) -> str:
    """Carry out one run; return whom its work was given to first."""
    runs.start(by, "moving-letters", {})
    first = ""
    while claims := driven.claim():
        (claimed,) = claims
        first = first or claimed.agent
        good = world.random() < success[claimed.agent]
        driven.tell(claimed, "done") if good else driven.tell(claimed, failure=Failure.CRASH, reason="it broke")
    return first
