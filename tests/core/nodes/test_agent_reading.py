"""Kind `agent`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.definition import Retry
from orchestrator.core.degrade import Degrade
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.outcomes import Failure
from tests.core.nodes.reading import node, told


def test_everything_is_read() -> None:
    read = node(
        "agent: critic\nwith: {sections: '[1]', extra: 5}\ntimeout: 2m\nfallback: [critic-lite]\nwhen: input.yes\n"
        "optional: true\nretry: {attempts: 5, backoff: 2s, max_backoff: 1m, on: [crash, lost]}"
    )
    assert isinstance(read, AgentNode)
    assert (read.agent, read.with_, read.timeout_seconds) == ("critic", {"sections": "[1]", "extra": "5"}, 120.0)
    assert (read.fallback, read.when, read.optional, read.needs) == (("critic-lite",), "input.yes", True, None)
    on = frozenset({Failure.CRASH, Failure.LOST})
    assert read.retry == Retry(attempts=5, backoff_seconds=2.0, max_backoff_seconds=60.0, on=on)


def test_a_kind_of_failure_that_was_taken_once_is_still_read() -> None:
    """A version that was kept with it would else be one that no run of it can go on with."""
    read = node("agent: critic\nwith: {sections: '[1]'}\nretry: {on: [tripped, crash]}")
    assert isinstance(read, AgentNode)
    assert read.retry.on == frozenset({Failure.TRIPPED, Failure.CRASH})


def test_a_declared_degraded_result_is_read() -> None:
    read = node("agent: critic\ndegrade: {value: \"{'summary': 'none'}\", why: nobody was at hand}")
    assert isinstance(read, AgentNode)
    assert read.degrade == Degrade(value="{'summary': 'none'}", why="nobody was at hand")


def test_what_a_step_may_use_up_and_what_one_attempt_may_take_is_read() -> None:
    """C1, C7."""
    read = node(
        "agent: critic\nbudget: {usd: 0.5, tokens: 9000, calls: 3, minutes: 2}\n"
        "limits: {context: 8000, trim: oldest, memory: 256, output: 0.5}"
    )
    assert isinstance(read, AgentNode)
    assert read.budget == {"usd": 0.5, "tokens": 9000, "calls": 3, "minutes": 2}
    assert read.limits == {"context": 8000.0, "trim": 1.0, "memory": 256.0, "output": 0.5}


def test_what_is_not_said_is_as_usual() -> None:
    read = node("agent: critic")
    assert isinstance(read, AgentNode)
    assert (read.with_, read.retry, read.timeout_seconds, read.fallback) == (None, Retry(), None, ())


def test_an_empty_with_gives_nothing_and_none_gives_what_comes_by_itself() -> None:
    read = node("agent: critic\nwith: {}")
    assert isinstance(read, AgentNode)
    assert read.with_ == {}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("agent: critik", 1, "there is no agent 'critik'"),
        ("agent: [critic]", 1, "must be a text, but is a list"),
        ("agent: critic\nwith:\n  sections: '[1]'\nfallback:\n  - publisher", 3, "publisher: 'sections' is not taken"),
        ("agent: critic\nwith: {sections: '[1]'}\nfallback: [nobody]", 3, "there is no agent 'nobody'"),
        ("agent: critic\nwith: sections", 2, "'with' must be an object, but is a text"),
        ("agent: critic\nwith: {sections: '1'}", 2, "critic: expected a list, found 1"),
        ("agent: critic\nwith: {sections: input.name}", 2, "critic: must be a list, but is a text"),
        (
            "agent: critic\nwith: {sections: '[1]'}\nretry: {on: [rejected]}",
            3,
            "must be one of malformed, schema, timeout",
        ),
        ("agent: critic\nwith: {sections: '[1]'}\nbudget: {eur: 3}", 3, "'eur' is not a field of 'budget'"),
        ("agent: critic\nwith: {sections: '[1]'}\nbudget: {usd: 0}", 3, "must be a number above 0, but is 0"),
        ("agent: critic\nwith: {sections: '[1]'}\nbudget: 5", 3, "'budget' must be an object, but is a number"),
        ("agent: critic\nwith: {sections: '[1]'}\nlimits: {concurrency: 3}", 3, "is not a field of a step's 'limits'"),
        ("agent: critic\nwith: {sections: '[1]'}\nlimits: {trim: oldest}", 3, "'trim' goes with 'context'"),
        ("agent: critic\nwith: {sections: '[1]'}\nretry: 3", 3, "'retry' must be an object, but is a number"),
        ("agent: critic\nwith: {sections: '[1]'}\nretry: {atempts: 3}", 3, "'atempts' is not a field of 'retry'"),
        ("agent: critic\nwith: {sections: '[1]'}\nretry: {attempts: 0}", 3, "must be from 1 to 100"),
        ("agent: critic\nwith: {sections: '[1]'}\ndegrade: {value: '1'}", 3, "'degrade' needs 'why'"),
        ("agent: critic\nwith: {sections: '[1]'}\ndegrade: {why: x}", 3, "'degrade' needs 'value'"),
        (
            "agent: critic\nwith: {sections: '[1]'}\ndegrade:\n  value: '1'\n  why: x",
            4,
            "this is not what critic returns",
        ),
        (
            "agent: critic\nwith: {sections: '[1]'}\ndegrade:\n  why: x\n  value: input.packages",
            5,
            "this is not what critic returns",
        ),
        (
            "agent: critic\nwith: {sections: '[1]'}\ndegrade: {value: input.nothing, why: x}",
            3,
            "has no field 'nothing'",
        ),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
