"""Group commit: each slot gets its own answer, whatever happens to the others, and the thread goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.errors import TransientError
from orchestrator.core.ids import RunId
from orchestrator.core.messages import PauseRun, ReportAttempt
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.writer import Turnover, Writer
from tests.conftest import poll
from tests.engine.worlds import start, world

WIDE = {"id": "m", "map": {"over": "input", "do": {"agent": "quick"}}}


class Weather:
    """Decides what happens at the named points of the hot path."""

    def __init__(self) -> None:
        self.at: dict[str, Callable[[], None]] = {}

    def __call__(self, point: str) -> None:
        self.at.get(point, lambda: None)()

    def storm(self, point: str, times: int = 1) -> None:
        """Let the database go away at a point, so often."""
        left = [TransientError("the database is away")] * times

        def rage() -> None:
            if left:
                raise left.pop()

        self.at[point] = rage


@pytest.fixture
def weather() -> Weather:
    return Weather()


@pytest.fixture
def made(weather: Weather) -> MemoryWorld:
    return world(WIDE, fail=weather)


@pytest.fixture
def writer(made: MemoryWorld) -> Iterator[Writer]:
    writer = Writer(made.engine.driver, "w")
    yield writer
    writer.close()


def report(claim: Claim, lane: Lane | None = Lane.QUICK) -> Turnover:
    message = ReportAttempt(path=claim.path, attempt=claim.attempt, fence=claim.fence, ok=True, output=claim.path)
    return Turnover(mail=Mail(run_id=claim.run_id, message=message), lane=lane)


def claimed(made: MemoryWorld, count: int) -> list[Claim]:
    return made.engine.driver.turn([], worker="w", wants={Lane.QUICK: count}).claims


def ended(made: MemoryWorld, run_id: RunId) -> int:
    return made.store.tables.runs[run_id].state.ended


def test_each_slot_is_given_an_attempt_of_its_own(made: MemoryWorld, writer: Writer) -> None:
    start(made, list(range(20)))
    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(lambda _: writer.turn_over(Turnover(lane=Lane.QUICK)), range(30)))
    fences = [claim.fence for claim in claims if claim is not None]
    assert (len(fences), len(set(fences)), claims.count(None)) == (20, 20, 10)


def together(
    pool: ThreadPoolExecutor,
    writer: Writer,
    weather: Weather,
    turnovers: list[Turnover],
    then: Callable[[], None] = lambda: None,
) -> list[Future[Claim | None]]:
    """Hand in while the writer is busy with the first, so that the others are one batch."""
    gate, entered = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        assert gate.wait(10)

    weather.at["before_commit"] = wait
    futures = [pool.submit(writer.turn_over, turnovers[0])]
    assert entered.wait(10)
    futures += [pool.submit(writer.turn_over, one) for one in turnovers[1:]]
    poll(lambda: writer._queue.qsize() == len(turnovers) - 1, "the others wait in line")
    weather.at["before_commit"] = then
    gate.set()
    return futures


def test_reports_that_come_together_are_committed_together(made: MemoryWorld, writer: Writer, weather: Weather) -> None:
    run_id = start(made, list(range(12)))
    claims = claimed(made, 12)
    commits: list[int] = []
    weather.at["after_commit"] = lambda: commits.append(1)
    with ThreadPoolExecutor(12) as pool:
        futures = together(pool, writer, weather, [report(claim, None) for claim in claims])
        assert [future.result(10) for future in futures] == [None] * 12
    assert (len(commits), ended(made, run_id)) == (2, 12)


def test_one_that_cannot_be_considered_does_not_take_the_others_with_it(
    made: MemoryWorld, writer: Writer, weather: Weather
) -> None:
    good = start(made, [1, 2])
    broken = start(made, [3])
    claims = claimed(made, 3)
    row = made.store.tables.runs[broken]
    made.store.tables.runs.put(broken, replace(row, state=replace(row.state, version="unreadable")))
    with ThreadPoolExecutor(3) as pool:
        futures = together(pool, writer, weather, [report(claim, None) for claim in claims])
        assert [future.result(10) for future in futures] == [None] * 3
    assert (ended(made, good), ended(made, broken)) == (2, 0)
    assert [row.problem for row in made.store.tables.mail.values()] == ["KeyError: ('try', 'unreadable')"]


def test_reports_that_fail_together_are_tried_one_by_one(made: MemoryWorld, writer: Writer, weather: Weather) -> None:
    run_id = start(made, [1, 2, 3])
    claims = claimed(made, 3)
    commits: list[int] = []

    def refuse_the_first_two() -> None:
        commits.append(1)
        if len(commits) < 3:
            raise ZeroDivisionError("by accident")

    with ThreadPoolExecutor(3) as pool:
        turnovers = [report(claim, None) for claim in claims]
        futures = together(pool, writer, weather, turnovers, then=refuse_the_first_two)
        errors = [type(future.exception(10)) for future in futures]
    assert sorted(error.__name__ for error in errors) == ["NoneType", "NoneType", "ZeroDivisionError"]
    assert (ended(made, run_id), len(commits)) == (2, 3), "both together, then each by itself"


def test_a_slot_hears_that_the_database_is_away_and_may_hand_in_again(
    made: MemoryWorld, writer: Writer, weather: Weather
) -> None:
    run_id = start(made, [1, 2])
    (claim, *_) = claimed(made, 1)
    weather.storm("before_commit")
    with pytest.raises(TransientError):
        writer.turn_over(report(claim))
    following = writer.turn_over(report(claim))
    assert (ended(made, run_id), following is not None and following.path) == (1, "m[1]")


def test_an_answer_that_got_lost_after_the_commit_does_no_harm(
    made: MemoryWorld, writer: Writer, weather: Weather
) -> None:
    """S7: handed in again, the report is late; its effect is there once."""
    run_id = start(made, [1, 2])
    (claim, *_) = claimed(made, 1)
    weather.storm("after_commit")
    with pytest.raises(TransientError):
        writer.turn_over(report(claim, None))
    n = made.store.tables.runs[run_id].state.n
    assert writer.turn_over(report(claim, None)) is None
    assert (ended(made, run_id), made.store.tables.runs[run_id].state.n) == (1, n)


def test_a_drain_that_fails_leaves_the_answers_and_the_thread_alone(
    made: MemoryWorld, writer: Writer, weather: Weather
) -> None:
    """Slots would wait for ever for a writer that is gone."""
    run_id = start(made, [1, 2])
    claims = claimed(made, 2)
    rounds: list[int] = []

    def storm_at_the_drain() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            made.store.tables.mail.clear()
            put = [Mail(run_id=run_id, message=PauseRun(actor="1"), key="late")]
            made.store.transact(lambda tx: tx.post(put))
        elif len(rounds) == 2:
            raise TransientError("the database is away")

    weather.at["before_commit"] = storm_at_the_drain
    assert writer.turn_over(report(claims[0], None)) is None
    weather.at.clear()
    assert writer.turn_over(report(claims[1], None)) is None
    assert (len(rounds), ended(made, run_id), made.store.waiting_mail()) == (2, 2, [])


def test_a_slot_that_comes_after_the_end_is_sent_away(made: MemoryWorld) -> None:
    start(made, [1])
    writer = Writer(made.engine.driver, "w")
    writer.close()
    assert writer.turn_over(Turnover(lane=Lane.QUICK)) is None


def test_what_is_in_line_at_the_end_is_still_committed(made: MemoryWorld, weather: Weather) -> None:
    run_id = start(made, [1, 2, 3])
    claims = claimed(made, 3)
    writer = Writer(made.engine.driver, "w")
    with ThreadPoolExecutor(3) as pool:
        futures = together(pool, writer, weather, [report(claim, None) for claim in claims])
        writer.close()
        assert [future.result(10) for future in futures] == [None] * 3
    assert ended(made, run_id) == 3
