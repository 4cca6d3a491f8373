"""Facts and messages read back as they were written, and old records read by newer code."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from orchestrator.core import codec, records
from orchestrator.core.events import FACTS, StepEnded
from orchestrator.core.ids import StepPath
from orchestrator.core.messages import MESSAGES, CancelRun, DecideGate
from orchestrator.core.outcomes import Failure
from orchestrator.core.signals import Decision
from orchestrator.core.status import StepStatus

DECISION = Decision(
    verdict="approve", actor="7", actor_name="Olga", edits={"n": [1]}, comment="fine", digest="d", to="draft"
)


def full(kind: type[Any]) -> Any:
    """Make a record with every field set to something else than its default."""
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(kind)})


def sample(hint: Any) -> Any:
    if hint is Decision:
        return DECISION
    if get_origin(hint) is tuple:
        return ("a", "b")
    for option in (hint, *get_args(hint)):
        if isinstance(option, type) and issubclass(option, StrEnum):
            return list(option)[-1]
        if option in (bool, int, float, str, StepPath):
            return {bool: True, int: 7, float: 1.5}.get(option, "text")
    return {"a": [1, None]}


def reread(record: Any) -> Any:
    data = codec.loads(records.write(record))
    read = records.read_fact if record.type in FACTS else records.read_message
    return read(record.type, data)


@pytest.mark.parametrize("kind", [*FACTS.values(), *MESSAGES.values()], ids=lambda kind: kind.type)
def test_a_record_reads_back_as_it_was_written(kind: type[Any]) -> None:
    made = full(kind)
    assert reread(made) == made


def test_what_is_at_its_default_is_not_written() -> None:
    ended = StepEnded(path=StepPath("a"), status=StepStatus.SUCCEEDED)
    assert codec.loads(records.write(ended)) == {"path": "a", "status": "succeeded"}


def test_a_record_of_an_older_version_lacks_what_was_added_since() -> None:
    read = records.read_fact("step.ended", {"path": "a", "status": "failed", "failure": "timeout"})
    assert read == StepEnded(path=StepPath("a"), status=StepStatus.FAILED, failure=Failure.TIMEOUT)


def test_a_fact_with_a_field_that_is_no_longer_known_is_refused_in_words() -> None:
    """R7: what would be folded in part would read differently without a word."""
    with pytest.raises(records.UnknownRecord, match=r"'run\.started' has 'colour', which this version .* can't read"):
        records.read_fact("run.started", {"workflow": "w", "version": "1", "colour": "red"})


def test_a_fact_that_lacks_what_it_can_not_do_without_is_refused_in_words() -> None:
    with pytest.raises(records.UnknownRecord, match=r"'run\.started' lacks 'version'"):
        records.read_fact("run.started", {"workflow": "w"})


def test_a_message_with_a_field_that_is_no_longer_known_is_read_without_it() -> None:
    assert records.read_message("cancel", {"actor": "1", "colour": "red"}) == CancelRun(actor="1")


def test_a_decision_inside_a_message_keeps_its_fields() -> None:
    made = DecideGate(path=StepPath("ok"), decision=DECISION)
    assert reread(made).decision == DECISION


@pytest.mark.parametrize("read", [records.read_fact, records.read_message])
def test_a_type_nobody_knows_is_named(read: Any) -> None:
    with pytest.raises(records.UnknownRecord, match=r"fly\.away"):
        read("fly.away", {})
