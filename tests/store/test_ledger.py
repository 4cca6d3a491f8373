"""The ledger: a logical call to the outside happens once, or a person is asked (U11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.core.ids import StepPath
from orchestrator.engine.ports import Claim
from orchestrator.store.ledger import InDoubt, LeaseGone, Ledger
from orchestrator.store.store import DjangoStore
from tests.contracts.worlds import World

pytestmark = pytest.mark.django_db


class Outside:
    """What an agent acts on."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, int]:
        self.calls += 1
        return {"sent": self.calls}

    def dies(self) -> None:
        self.calls += 1
        raise KeyboardInterrupt

    def refuses(self) -> None:
        raise ConnectionError("nobody there")


@pytest.fixture
def ledger(world: World) -> Ledger:
    assert isinstance(world.store, DjangoStore)
    return Ledger(world.store)


@pytest.fixture
def claim(world: World) -> Claim:
    world.start({"id": "a", "agent": "quick"})
    return world.claim()[0]


def again(world: World, claim: Claim) -> Claim:
    """Lose the worker and claim the next attempt."""
    world.store.beat("w", -1.0)
    world.engine.sweep()
    (taken,) = world.claim()
    assert taken.attempt == claim.attempt + 1
    return taken


def test_a_call_is_answered_from_the_record_the_second_time(ledger: Ledger, claim: Claim) -> None:
    outside = Outside()
    assert [ledger.once(claim, "mail", "k", outside) for _ in range(3)] == [{"sent": 1}] * 3
    assert ledger.once(claim, "mail", "other", outside) == {"sent": 2}


def test_the_next_attempt_is_answered_from_the_same_record(world: World, ledger: Ledger, claim: Claim) -> None:
    outside = Outside()
    ledger.once(claim, "mail", "k", outside)
    assert ledger.once(again(world, claim), "mail", "k", outside) == {"sent": 1}
    assert outside.calls == 1


def test_a_call_whose_outcome_nobody_knows_is_left_to_a_person(world: World, ledger: Ledger, claim: Claim) -> None:
    outside = Outside()
    with pytest.raises(KeyboardInterrupt):
        ledger.once(claim, "mail", "k", outside.dies)
    with pytest.raises(InDoubt, match="may have done this"):
        ledger.once(again(world, claim), "mail", "k", outside)
    assert outside.calls == 1


def test_what_may_happen_twice_is_done_again(world: World, ledger: Ledger, claim: Claim) -> None:
    outside = Outside()
    with pytest.raises(KeyboardInterrupt):
        ledger.once(claim, "mail", "k", outside.dies, idempotent=True)
    assert ledger.once(again(world, claim), "mail", "k", outside, idempotent=True) == {"sent": 2}


def test_a_call_that_is_known_to_have_failed_may_be_made_again(ledger: Ledger, claim: Claim) -> None:
    outside = Outside()
    with pytest.raises(ConnectionError):
        ledger.once(claim, "mail", "k", outside.refuses)
    assert ledger.once(claim, "mail", "k", outside) == {"sent": 1}


def test_nothing_is_done_under_a_claim_that_was_taken_away(world: World, ledger: Ledger, claim: Claim) -> None:
    """S6: no effect of a worker that was only slow."""
    outside = Outside()
    again(world, claim)
    with pytest.raises(LeaseGone):
        ledger.once(claim, "mail", "k", outside)
    assert outside.calls == 0


def test_what_was_begun_in_a_step_is_known_to_its_next_attempt_done_or_not(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    """A7: actions are counted over all attempts, and of this step alone."""
    other = replace(claim, path=StepPath("a#2"))
    outside = Outside()
    ledger.once(claim, "mail", "k", outside)
    with pytest.raises(KeyboardInterrupt):
        ledger.once(claim, "mail", "doubt", outside.dies)
    with pytest.raises(ConnectionError):
        ledger.once(claim, "mail", "failed", outside.refuses)
    assert ledger.begun(again(world, claim)) == ("k", "doubt")
    assert ledger.begun(other) == ()
