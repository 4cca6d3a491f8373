"""Every fact is told in words; none is left to its type's name."""

from __future__ import annotations

import pytest

from dashboard.partials.story import FAILURES, TELLERS, failure, told
from orchestrator.core.events import FACTS
from orchestrator.core.outcomes import Failure
from orchestrator.models import Event


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_every_fact_has_words(fact: str) -> None:
    """R7: a new fact cannot forget its sentence."""
    assert fact in TELLERS
    said = told(Event(run_id="r", n=1, type=fact, path="draft", data={}))
    assert said.who
    assert said.what != fact


def test_every_failure_has_words() -> None:
    assert set(FAILURES) == set(Failure)
    assert failure("timeout") == "it took too long"
    assert failure(None) == ""


def test_a_failed_attempt_says_why_and_how_long_it_took() -> None:
    data = {"attempt": 2, "status": "timed_out", "failure": "timeout", "reason": "no answer after 60 s", "seconds": 60}
    said = told(Event(run_id="r", n=1, type="attempt.ended", path="draft", data=data))
    assert said.what == "attempt 2 timed out"
    assert said.aside == "it took too long: no answer after 60 s · 1 m 0 s"


def test_a_decision_names_the_person_and_what_they_changed() -> None:
    data = {"verdict": "approve", "actor": "7", "actor_name": "an operator", "edits": {"summary": "x"},
            "comment": "fine"}  # fmt: skip
    said = told(Event(run_id="r", n=1, type="gate.decided", path="sign_off", data=data))
    assert (said.who, said.what, said.aside) == ("an operator", "approved sign_off", "changed summary · fine")


def test_an_event_of_a_later_version_is_told_by_its_name() -> None:
    assert told(Event(run_id="r", n=1, type="moon.rose", path="", data=None)).what == "moon.rose"


def test_a_gate_says_what_it_asks_and_until_when() -> None:
    asked = told(Event(run_id="r", n=1, type="gate.opened", path="sign_off", data={"title": "Publish it"}))
    assert (asked.what, asked.aside) == ("waits for a person", "“Publish it”")
    data = {"timer": "deadline", "delay_seconds": 14400}
    assert told(Event(run_id="r", n=2, type="timer.set", path="sign_off", data=data)).what == (
        "has 4 h 0 m until its deadline"
    )
