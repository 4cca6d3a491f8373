"""Kind `wait`: how it is read and checked."""

from __future__ import annotations

import pytest

from orchestrator.core.nodes.wait import Wait
from tests.core.nodes.reading import node, told


@pytest.mark.parametrize(
    ("text", "seconds", "moment", "for_", "until"),
    [
        ("wait: 10m", 600.0, None, "", ""),
        ("wait: 1.5", 1.5, None, "", ""),
        ("wait: {for: 2h}", 7200.0, None, "", ""),
        ("wait: {for: input.any}", None, None, "input.any", ""),
        ("wait: {for: 3 * 60}", None, None, "3 * 60", ""),
        ("wait: {until: input.any}", None, None, "", "input.any"),
        ("wait: {until: 2030-01-31T09:00:00Z}", None, 1_896_080_400.0, "", ""),
    ],
)
def test_it_is_read(text: str, seconds: float | None, moment: float | None, for_: str, until: str) -> None:
    read = node(text)
    assert isinstance(read, Wait)
    assert (read.id, read.seconds, read.moment, read.for_, read.until) == ("it", seconds, moment, for_, until)
    assert told(text) == []


def test_nothing_comes_out_of_it() -> None:
    assert "is nothing" in told("wait: 5s", output="steps.it.output.x")[0][1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("wait: ten minutes", 1, "must be a time such as 60s, 2m or 4h"),
        ("wait: 0", 1, "must be longer than nothing"),
        ("wait: 400d", 1, "must be longer than nothing and at most 366 days"),
        ("wait:\n  for: 400d", 2, "must be longer than nothing and at most 366 days"),
        ("wait: {}", 1, "a wait has 'for' or 'until'"),
        ("wait: {for: 5s, until: input.any}", 1, "a wait has 'for' or 'until'"),
        ("wait:\n  four: 5s", 2, "'four' is not a field of 'wait'"),
        ("wait:\n  for: input.yes", 2, "a time is a number or a text, this is true or false"),
        ("wait:\n  until: input.packages", 2, "a time is a number or a text, this is a list"),
        ("wait:\n  until: input.nope", 2, "'input' has no field 'nope'"),
        ("wait:\n  until: 2030-01-31T09:00:00", 2, "which does not say its time zone"),
        ("wait:\n  until: 2030-13-31T09:00:00Z", 2, "which is no date and time"),
    ],
)
def test_a_slip_is_told(text: str, line: int, message: str) -> None:
    assert [one for one in told(text) if one[0] == line and message in one[1]], told(text)
