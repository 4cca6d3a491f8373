"""C3: a call of a tool that only looks is made once, whichever agent or worker makes it, while its result holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.core import trials
from orchestrator.core.outcomes import Json
from orchestrator.engine.ports import Claim
from orchestrator.store.store import DjangoStore
from orchestrator.store.tool_answers import ToolAnswers
from orchestrator.store.tx import sql_of
from tests.contracts.worlds import World, in_threads

pytestmark = pytest.mark.django_db
LOOK = '["shop:look_up",{"item":"tea"}]'
A = {"id": "a", "agent": "quick"}


class Shop:
    """Where a tool looks; it counts."""

    def __init__(self, world: World) -> None:
        assert isinstance(world.store, DjangoStore)
        self.world, self.store, self.calls = world, world.store, 0
        self.stop = threading.Event()

    def claim(self, **more: Any) -> Claim:
        self.world.start(A, **more)
        return self.world.claim()[0]

    def look(self) -> Json:
        self.calls += 1
        return {"value": {"n": self.calls}}

    def ask(
        self, claim: Claim, call: Callable[[], Json] | None = None, seconds: float = 60.0, what: str = LOOK
    ) -> Json:
        return ToolAnswers(self.store, claim, "look_up", self.stop).given(what, seconds, call or self.look)

    def rows(self, columns: str, table: str = "answer") -> list[tuple[Any, ...]]:
        text = f"SELECT {columns} FROM orchestrator_{table}"
        return [tuple(row) for row in self.store.transact(lambda tx: list(sql_of(tx).read(text, [])))]


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def test_another_step_gets_what_the_first_one_saw_and_what_that_saved_is_written_down(shop: Shop) -> None:
    first, second = shop.claim(), shop.claim()
    assert shop.ask(first) == shop.ask(second) == {"value": {"n": 1}}
    assert shop.calls == 1
    assert shop.rows("agent, version, hits, fence") == [("tool:look_up", 0, 1, "")]
    ((run, path, agent, of_run),) = shop.rows("run_id, path, agent, of_run", "saving")
    assert (run, agent, of_run) == (second.run_id, "tool:look_up", first.run_id)
    assert path.startswith("a tool:look_up ")


def test_other_arguments_are_another_call(shop: Shop) -> None:
    claim = shop.claim()
    shop.ask(claim)
    shop.ask(claim, what='["shop:look_up",{"item":"jam"}]')
    assert shop.calls == 2


def test_what_holds_no_longer_is_looked_at_anew(shop: Shop) -> None:
    claim = shop.claim()
    shop.ask(claim, seconds=0.05)
    time.sleep(0.06)
    assert shop.ask(claim, seconds=0.05) == {"value": {"n": 2}}


def test_who_wants_it_fresher_than_who_looked_looks_anew(shop: Shop) -> None:
    claim = shop.claim()
    shop.ask(claim, seconds=3600.0)
    time.sleep(0.06)
    assert shop.ask(claim, seconds=3600.0) == {"value": {"n": 1}}
    assert shop.ask(claim, seconds=0.05) == {"value": {"n": 2}}


def test_a_call_that_raises_and_what_a_model_is_told_of_a_failure_are_not_kept(shop: Shop) -> None:
    claim = shop.claim()

    def broken() -> Json:
        raise ValueError("the shop is shut")

    with pytest.raises(ValueError, match="shut"):
        shop.ask(claim, broken)
    shop.ask(claim, lambda: {"failed": "ValueError: the shop is shut"})
    assert shop.rows("key") == []
    assert shop.ask(claim) == {"value": {"n": 1}}


def test_many_at_once_make_one_call(shop: Shop) -> None:
    claims = [shop.claim() for _ in range(8)]

    def slowly() -> Json:
        found = shop.look()
        time.sleep(0.2)
        return found

    got = in_threads(shop.world, *(lambda one=one: shop.ask(one, slowly) for one in claims))  # type: ignore[misc]
    assert got == [{"value": {"n": 1}}] * 8
    assert shop.calls == 1


def test_when_its_maker_is_gone_the_next_one_makes_it(shop: Shop) -> None:
    """R6: the worker was killed in the middle of the call."""
    dead, other = shop.claim(), shop.claim()

    class Killed(BaseException):
        pass

    began, over = threading.Event(), threading.Event()

    def hangs() -> Json:
        began.set()
        over.wait(10)
        raise Killed

    def dies() -> None:
        with pytest.raises(Killed):
            shop.ask(dead, hangs)
        shop.store.close()

    thread = threading.Thread(target=dies)
    thread.start()
    began.wait(10)
    shop.store.transact(lambda tx: sql_of(tx).run("DELETE FROM orchestrator_queue WHERE run_id = ?", [dead.run_id]))
    assert shop.ask(other) == {"value": {"n": 1}}
    over.set()
    thread.join(10)
    assert shop.ask(other) == {"value": {"n": 1}}, "whoever comes back late takes nothing away"


def test_who_is_to_stop_waits_for_nobody(shop: Shop) -> None:
    maker, other = shop.claim(), shop.claim()
    shop.stop.set()

    def meanwhile() -> Json:
        return {"value": shop.ask(other, lambda: {"value": "own"})}

    assert shop.ask(maker, meanwhile) == {"value": {"value": "own"}}


def test_a_trial_looks_for_itself(shop: Shop) -> None:
    """A4: it is the agent that is tried, not what others saw."""
    claim = shop.claim()
    shop.ask(claim)
    rename = "UPDATE orchestrator_run SET workflow = ? WHERE id = ?"
    shop.store.transact(lambda tx: sql_of(tx).run(rename, [f"{trials.PREFIX}quick", claim.run_id]))
    assert shop.ask(claim) == {"value": {"n": 2}}


def test_a_large_result_is_kept_as_one(shop: Shop) -> None:
    large: Json = {"value": "x" * 100_000}
    shop.ask(shop.claim(), lambda: large)
    assert shop.ask(shop.claim()) == large
