"""Kind `gate`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.gate import Gate
from tests.core.nodes.reading import node, told

FULL = """\
gate:
  title: Sign off
  show: {name: input.name, n: size(input.packages)}
  edit: [name]
  edit_schema: {type: object, properties: {name: {type: string}}}
  approvers: {role: builder, group: heads, quorum: 2, not_starter: true}
  deadline: {after: 4h, then: escalate, to: leads}
  on_reject: continue"""


def test_everything_is_read() -> None:
    read = node(FULL)
    assert isinstance(read, Gate)
    assert (read.title, read.show, read.edit) == (
        "Sign off",
        {"name": "input.name", "n": "size(input.packages)"},
        ("name",),
    )
    assert (read.role, read.group, read.quorum, read.not_starter) == ("builder", "heads", 2, True)
    assert (read.deadline_seconds, read.deadline_then, read.deadline_to, read.on_reject) == (
        14400.0,
        "escalate",
        "leads",
        "continue",
    )
    assert read.edit_schema == {"type": "object", "properties": {"name": {"type": "string"}}}


def test_a_single_expression_shows_every_field_of_it() -> None:
    read = node("gate: {title: T, show: input}")
    assert isinstance(read, Gate)
    assert read.show == {"*": "input"}


def test_its_output_is_what_it_showed() -> None:
    assert told("gate: {title: T, show: {a: input.name}}", output="steps.it.output.a") == []
    assert "has no field 'b'" in told("gate: {title: T, show: {a: input.name}}", output="steps.it.output.b")[0][1]
    assert told("gate: {title: T, show: input}", output="steps.it.output.name") == []
    assert "has no field 'nope'" in told("gate: {title: T, show: input}", output="steps.it.output.nope")[0][1]
    assert told("gate: {title: T, show: input.name}", output="steps.it.output.value") == []


def test_a_gate_that_goes_on_after_a_rejection_may_give_more() -> None:
    assert told("gate: {title: T, show: {a: input.name}, on_reject: continue}", output="steps.it.output.rejected") == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("gate: {}", 1, "'gate' needs 'title'"),
        ("gate: Sign off", 1, "'gate' must be an object, but is a text"),
        ("gate:\n  titel: T", 2, "'titel' is not a field of 'gate'"),
        ("gate:\n  title: T\n  show: 7", 3, "'show' must be an object, but is a number"),
        ("gate:\n  title: T\n  show: {a: input.nam}", 3, "'input' has no field 'nam'"),
        ("gate:\n  title: T\n  show: {a: input.name}\n  edit: [b]", 4, "'b' is not shown"),
        ("gate:\n  title: T\n  show: input\n  edit: [b]", 4, "'b' is not shown"),
        ("gate:\n  title: T\n  edit_schema: {properties: {a: {}}}", 3, "'a' is not in 'edit'"),
        ("gate:\n  title: T\n  edit_schema: {tpe: object}", 3, "'tpe' is not a word of JSON Schema"),
        ("gate:\n  title: T\n  approvers: {role: viewer}", 3, "must be one of operator, builder, admin"),
        ("gate:\n  title: T\n  approvers: {quorum: 0}", 3, "must be from 1 to 100"),
        ("gate:\n  title: T\n  approvers: heads", 3, "'approvers' must be an object, but is a text"),
        ("gate:\n  title: T\n  deadline: {then: approve}", 3, "'deadline' needs 'after'"),
        ("gate:\n  title: T\n  deadline: {after: 4h, then: escalate}", 3, "an escalation needs 'to'"),
        ("gate:\n  title: T\n  deadline: {after: 4h, then: reject, to: x}", 3, "'to' goes with 'then: escalate'"),
        ("gate:\n  title: T\n  on_reject: stop", 3, "must be one of fail, continue"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
