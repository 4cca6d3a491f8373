"""Tools that only look, through real workers and children: agents of different names share what was seen (C3)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, Lane, Tool
from orchestrator.core.outcomes import Json
from orchestrator.engine.work import Live
from orchestrator.models import User
from orchestrator.queries.savings import shelves
from orchestrator.runtimes.port import Sharing
from orchestrator.services import agents, answers, people, runs
from orchestrator.store.code import Code
from orchestrator.store.ledger import Ledger
from tests import cast, driven
from tests.test_budgets import begin, work

BOTH = """
workflow: both
input: {{type: object, required: [list, file], properties: {{list: {{type: array}}, file: {{type: string}}}}}}
steps:
  - id: all
    parallel:
      branches:
        first: {{map: {{over: input.list, as: n, agent: {first}, with: {{file: input.file}}}}}}
        second: {{map: {{over: input.list, as: n, agent: {second}, with: {{file: input.file}}}}}}
"""


def keep(name: str, **more: Any) -> None:
    tool = Tool(name="look_up", python="tests.looking:look_up", repeatable=True, **more)
    spec = AgentSpec(name=name, role="Looks.", runtime="callable", settings={"target": "tests.looking:asks"},
                     lane=Lane.SLOW, tools=(tool,))  # fmt: skip
    with transaction.atomic():
        agents.keep(people.shell_account(), spec)


@pytest.fixture
def operator(transactional_db: None, redis_url: str) -> Iterator[User]:
    wiring.runtimes.cache_clear()
    yield cast.person("operator")
    wiring.runtimes().close()
    wiring.runtimes.cache_clear()


@pytest.mark.parametrize(("seconds", "looks"), [(60.0, 1), (0.0, 8)])
def test_a_tool_with_a_cache_is_called_once_for_all(operator: User, tmp_path: Path, seconds: float, looks: int) -> None:
    names = {"first": f"looks-{looks}", "second": f"looks-as-well-{looks}"}
    for name in names.values():
        keep(name, cache_seconds=seconds)
    file = tmp_path / "looks"
    run = work(begin(operator, BOTH.format(**names), {"list": [1, 2, 3, 4], "file": str(file)}), slots=4, slow=4)
    assert run.status == "succeeded", run.reason
    assert file.read_text().splitlines() == ["tea"] * looks
    kept = {one.agent: (one.answers, one.saved.hits) for one in shelves()}
    assert kept == ({"tool:look_up": (1, 7)} if looks == 1 else {})
    if looks == 1:
        assert answers.drop(people.shell_account(), "tool:look_up", everywhere=True) == 1


def test_a_change_of_the_tools_code_makes_another_call_of_it(
    operator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C3: what the old code saw says nothing about the new."""
    (tmp_path / "lookers.py").write_text("def look(): return 1\n")
    monkeypatch.setattr(wiring, "code", lambda: Code([tmp_path], 0.0))
    driven.agent("plain")
    driven.workflow(cast.person("builder"), "workflow: w\nsteps: [{id: a, agent: plain}]")
    calls: list[int] = []

    def looked() -> Json:
        """Look as another run does."""
        runs.start(operator, "w", {})
        (claim,) = driven.claim()
        live = Live(claim=claim, started_at=claim.claimed_at, began=0.0)
        control = wiring.EngineControl(live, Ledger(wiring.store()), None)  # type: ignore[arg-type]  # nothing is spent
        sharing = Sharing(key="look", seconds=60.0, target="lookers:look")
        return control.once("look", "use/look", lambda: calls.append(1) or len(calls), sharing=sharing)

    assert [looked(), looked()] == [1, 1]
    (tmp_path / "lookers.py").write_text("def look(): return 2  # mended\n")
    assert [looked(), looked()] == [2, 2]
    (tmp_path / "lookers.py").write_text("def look(:\n")
    assert [looked(), looked()] == [3, 4], "nobody knows what that would do"


def test_an_attempt_that_began_before_a_change_of_the_tools_code_shares_nothing_of_it(
    operator: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C3: its child has imported the old code, and the file holds the new."""
    file = tmp_path / "viewers.py"
    file.write_text("def look(): return 1\n")
    monkeypatch.setattr(wiring, "code", lambda: Code([tmp_path], 0.0))
    driven.agent("views")
    driven.workflow(cast.person("builder"), "workflow: views\nsteps: [{id: a, agent: views}]")

    def begun() -> wiring.EngineControl:
        runs.start(operator, "views", {})
        (claim,) = driven.claim()
        live = Live(claim=claim, started_at=claim.claimed_at, began=0.0)
        return wiring.EngineControl(live, Ledger(wiring.store()), None)  # type: ignore[arg-type]  # nothing is spent

    def looked(control: wiring.EngineControl, what: Json) -> Json:
        return control.once(
            "look", "use/look", lambda: what, sharing=Sharing(key="k", seconds=60.0, target="viewers:look")
        )

    old, now = begun(), time.time()
    file.write_text("def look(): return 2  # mended\n")
    os.utime(file, (now + 0.05, now + 0.05))
    assert looked(old, 1) == 1
    time.sleep(0.1)
    assert looked(begun(), 2) == 2
