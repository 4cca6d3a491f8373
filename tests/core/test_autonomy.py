"""How much an agent may do by itself in one step (H7): act, propose, or act when a condition holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.definition import Workflow
from orchestrator.core.events import GateOpened
from orchestrator.core.messages import WakeStep
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.tree import made as as_made
from orchestrator.core.validate import read_workflow
from tests.core.play import Play

PAYMENT = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "number"}, "confidence": {"type": "number"}, "note": {"type": "string"}},
}
SPECS = {
    "payer": AgentSpec(name="payer", role="Pays.", runtime="x", lane=Lane.QUICK, version=3, output_schema=PAYMENT),
    "talker": AgentSpec(name="talker", role="Says something.", runtime="x", lane=Lane.QUICK),
}
SMALL = {"act_when": "output.amount < 100 && output.confidence > 0.8"}


def play(autonomy: Any = None, **fields: Any) -> Play:
    more = {} if autonomy is None else {"autonomy": autonomy}
    step = {"id": "pay", "agent": "payer", "with": {"order": "input.order"}, **fields, **more}
    made = Play(read(step), {"order": 7}, SPECS)
    made.start()
    return made


def read(*steps: dict[str, Any]) -> Workflow:
    source = {"workflow": "try", "steps": [*steps], "output": "steps.pay.output"}
    found = read_workflow(from_plain(source), SPECS)
    assert isinstance(found, Workflow), found
    again = read_workflow(as_made(from_plain(found.frozen or source)), None)  # as every process reads it
    assert isinstance(again, Workflow), again
    return again


def gate(made: Play) -> GateOpened:
    return [fact for fact in made.facts if isinstance(fact, GateOpened)][-1]


@pytest.mark.parametrize("autonomy", [None, "act"])
def test_an_agent_acts_alone_unless_the_step_says_otherwise(autonomy: Any) -> None:
    made = play(autonomy)
    made.report("pay", {"amount": 9999})
    assert (made.run.status, made.step("pay").output) == (RunStatus.SUCCEEDED, {"amount": 9999})


def test_what_is_proposed_counts_when_a_person_approves_it() -> None:
    """H7."""
    made = play("propose")
    made.report("pay/Work", {"amount": 5})
    asked = gate(made)
    assert (asked.path, asked.title, made.run.status) == ("pay/Approved", "pay: payer proposes", RunStatus.WAITING)
    assert asked.shown == {"why you are asked": "payer only proposes here", "order": 7, "amount": 5}
    assert (asked.edit, asked.edit_schema) == (("amount", "confidence", "note"), PAYMENT)
    made.decide("pay/Approved")
    assert made.step("pay").output == {"amount": 5}


def test_a_person_changes_rejects_or_sends_back_what_is_proposed() -> None:
    """H7."""
    made = play("propose", **{"with": {"order": "input.order", "feedback": "feedback"}})
    made.report("pay/Work", {"amount": 5})
    made.decide("pay/Approved", "send_back", comment="it was 6")
    assert made.queued("pay/Work#2").input == {"order": 7, "feedback": "it was 6"}
    made.report("pay/Work#2", {"amount": 6})
    made.decide("pay/Approved#2", edits={"note": "thanks"})
    assert made.step("pay").output == {"amount": 6, "note": "thanks"}
    other = play("propose")
    other.report("pay/Work", {"amount": 5})
    other.decide("pay/Approved", "reject", comment="no")
    assert (other.step("pay").status, other.run.status) == (StepStatus.FAILED, RunStatus.FAILED)


def test_an_agent_acts_alone_while_its_condition_holds() -> None:
    """H7."""
    made = play(SMALL)
    made.report("pay/Work", {"amount": 99, "confidence": 0.9})
    assert (made.run.status, made.step("pay").output) == (RunStatus.SUCCEEDED, {"amount": 99, "confidence": 0.9})
    assert not [fact for fact in made.facts if isinstance(fact, GateOpened)]


@pytest.mark.parametrize(("output", "why"), [
    ({"amount": 100, "confidence": 0.9}, "it is not so that output.amount < 100 && output.confidence > 0.8"),
    ({"amount": 1}, "nobody can tell whether output.amount < 100 && output.confidence > 0.8"),
])  # fmt: skip
def test_a_person_is_asked_where_it_does_not_hold_or_cannot_be_told(output: dict[str, Any], why: str) -> None:
    made = play(SMALL)
    made.report("pay/Work", output)
    assert str(gate(made).shown["why you are asked"]).startswith(why)
    made.decide("pay/Approved")
    assert made.step("pay").output == output


def test_a_new_version_of_an_agent_can_be_kept_from_acting_alone() -> None:
    """H7: a gate opens by a new agent version."""
    made = play({"act_when": "agents.payer.version <= 2"})
    made.report("pay/Work", {"amount": 1})
    assert gate(made).path == "pay/Approved"


def test_a_result_that_is_no_object_is_proposed_as_a_whole() -> None:
    made = play("propose", agent="talker")
    made.report("pay/Work", ["a", "b"])
    assert gate(made).edit == ("what it proposes",)
    made.decide("pay/Approved", edits={"what it proposes": ["a"]})
    assert made.step("pay").output == ["a"]


@pytest.mark.parametrize(("then", "shown"), [("approve", {"amount": 5}), ("escalate", None)])
def test_a_deadline_of_a_proposal_does_what_it_says(then: str, shown: Any) -> None:
    to = {"to": "heads"} if then == "escalate" else {}
    made = play({"deadline": {"after": "1h", "then": then, **to}, "approvers": {"group": "clerks"}})
    made.report("pay/Work", {"amount": 5})
    assert gate(made).group == "clerks"
    made.send(WakeStep(path="pay/Approved", timer="deadline"))
    assert (gate(made).group, gate(made).edit) == ("clerks" if shown else "heads", ("amount", "confidence", "note"))
    assert made.step("pay").output == shown


def test_each_item_of_a_map_can_be_proposed() -> None:
    do = {"agent": "payer", "autonomy": "propose"}
    made = Play(read({"id": "pay", "map": {"over": "input.list", "as": "n", "do": do}}), {"list": [1, 2]}, SPECS)
    made.start()
    made.report("pay[0]/Work", {"amount": 1})
    assert gate(made).path == "pay[0]/Approved"


@pytest.mark.parametrize(("autonomy", "path", "words"), [
    ("ask", "steps[0].autonomy", "this is no degree of autonomy; write act, propose or {act_when: CONDITION"),
    ({"act_wen": "true"}, "steps[0].autonomy.act_wen", "not a field of 'autonomy'; did you mean 'act_when'?"),
    ({"act_when": "output.amont < 1"}, "steps[0].autonomy.act_when", "'output' has no field 'amont'"),
    ({"act_when": "output.amount"}, "steps[0].autonomy.act_when", "a condition is true or false"),
])  # fmt: skip
def test_what_makes_no_sense_is_told_at_its_place(autonomy: Any, path: str, words: str) -> None:
    source = {"workflow": "try", "steps": [{"id": "pay", "agent": "payer", "autonomy": autonomy}]}
    found = read_workflow(from_plain(source), SPECS)
    assert not isinstance(found, Workflow)
    assert [one.path for one in found] == [path], found
    assert words in str(found[0])


def test_what_comes_out_is_known_as_the_agent_returns_it() -> None:
    steps = [{"id": "pay", "agent": "payer", "autonomy": SMALL},
             {"id": "tell", "agent": "talker", "with": {"sum": "steps.pay.output.sum"}}]  # fmt: skip
    found = read_workflow(from_plain({"workflow": "try", "steps": steps}), SPECS)
    assert not isinstance(found, Workflow)
    assert "has no field 'sum'" in str(found[0])


def test_an_agent_may_act_alone_once_it_is_proven() -> None:
    """H7, A4: the condition says so by name; where nobody knows, it is not."""
    for proven, is_alone in (({"payer": True}, True), ({"payer": False}, False), ({}, False)):
        step = {"id": "pay", "agent": "payer", "autonomy": {"act_when": "agents.payer.proven"}}
        made = Play(read(step), {}, SPECS)
        assert made.workflow.asks_proven
        made.world = replace(made.world, proven=proven)
        made.start()
        made.report("pay/Work", {"amount": 1})
        assert (made.run.status == RunStatus.SUCCEEDED) == is_alone
