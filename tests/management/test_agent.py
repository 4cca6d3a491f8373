"""An agent in the shell: shown, paused and resumed."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orchestrator.models import AgentPause
from tests import driven


@pytest.fixture(autouse=True)
def agent(redis_url: str, transactional_db: None) -> None:
    driven.agent("survey")


def said(*line: str) -> str:
    out = StringIO()
    call_command("agent", *line, stdout=out)
    return out.getvalue()


def test_it_is_shown_paused_and_resumed() -> None:
    assert said("survey") == "agent survey: 0 at work, 0 waiting\n"
    told = said("survey", "pause", "--reason", "maintenance")
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    line = rf"agent survey: paused by shell at {moment}: maintenance; drained, 0 at work, 0 waiting\n"
    assert re.fullmatch(line, told), told
    assert said("survey", "resume") == "agent survey: 0 at work, 0 waiting\n"
    assert not AgentPause.objects.exists()


def test_what_can_not_be_done_is_said() -> None:
    with pytest.raises(CommandError, match="survey"):
        said("surve", "pause")
