"""R3 over HTTP: breakers shown, opened and closed by hand."""

from __future__ import annotations

import pytest

from tests import driven
from tests.api.conftest import Caller

PATH = "/agents/survey/breaker"


@pytest.fixture(autouse=True)
def agent(surroundings: None) -> None:
    driven.agent("survey")


def test_it_is_opened_for_a_time_or_until_it_is_reset(operator: Caller) -> None:
    (closed,) = operator.get(PATH).body["items"]
    assert (closed["of"], closed["name"], closed["state"], closed["changes"]) == ("agent", "survey", "closed", [])
    (opened,) = operator.post(PATH, {"state": "open", "reason": "maintenance", "seconds": 60}).body["items"]
    assert (opened["state"], opened["by_hand"], opened["why"]) == ("open", True, "maintenance")
    assert opened["until"] > opened["since"]
    (reset,) = operator.post(PATH, {"state": "reset"}).body["items"]
    assert [(one["was"], one["state"], one["by"]) for one in reset["changes"]] == [
        ("open", "closed", operator.user.username),
        ("closed", "open", operator.user.username),
    ]


def test_who_may_not_and_what_can_not_be_is_said(viewer: Caller, operator: Caller) -> None:
    assert viewer.post(PATH, {"state": "open"}).status == 403
    assert operator.post("/agents/none/breaker", {"state": "open"}).status == 404
    assert operator.post(PATH, {"state": "half_open"}).status == 422
    refused = operator.post(PATH, {"state": "open", "of": "provider"})
    assert (refused.status, refused.errors) == (422, {"of": "survey asks no provider"})
    assert operator.post(PATH, {"state": "open", "seconds": 0}).errors == {
        "seconds": "must be above 0 and at most a year"
    }
