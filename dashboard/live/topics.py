"""Every topic a page can follow, by the first part of its name: the one place that knows them all.

A renderer takes a viewer who stands for everyone of their team and role, the rest of the topic's name, and the number
the browsers show; it raises RejectedMissing where the viewer may not see it. It runs in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.live.frames import Frame
from dashboard.partials import (
    agent,
    agents,
    approvals,
    boards,
    overview,
    patterns,
    run,
    runs,
    shell,
    streamed,
    trials,
    workflow_list,
)
from orchestrator.models import User

Render = Callable[[User, str, int], Frame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """How a topic is drawn, and what makes it be drawn again."""

    render: Render
    log: Render | None = None
    """Draws only what was added to a log, which is much cheaper than all of it."""
    wakes_on: tuple[str, ...] = ()
    """First parts of other hints that concern it."""
    every_seconds: float = 0.1
    """Least time between two drawings of the fragments."""
    has_head: bool = False
    """Whether it has a number of its own in the database; the others follow the pulse of all runs."""


TOPICS: dict[str, Topic] = {
    "overview": Topic(render=overview.live, wakes_on=("run", "runs", "inbox"), every_seconds=1.0),
    "runs": Topic(render=runs.live, wakes_on=("run", "runs"), every_seconds=0.5),
    "run": Topic(render=run.live, log=run.log, has_head=True, every_seconds=0.25),
    "stream": Topic(render=streamed.live),
    "inbox": Topic(render=approvals.live, wakes_on=("inbox",)),
    "trials": Topic(render=trials.live, wakes_on=("trials", "runs"), every_seconds=0.25),
    "agents": Topic(render=agents.live, wakes_on=("run", "runs", "agents"), every_seconds=1.0),
    "agent": Topic(render=agent.live, wakes_on=("run", "runs", "agents"), every_seconds=1.0),
    "board": Topic(render=boards.live, has_head=True),
    "workflows": Topic(render=workflow_list.live, wakes_on=("run", "runs"), every_seconds=2.0),
    "patterns": Topic(render=patterns.live, wakes_on=("run", "runs", "inbox"), every_seconds=1.0),
    "shell": Topic(render=shell.live, wakes_on=("runs", "inbox"), every_seconds=0.5),
}


def topic_of(name: str) -> Topic | None:
    """Return the topic of a name such as `run.0190…`."""
    return TOPICS.get(name.partition(".")[0])
