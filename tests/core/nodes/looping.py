"""One loop played by hand, for the tests of the kind: its step is `draft`."""

from __future__ import annotations

from typing import Any

from orchestrator.core.outcomes import Failure
from orchestrator.core.rounds import Rounds, remembered
from tests.core.play import Play
from tests.core.workflows import workflow

AGENT = {"agent": "quick", "retry": {"attempts": 1}}
GATE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}}}
UNTIL = {"until": "last.score >= 8", "score": "last.score"}


def play(do: Any = AGENT, rounds: int = 3, *, before: tuple[dict[str, Any], ...] = (), **more: Any) -> Play:
    made = Play(workflow(*before, {"id": "draft", "loop": {"do": do, "rounds": rounds, **more}}), {"n": 1})
    made.start()
    return made


def scored(made: Play, *scores: float) -> Play:
    """Let rounds come back with these scores, and a text of their own each."""
    for score in scores:
        number = rounds_of(made).judged
        made.report(f"draft[{number}]", {"score": score, "text": f"try {number}"})
    return made


def rounds_of(made: Play) -> Rounds:
    return remembered(made.step("draft"))


def ended(made: Play) -> tuple[str, Failure | None, str]:
    state = made.step("draft")
    return state.status.value, state.failure, state.reason or state.degraded
