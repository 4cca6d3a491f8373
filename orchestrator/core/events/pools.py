"""Facts: how a pool gives its work to its agents. One frozen class each; their fields are what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrator.core.ids import StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsSet:
    """An agent may be at so many pieces of work at once from now on; with none it rests, and is tried now and then."""

    type: ClassVar[str] = "slots.set"
    path: StepPath
    agent: str
    slots: int
    was: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTaken:
    """A piece of work that had not begun was taken away from an agent; it waits for another one."""

    type: ClassVar[str] = "work.taken"
    path: StepPath
    item: int
    agent: str
    tried: tuple[str, ...] = ()
    """Agents that have had it and are not asked again."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkMoved:
    """A piece of work goes to another agent."""

    type: ClassVar[str] = "work.moved"
    path: StepPath
    item: int
    from_agent: str
    """Who had it; empty when nobody had it since it was reopened."""
    to_agent: str
    why: str = ""
