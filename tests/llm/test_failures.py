"""What goes wrong between an agent that is a model and its provider, and what the engine makes of it."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

from orchestrator.core.outcomes import Cancelled, Failed, Failure, Ok, Usage
from tests.llm.answers import Answer
from tests.llm.conftest import KEY, Desk

LONG = "word " * 2000
NO_QUOTA = '{"error": {"message": "pay first", "code": "insufficient_quota"}}'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=429, headers={"Retry-After": "7"}, error="slow down"), "wait 7 s (Retry-After). It said (429)"),
        (Answer(status=429, body=NO_QUOTA), "no quota or credit"),
        (Answer(status=500), "failed. It said (500)"),
        (Answer(status=503), "It said (503)"),
        (Answer(status=401, error=f"bad key {KEY}"), "does not accept the key"),
        (Answer(status=404), "check the model's name and address"),
        (Answer(text="It rains.", cut_after=1), "broke off"),
        (Answer(text="It rains.", cut_after=1, ends_early=True), "broke off in mid-answer"),
        (Answer(body=NO_QUOTA), "nothing that can be understood"),
        (Answer(body="{oops"), "nothing that can be understood"),
    ],
)  # fmt: skip
def test_a_provider_in_trouble_is_unavailable_and_said_in_words(desk: Desk, answer: Answer, words: str) -> None:
    """C4, R4: a 429 or a used up quota is never a success; the client does not try again by itself."""
    desk.server.script(answer)
    failed = desk.run()
    assert isinstance(failed, Failed), failed
    assert failed.kind is Failure.UNAVAILABLE, failed
    assert words in failed.reason
    assert KEY not in failed.reason + failed.detail
    assert failed.retry_after_seconds == (7.0 if answer.headers else None)
    assert len(desk.server.asked) == 1
    assert len(desk.control.settled) == 1
    assert not desk.control.effects()


@pytest.mark.parametrize("answer", [Answer(text="It rains.", cut_after=0), Answer(body=NO_QUOTA), Answer(body="{oops")])
def test_a_plain_answer_that_breaks_off_or_is_none_is_unavailable(desk: Desk, answer: Answer) -> None:
    desk.server.script(answer)
    failed = desk.run(settings={"stream": False})
    assert isinstance(failed, Failed), failed
    assert failed.kind is Failure.UNAVAILABLE


def test_a_request_that_is_refused_is_not_unavailable(desk: Desk) -> None:
    desk.server.script(Answer(status=400, error="temperature is not supported"))
    failed = desk.run()
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.CRASH
    assert "temperature is not supported" in failed.reason


def test_what_was_cut_has_used_up_what_came(desk: Desk) -> None:
    desk.server.script(Answer(text=LONG, piece=400, cut_after=3))
    failed = desk.run(settings={"prices": {"input": 0, "output": 10}})
    assert isinstance(failed, Failed)
    assert failed.usage.cost_usd == Decimal("0.003")
    assert failed.usage == desk.control.settled[0][0]


def test_a_refused_call_has_used_up_nothing_as_far_as_anybody_knows(desk: Desk) -> None:
    desk.server.script(Answer(status=500))
    failed = desk.run(settings={"prices": {"input": 1, "output": 10}})
    assert isinstance(failed, Failed)
    assert failed.usage == desk.control.settled[0][0] == Usage()


def test_nobody_at_the_address(desk: Desk) -> None:
    failed = desk.run(settings={"base_url": "http://127.0.0.1:9/v1"})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.UNAVAILABLE
    assert "cannot be reached" in failed.reason


def test_a_slow_answer_is_ended_with_its_process(desk: Desk) -> None:
    """R5: the engine's clock holds a model to its time."""
    desk.server.script(Answer(text="It rains.", before=4))
    began = time.monotonic()
    failed = desk.run(timeout_seconds=1.5)
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.TIMEOUT
    assert time.monotonic() - began < 3.5


def test_an_answer_nobody_wants_any_more_is_broken_off(desk: Desk) -> None:
    """R11: the connection is closed, so that the provider stops."""
    desk.server.script(Answer(text=LONG, between=0.01))
    timer = threading.Timer(2.5, desk.control.stop.set)
    timer.start()
    outcome = desk.run()
    timer.join()
    assert outcome == Cancelled(reason="It was stopped.")
    asked = desk.server.asked[0]
    assert asked.ended.wait(5)
    assert not asked.whole


@pytest.mark.parametrize("budget", [{"tokens": 400}, {"usd": 0.004}])
def test_a_call_past_its_own_cap_is_cut_in_mid_stream(desk: Desk, budget: dict[str, float]) -> None:
    """C1: one call may not use more than the agent allows."""
    desk.server.script(Answer(text=LONG, piece=40, between=0.002))
    settings = {"prices": {"input": 0, "output": 10}, "max_tokens": 3000}
    failed = desk.run(settings=settings, budget={"call": budget})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.OVER_BUDGET
    assert "One call may use" in failed.reason
    assert desk.control.reserved[0].tokens is not None
    assert failed.usage.tokens is not None
    assert 350 < failed.usage.tokens < 550
    asked = desk.server.asked[0]
    assert asked.ended.wait(5)
    assert not asked.whole
    assert asked.pieces < 150


def test_a_call_whose_price_nobody_knows_keeps_no_budget_in_money(desk: Desk) -> None:
    failed = desk.run(budget={"call": {"usd": 1}})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.OVER_BUDGET
    assert "`prices`" in failed.reason
    assert not desk.server.asked


def test_a_call_the_budget_does_not_hold_is_not_made(desk: Desk) -> None:
    """C1: reserved before, refused in the budget's words."""
    desk.control.refuses = "the budget of the run has 3 of 100 tokens left"
    failed = desk.run()
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.OVER_BUDGET
    assert "3 of 100 tokens left" in failed.reason
    assert not desk.server.asked


def test_a_worker_without_the_key_says_which_variable_to_set(desk: Desk) -> None:
    failed = desk.run(settings={"key_env": "NO_SUCH_KEY"})
    assert isinstance(failed, Failed)
    assert failed.kind is Failure.UNAVAILABLE
    assert "NO_SUCH_KEY" in failed.reason
    assert not desk.server.asked


def test_a_server_of_ones_own_is_not_given_the_providers_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrator.runtimes.llm.provider import key_of
    from orchestrator.runtimes.llm.settings import Settings

    monkeypatch.setenv("OPENAI_API_KEY", "the real one")
    assert key_of(Settings(provider="openai", model="tiny", base_url=desk.server.url)) == ""
    assert key_of(Settings(provider="openai", model="tiny")) == "the real one"


def test_a_server_that_tells_no_usage_is_estimated_and_that_is_said(desk: Desk) -> None:
    desk.server.script(Answer(text="It rains.", body=None, tokens_in=0, tokens_out=0))
    outcome = desk.run()
    assert isinstance(outcome, Ok)
    assert "estimated" in outcome.note
    assert outcome.usage.tokens
