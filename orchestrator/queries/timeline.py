"""When the agents of a run were at work, and when it waited for people: each attempt, or of large runs each step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Run
from orchestrator.queries.scenes import Scene

DETAILED = 300
"""Steps and retries of a run whose attempts are told one by one."""


@dataclass(slots=True, kw_only=True)
class Stretch:
    """An attempt, or the time a gate was open. Times are seconds since 1970."""

    path: str
    status: str
    attempt: int = 1
    tries: int = 1
    """Attempts it stands for: more than one where only the step's last is known."""
    queued_at: float | None = None
    ready_at: float | None = None
    """When its backoff was over."""
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A run's time from its beginning to its end, or to the moment it is looked at."""

    begins_at: float
    ends_at: float
    goes_on: bool
    is_detailed: bool
    agents: dict[str, list[Stretch]] = field(default_factory=dict)
    """By agent, in the order in which they were first wanted."""
    gates: list[Stretch] = field(default_factory=list)


def timeline(scene: Scene) -> Timeline:
    """Read a run's timeline."""
    run = scene.run
    is_detailed = run.steps + run.retries <= DETAILED
    agents, gates = _told(scene) if is_detailed else (_counted(scene), [])
    begins = run.created_at.timestamp()
    known = [at for stretches in (*agents.values(), gates) for one in stretches
             for at in (one.queued_at, one.started_at, one.ended_at) if at is not None]  # fmt: skip
    return Timeline(
        begins_at=begins, ends_at=max(begins + 0.001, _end(run, scene), *known), is_detailed=is_detailed,
        goes_on=run.status not in RUN_ENDED and scene.event is None, agents=agents, gates=gates,
    )  # fmt: skip


def _end(run: Run, scene: Scene) -> float:
    end = run.ended_at or (scene.event.at if scene.event else None)
    return time.time() if end is None else end.timestamp()


def _told(scene: Scene) -> tuple[dict[str, list[Stretch]], list[Stretch]]:
    agents: dict[str, list[Stretch]] = {}
    gates: list[Stretch] = []
    now: dict[str, Stretch] = {}
    for fact in scene.told():
        one = now.get(fact.path)
        match fact.type:
            case "attempt.queued":
                now[fact.path] = Stretch(path=fact.path, status="queued", attempt=fact.attempt, queued_at=fact.at,
                                         ready_at=fact.at + fact.delay_seconds)  # fmt: skip
                agents.setdefault(fact.agent, []).append(now[fact.path])
            case "gate.opened" if one is None:
                now[fact.path] = Stretch(path=fact.path, status="waiting", queued_at=fact.at, started_at=fact.at)
                gates.append(now[fact.path])
            case "attempt.started" if one is not None:
                one.status, one.started_at = "running", fact.started_at
            case "attempt.ended" | "gate.closed" if one is not None:
                one.status, one.ended_at, one.started_at = fact.status, fact.at, fact.started_at or one.started_at
                del now[fact.path]
            case _:
                pass
    return agents, gates


def _counted(scene: Scene) -> dict[str, list[Stretch]]:
    agents: dict[str, list[Stretch]] = {}
    for agent, status, tries, started, ended in scene.spans():
        one = Stretch(path="", status=status, attempt=tries, tries=tries, started_at=started, ended_at=ended)
        agents.setdefault(agent, []).append(one)
    return agents
