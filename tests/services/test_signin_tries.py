"""Guessing passwords gets slow, and nobody is locked out for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from orchestrator.models import SignInTry
from orchestrator.services import signin_tries
from orchestrator.services.signin_tries import MOST, MOST_TOGETHER, PAUSE, WINDOW

pytestmark = pytest.mark.django_db


def pass_time(span: timedelta) -> None:
    for one in SignInTry.objects.all():
        SignInTry.objects.filter(pk=one.pk).update(at=one.at - span)


def fail(account: str, address: str, times: int) -> list[int]:
    return [signin_tries.admit(account, address) for _ in range(times)]


def test_after_five_tries_there_is_one_a_minute() -> None:
    """U4."""
    assert fail("operator", "10.0.0.1", MOST_TOGETHER) == [0] * MOST_TOGETHER
    assert 0 < signin_tries.admit("operator", "10.0.0.1") <= PAUSE.total_seconds()
    pass_time(PAUSE)
    assert signin_tries.admit("operator", "10.0.0.1") == 0
    assert signin_tries.admit("operator", "10.0.0.1") > 0


def test_a_try_that_has_to_wait_does_not_make_the_wait_longer() -> None:
    fail("operator", "10.0.0.1", MOST_TOGETHER)
    waits = fail("operator", "10.0.0.1", 20)
    assert waits == sorted(waits, reverse=True)
    assert SignInTry.objects.count() == MOST_TOGETHER


def test_others_are_not_slowed_down() -> None:
    fail("operator", "10.0.0.1", MOST_TOGETHER + 1)
    assert signin_tries.admit("operator", "10.0.0.2") == 0
    assert signin_tries.admit("viewer", "10.0.0.1") == 0


def test_many_names_from_one_address_are_slowed_down_and_so_is_one_name_from_many() -> None:
    for number in range(MOST):
        assert signin_tries.admit(f"name-{number}", "10.0.0.1") == 0
        assert signin_tries.admit("operator", f"10.0.1.{number}") == 0
    assert signin_tries.admit("another", "10.0.0.1") > 0
    assert signin_tries.admit("operator", "10.0.2.1") > 0


def test_nobody_is_locked_out_for_good() -> None:
    fail("operator", "10.0.0.1", MOST_TOGETHER + 3)
    pass_time(WINDOW)
    assert fail("operator", "10.0.0.1", MOST_TOGETHER) == [0] * MOST_TOGETHER
    assert SignInTry.objects.count() == MOST_TOGETHER


def test_who_signs_in_begins_anew() -> None:
    fail("Operator ", "10.0.0.1", MOST_TOGETHER)
    signin_tries.forget("operator", "10.0.0.1")
    assert fail("operator", "10.0.0.1", MOST_TOGETHER) == [0] * MOST_TOGETHER


def test_what_was_typed_as_a_name_is_not_kept() -> None:
    """It may be a password in the wrong field."""
    signin_tries.admit("correct horse battery", "10.0.0.1")
    assert "horse" not in str(SignInTry.objects.values_list())
    assert SignInTry.objects.get().at <= timezone.now()


@pytest.mark.parametrize("text", ["", "\0", "x" * 5000, "\ud800"])
def test_any_text_is_counted(text: str) -> None:
    assert signin_tries.admit(text, "10.0.0.1") == 0
