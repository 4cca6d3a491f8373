"""A conversation played by hand, for the tests of the kind `converse`."""

from __future__ import annotations

from typing import Any

from orchestrator.core.outcomes import Json
from tests.core.play import Play
from tests.core.workflows import workflow

ONCE = {"agent": "quick", "retry": {"attempts": 1}}
BEGIN = {"to": "a", "text": "input.ask"}


def play(agents: Any = None, begin: Any = BEGIN, then: list[Any] | None = None, **more: Any) -> Play:
    step = {"id": "t", "converse": {"agents": agents or {"a": ONCE, "b": ONCE}, "begin": begin, **more}}
    made = Play(workflow(step, *(then or [])), {"ask": "what does it cost?"})
    made.start()
    made.report("t/Begin", dict(made.queued("t/Begin").input or {}))
    return made


def facts(made: Play, kind: type[Any]) -> list[Any]:
    return [fact for fact in made.facts if isinstance(fact, kind)]


def inbox(made: Play, path: str) -> list[Any]:
    given: Any = made.queued(path).input or {}
    return list(given["inbox"])


def say(made: Play, path: str, *sent: tuple[str, str], **more: Json) -> None:
    """Report a turn that sends these messages."""
    made.report(path, {"send": [{"to": to, "text": text} for to, text in sent], **more})


def box(made: Play, name: str) -> Any:
    boxes: Any = made.step("t").memo["boxes"]
    return boxes[name]
