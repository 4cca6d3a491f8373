"""R3 in the shell: breakers shown, tripped and reset."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orchestrator.models import Breaker
from tests import driven


@pytest.fixture(autouse=True)
def agent(redis_url: str, transactional_db: None) -> None:
    driven.agent("survey")


def said(*line: str) -> str:
    out = StringIO()
    call_command("breaker", *line, stdout=out)
    return out.getvalue()


def test_it_is_shown_tripped_and_reset() -> None:
    assert said("survey") == "agent survey: closed\n"
    assert said("survey", "trip", "--reason", "maintenance").startswith("agent survey: open by hand: maintenance\n")
    assert "until" in said("survey", "trip", "--seconds", "60").splitlines()[0]
    after = said("survey", "reset").splitlines()
    assert after[0] == "agent survey: closed"
    assert after[1].endswith("open -> closed by shell: closed by hand")
    assert Breaker.objects.get().state == "closed"


@pytest.mark.parametrize("line", ["none", "survey trip --of provider", "survey trip --seconds -1"])
def test_what_can_not_be_done_is_said(line: str) -> None:
    with pytest.raises(CommandError):
        said(*line.split())
