"""`manage.py doctor`: what it prints, and when it fails (A5, A8)."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from orchestrator.core.agents import AgentSpec
from orchestrator.services import people, workflows
from orchestrator.store import library
from tests.driven import kept

FLOW = "workflow: idling\ninput: {type: object}\nlabels: {owner: tests}\nsteps: [{id: idle, agent: idler}]"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("doctor", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def idler(transactional_db: None) -> None:
    library._agent.cache_clear()
    library._workflow.cache_clear()
    me = people.shell_account()
    kept(me, AgentSpec(name="idler", role="Idles.", runtime="callable"))
    workflows.apply(me, FLOW)


def test_each_finding_says_what_where_why_and_what_to_do() -> None:
    text = said()
    assert "agent idler, owner: nobody answers for it; name a person or a team" in text
    assert "[no-owner]" in text
    assert "✗ test bench: unproven: idler" in text
    assert "– alert route: no alerts yet" in text
    assert text.endswith("1 finding\n")


def test_strict_fails_while_anything_is_lacking() -> None:
    with pytest.raises(SystemExit) as ended:
        said("--strict")
    assert ended.value.code == 1
    assert said("nobody", "--strict") == "0 findings\n"


def test_programs_read_it_as_json() -> None:
    found = json.loads(said("--json", "idling", "idler"))
    assert found["findings"][0]["check"] == "no-owner"
    assert [one["name"] for one in found["readiness"]["idling"]][-1] == "alert route"
