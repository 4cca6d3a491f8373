"""`manage.py drill`: what it prints, and when it fails (R10)."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from orchestrator.core.agents import AgentSpec
from orchestrator.models import Event, Run
from orchestrator.services import people, workflows
from orchestrator.store import library
from tests.driven import kept

FLOW = """workflow: counting
input: {type: object, required: [text], properties: {text: {type: string}}}
steps:
  - {id: count, agent: counter, fallback: [second]}
  - {id: sign, gate: {title: Send it?, deadline: {after: 1h}}}
"""
TAKES, GIVES = ({"type": "object", "required": [name], "properties": {name: {"type": kind}}}
                for name, kind in (("text", "string"), ("words", "integer")))  # fmt: skip


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("drill", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def counting(transactional_db: None) -> None:
    library._agent.cache_clear()
    library._workflow.cache_clear()
    me = people.shell_account()
    for name in ("counter", "second"):
        kept(me, AgentSpec(name=name, role="Counts.", runtime="callable", input_schema=TAKES, output_schema=GIVES))
    workflows.apply(me, FLOW)


def test_each_step_and_fault_is_said_with_what_caught_it_and_nothing_is_kept() -> None:
    text = said("counting")
    assert "Nobody was asked: a rule said yes at sign." in text
    assert "✓ crash      caught: tried again (2 times), then second stood in" in text
    assert "– conflict   does not apply: nobody else answers the same" in text
    assert "the deadline of 'sign'" in text
    assert "12 cells" in text
    assert not Run.objects.exists()
    assert not Event.objects.exists()


def test_one_step_and_fault_can_be_chosen_and_read_by_programs() -> None:
    found = json.loads(
        said("counting", "--step", "count", "--fault", "malformed", "--json", "--input", '{"text": "a"}')
    )
    assert found["input"] == {"text": "a"}
    (row,) = found["rows"]
    (cell,) = row["cells"]
    assert (row["step"], cell["fault"], cell["verdict"]) == ("count", "malformed", "caught")
    assert [one["by"] for one in cell["caught_by"]] == ["contract", "retry", "fallback"]


def test_it_fails_when_something_is_not_caught() -> None:
    kept(people.shell_account(), AgentSpec(name="second", role="Says anything.", runtime="callable"))
    workflows.apply(people.shell_account(), FLOW.replace("counter, fallback: [second]", "second"))
    with pytest.raises(SystemExit) as ended:
        said("counting", "--fault", "malformed")
    assert ended.value.code == 1


def test_what_cannot_be_drilled_is_said_with_what_there_is() -> None:
    with pytest.raises(CommandError, match="counting has no step 'cuont'; did you mean 'count'"):
        said("counting", "--step", "cuont")
    with pytest.raises(CommandError, match="text: expected a text"):
        said("counting", "--input", '{"text": 1}')
