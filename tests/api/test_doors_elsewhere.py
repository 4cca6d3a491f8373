"""The doors hear how work ends that is done elsewhere, whichever process leased it and whichever hears of it (R3, C1,
C3, C4): as soon as of our own work, once, and neither later nor never when somebody is killed in between."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator import wiring
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Json
from orchestrator.engine.ports import PARKED
from orchestrator.models import (
    AgentVersion,
    Answer,
    Breaker,
    BreakerProbe,
    QueueEntry,
    Reservation,
    Run,
    Spend,
    Stopping,
)
from orchestrator.reliability import breaker as logic
from orchestrator.services import runs
from orchestrator.services.overdue import report_overdue
from orchestrator.store.spend_check import checked
from tests import cast, driven
from tests.api.conftest import Caller
from tests.api.web import Web, another

RATED = """
workflow: rated
role: Has something rated elsewhere.
input: {{type: object}}
steps:
  - {{id: rate, agent: {}, with: {{n: input.n}}, retry: {{attempts: 1}}}}
"""
NUMBERS = itertools.count()
GOOD: Json = {"ok": True, "output": {"n": 3}}
BAD: Json = {"ok": False, "failure": "crash", "reason": "boom"}


class Far:
    """An agent that works elsewhere, and a worker that asks for its work in this process."""

    def __init__(self, operator: Caller) -> None:
        self.operator = operator
        self.name = f"far-{next(NUMBERS)}"
        self.key = f"agent:{self.name}"

    def agent(self, **more: Json) -> None:
        """Keep the agent with what holds for it."""
        driven.agent(self.name, takes=driven.NUMBER, returns=driven.NUMBER)
        kept = AgentVersion.objects.get(name=self.name)
        kept.spec = {**kept.spec, "runtime": "remote", "lane": Lane.REMOTE.value, **more}
        kept.save()
        driven.workflow(cast.person("builder", "the-builder"), RATED.format(self.name))

    def start(self, n: int = 1) -> Run:
        return Run.objects.get(pk=runs.start(self.operator.user, "rated", {"n": n}).run_id)

    def asked(self, number: int) -> dict[str, Json]:
        return {"agents": [self.name], "worker": "far", "asking": f"asked{number:04}"}

    def lease(self, number: int) -> dict[str, Any] | None:
        """Lease work; None where there is none."""
        answer = self.operator.post("/work/lease", self.asked(number))
        assert answer.status in (200, 204), answer.body
        return dict(answer.body) if answer.status == 200 else None

    def leased(self, number: int) -> dict[str, Any]:
        found = self.lease(number)
        assert found is not None
        return found

    def reported(self, web: Web, work: dict[str, Any], body: Json = GOOD) -> int:
        return web.post(f"/work/{work['token']}/report", self.operator.token, body)[0]


@pytest.fixture
def far(operator: Caller) -> Iterator[Far]:
    """Give an agent, and doors that know nothing."""
    for one in (wiring.doors, wiring.breakers, wiring.limits):
        one.cache_clear()
    yield Far(operator)
    for one in (wiring.doors, wiring.breakers, wiring.limits):
        one.cache_clear()


@pytest.fixture
def web() -> Iterator[Web]:
    with another() as one:
        yield one


def test_a_slot_is_free_for_who_waits_as_soon_as_another_process_hears_the_end(far: Far, web: Web) -> None:
    """C4: without waiting for a sweep."""
    far.agent(limits={"concurrency": 1})
    far.start()
    far.start(2)
    work = far.leased(1)
    assert far.lease(2) is None
    assert far.reported(web, work) == 200
    assert far.leased(3)["input"] == {"n": 2}


def test_a_probe_reported_to_another_process_closes_the_breaker_and_a_bad_one_opens_it(far: Far, web: Web) -> None:
    """R3: half open, over all processes."""
    far.agent()
    for number in range(5):
        far.start(number)
    wiring.breakers().change(far.key, lambda one, now: logic.tripped(one, "test", now - 10, 5))
    first, second = far.leased(1), far.leased(2)
    assert far.lease(3) is None, "two probes are at work, wherever they were let through"
    assert far.reported(web, first, BAD) == 200
    assert (Breaker.objects.get().state, BreakerProbe.objects.count()) == ("open", 0)
    assert far.reported(web, second) == 200
    assert Breaker.objects.get().state == "open", "it was a probe of a breaker that has opened again since"
    wiring.breakers().change(far.key, lambda one, now: logic.tripped(one, "test", now - 10, 5))
    wiring.store().wake(f"breaker:{far.key}", None)
    for number in (4, 5):
        assert far.reported(web, far.leased(number)) == 200
    assert Breaker.objects.get().state == "closed"


def test_who_wants_to_be_left_alone_is_left_alone_at_once(far: Far, web: Web) -> None:
    """C4: a 429 that somebody elsewhere got."""
    far.agent()
    far.start()
    said: Json = {"ok": False, "failure": "unavailable", "reason": "429", "retry_after": 120}
    assert far.reported(web, far.leased(1), said) == 200
    breaker = Breaker.objects.get()
    assert breaker.until is not None
    assert 100 < (breaker.until - breaker.since).total_seconds() < 121
    assert breaker.why == "it asked to be left alone for 120 s: 429"


def test_the_fifth_failure_in_a_row_opens_it_and_no_earlier_one(far: Far, web: Web) -> None:
    """R3: a failure counts once, whether or not it is recorded yet."""
    far.agent()
    for number in range(5):
        far.start()
        assert not Breaker.objects.exists()
        assert far.reported(web, far.leased(number), BAD) == 200
    assert Breaker.objects.get().why == "5 failures in a row, the last: crash: boom"


def test_an_answer_reported_to_another_process_is_kept_and_given_again(far: Far, web: Web) -> None:
    """C3"""
    far.agent(cache_seconds=3600.0)
    far.start()
    waiting = far.start()
    work = far.leased(1)
    assert far.lease(2) is None
    assert far.reported(web, work) == 200
    assert far.lease(3) is None, "it needs nobody"
    waiting.refresh_from_db()
    assert (waiting.status, Answer.objects.get().hits) == ("succeeded", 1)


def test_who_is_killed_between_the_doors_and_the_run_is_made_up_for_by_the_same_report(far: Far) -> None:
    """S8: killed right here, and delivered once more."""
    far.agent(cache_seconds=3600.0, limits={"concurrency": 1}, budget={"day": {"calls": 10}})
    run = far.start()
    work = far.leased(1)
    with another("left") as dying:
        assert far.reported(dying, work) == 0
    run.refresh_from_db()
    assert (run.status, Answer.objects.get().fence) == ("running", "")
    with another() as next_one:
        assert [far.reported(next_one, work) for _ in range(2)] == [200, 200]
    run.refresh_from_db()
    assert (run.status, Spend.objects.get().calls, Reservation.objects.count()) == ("succeeded", 1, 0)
    again = far.start()
    assert far.lease(2) is None
    again.refresh_from_db()
    assert again.status == "succeeded"


def test_work_whose_lease_was_lost_on_its_way_has_passed_the_doors_once(far: Far, web: Web) -> None:
    """A worker that asks again gets its work, and does not wait for itself: not for its answer, slot or probe."""
    far.agent(
        cache_seconds=3600.0, limits={"concurrency": 1, "calls": 1, "seconds": 3600}, budget={"day": {"calls": 1}}
    )
    wiring.breakers().change(far.key, lambda one, now: logic.tripped(one, "test", now - 10, 5))
    run = far.start()
    with another("admitted") as dying:
        assert dying.post("/work/lease", far.operator.token, far.asked(1))[0] == 0
    work = far.leased(1)
    assert BreakerProbe.objects.count() == 1
    assert far.reported(web, work) == 200
    run.refresh_from_db()
    assert (run.status, Spend.objects.get().calls, Breaker.objects.get().passed) == ("succeeded", 1, 1)


def test_work_that_is_given_back_leaves_nothing_behind(far: Far, web: Web) -> None:
    far.agent(cache_seconds=3600.0, limits={"concurrency": 1}, budget={"day": {"calls": 1}})
    wiring.breakers().change(far.key, lambda one, now: logic.tripped(one, "test", now - 10, 5))
    far.start()
    work = far.leased(1)
    assert web.post(f"/work/{work['token']}/release", far.operator.token, None)[0] == 200
    assert [one.objects.count() for one in (Answer, BreakerProbe, Reservation)] == [0, 0, 0]
    assert far.reported(web, far.leased(2)) == 200


def test_a_late_report_tells_the_doors_nothing(far: Far, web: Web) -> None:
    far.agent(cache_seconds=3600.0, limits={"concurrency": 1})
    far.start()
    old = far.leased(1)
    QueueEntry.objects.update(parked_until=cast.NOON)
    wiring.engine().sweep()
    far.start(1)
    new = far.leased(2)
    assert far.reported(web, old) == 409
    assert Answer.objects.get().fence, "it is being made by the other"
    assert far.lease(3) is None
    assert far.reported(web, new) == 200


@pytest.mark.parametrize("is_swept", [False, True])
def test_what_a_late_report_has_cost_is_in_the_book_all_the_same(far: Far, web: Web, is_swept: bool) -> None:
    """C1: delivered late, and then again and otherwise; what was held counted as spent until it was known."""
    far.agent(budget={"day": {"calls": 10, "usd": 5}})
    run = far.start()
    work = far.leased(1)
    runs.cancel(far.operator.user, run.id, "")
    if is_swept:
        Stopping.objects.all().delete()
        wiring.spending().settle_gone()
    bill: dict[str, Json] = {"ok": True, "output": {"n": 3}, "cost_usd": "0.25", "tokens": 310}
    assert [far.reported(web, work, bill), far.reported(web, work, {**bill, "tokens": 999})] == [409, 409]
    (line,) = Spend.objects.all()
    assert (line.is_estimate, line.tokens, line.cost_usd, line.calls) == (False, 310, "0.25", 1)
    assert Reservation.objects.count() == 0
    assert checked(wiring.store()) == []


@pytest.mark.parametrize("is_swept", [False, True])
def test_what_a_report_after_its_time_has_cost_is_in_the_book(far: Far, web: Web, is_swept: bool) -> None:
    """C1: nobody said in time what it took, so that was only estimated when the attempt timed out."""
    far.agent(budget={"day": {"calls": 10, "usd": 5}})
    far.start()
    work = far.leased(1)
    QueueEntry.objects.update(worker=PARKED, parked_until=cast.NOON)
    assert report_overdue() == 1
    if is_swept:
        assert wiring.spending().settle_gone() == 1
        assert Spend.objects.get().is_estimate
    bill: dict[str, Json] = {"ok": True, "output": {"n": 3}, "cost_usd": "0.25", "tokens": 310}
    assert far.reported(web, work, bill) == 409
    (line,) = Spend.objects.all()
    assert (line.is_estimate, line.tokens, line.cost_usd, line.calls) == (False, 310, "0.25", 1)
    assert checked(wiring.store()) == []


def test_a_paused_agent_leases_nothing_reports_what_it_has_and_goes_on_once_it_is_resumed(far: Far, web: Web) -> None:
    far.agent()
    first = far.start()
    far.start(2)
    work = far.leased(1)
    assert far.operator.post(f"/agents/{far.name}/pause", {"reason": "maintenance"}).body["working"] == 1
    assert far.lease(2) is None
    assert QueueEntry.objects.get(worker=None).waits_for == f"paused:{far.name}"
    assert far.reported(web, work) == 200, "what it has in hand ends"
    assert Run.objects.get(pk=first.pk).status == "succeeded"
    far.operator.post(f"/agents/{far.name}/resume")
    assert far.leased(3)["input"] == {"n": 2}
