"""Where a step stood before something around it was done over."""

from __future__ import annotations

import pytest

from orchestrator.core.generations import earlier
from orchestrator.core.ids import StepPath


@pytest.mark.parametrize(
    ("path", "there", "before"),
    [
        ("check", [], []),
        ("check#3", [], ["check#2", "check"]),
        ("in#2/check", [], ["in/check"]),
        ("in#2/check", ["in/check", "in/check#2", "in/check#3"], ["in/check#3", "in/check#2", "in/check"]),
        ("in#2/check#2", [], ["in#2/check", "in/check"]),
        ("m#2[4]/check", [], ["m[4]/check"]),
    ],
)
def test_the_deepest_was_done_over_last(path: str, there: list[str], before: list[str]) -> None:
    assert list(earlier(StepPath(path), lambda at: at in there)) == before
