"""A run's story: a sentence for each step, where `story` has one for each event; every sentence names its events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.partials.story import failure, told
from dashboard.templatetags.show import seconds
from orchestrator.models import Event
from orchestrator.queries.scenes import Scene

MOST = 1500
"""Latest events outside of maps that are told; what was before them is in the list of events."""
SCORES = 12
"""Scores of a loop that are told: the last ones."""
LINKS = 6
"""Events that a sentence leads to: the first ones and the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One sentence of the story."""

    status: str
    who: str
    what: str
    at: datetime
    ns: tuple[int, ...]
    """The events it tells."""
    aside: str = ""
    path: str | None = None
    """Its step, if it tells of one."""

    @property
    def links(self) -> tuple[int, ...]:
        """Return the events it leads to."""
        return self.ns if len(self.ns) <= LINKS else (*self.ns[: LINKS - 1], self.ns[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The sentences in the order in which things began."""

    chapters: tuple[Chapter, ...]
    is_cut: bool


def chapters(at: Scene) -> Story:
    """Tell a run up to its moment."""
    rows = Event.objects.filter(run_id=at.run.id, n__lte=at.run.n).exclude(path__contains="[").order_by("-n")
    found = list(rows[: MOST + 1])
    by_step: dict[str, list[Event]] = defaultdict(list)
    sentences: list[Chapter] = []
    for event in reversed(found[:MOST]):
        if event.path and event.type not in ("gate.decided",):
            by_step[event.path].append(event)
        elif not event.type.startswith("step.") or not event.path:
            sentences += _plain(event)
    sentences += [one for path, events in by_step.items() if (one := _step(path, events, at)) is not None]
    return Story(chapters=tuple(sorted(sentences, key=lambda one: one.ns[0])), is_cut=len(found) > MOST)


def _plain(event: Event) -> list[Chapter]:
    """Tell an event of the run itself, or a person's decision, as it is; the root's steps say nothing new."""
    if event.type in ("step.opened", "step.ended", "timer.set", "attempt.queued", "attempt.started", "attempt.ended"):
        return []
    said = told(event)
    return [Chapter(status=said.status, who=said.who, what=said.what, aside=said.aside, at=event.at, ns=(event.n,))]


def _step(path: str, events: Sequence[Event], at: Scene) -> Chapter | None:
    kinds = {event.type for event in events}
    if kinds <= {"step.opened"} and not _is_open(path, at):
        return None
    end = next((event for event in reversed(events) if event.type == "step.ended"), None)
    data: Mapping[str, object] = end.data if end else {}
    status = str(data.get("status") or _status(path, at))
    what = next((teller(path, events, at) for kind, teller in TELLERS.items() if kind in kinds), "")
    took = seconds((end.at - events[0].at).total_seconds()) if end else ""
    why = ": ".join(filter(None, (failure(str(data.get("failure") or "")), str(data.get("reason") or ""))))
    degraded = f"▲ {data['degraded']}" if data.get("degraded") else ""
    words = ", ".join(filter(None, (what, status.replace("_", " "))))
    return Chapter(
        status=status, who=path, what=words, aside=" · ".join(filter(None, (why, degraded, took))), at=events[0].at,
        ns=tuple(event.n for event in events), path=path,
    )  # fmt: skip


def _work(path: str, events: Sequence[Event], at: Scene) -> str:
    queued = [event.data for event in events if event.type == "attempt.queued"]
    ended = [event.data for event in events if event.type == "attempt.ended"]
    agents = list(dict.fromkeys(str(data.get("agent") or "") for data in queued))
    bad = [str(data.get("status") or "").replace("_", " ") for data in ended if data.get("status") != "succeeded"]
    tries = f" after {len(queued)} attempts ({', '.join(bad)})" if len(queued) > 1 and bad else ""
    return f"was given to {', then '.join(agents)}{tries}"


def _map(path: str, events: Sequence[Event], at: Scene) -> str:
    sized = next(event for event in events if event.type == "map.sized")
    step = at.tracked.latest.get(path.partition("#")[0]) if "#" not in path else None
    memo = (step.memo if step else None) or {}
    failed = int(memo.get("failed", 0))
    done = f", {int(memo.get('ok', 0))} went well" if memo else ""
    return f"went over {sized.data.get('n')} items{done}{f', {failed} failed' if failed else ''}"


def _loop(path: str, events: Sequence[Event], at: Scene) -> str:
    judged = [event.data for event in events if event.type == "loop.judged"]
    scores = [f"{data['score']:.6g}" for data in judged if data.get("score") is not None]
    shown = ", ".join(("… " if len(scores) > SCORES else "", *scores[-SCORES:])).removeprefix(", ")
    return f"went round {len(judged)} time{'s' * (len(judged) != 1)}{f' (scores {shown})' if scores else ''}"


def _gate(path: str, events: Sequence[Event], at: Scene) -> str:
    opened = next(event for event in events if event.type == "gate.opened")
    closed = next((event for event in events if event.type == "gate.closed"), None)
    waited = f" for {seconds((closed.at - opened.at).total_seconds())}" if closed else ""
    return f"asked people “{opened.data.get('title')}”{waited}"


def _status(path: str, at: Scene) -> str:
    found = {step.path: step.status for step in at.tracked.latest.values()}
    return found.get(path, "running")


def _is_open(path: str, at: Scene) -> bool:
    return _status(path, at) in ("running", "waiting", "queued")


TELLERS: dict[str, Callable[[str, Sequence[Event], Scene], str]] = {
    "gate.opened": _gate,
    "loop.judged": _loop,
    "map.sized": _map,
    "wait.begun": lambda path, events, at: told(next(one for one in events if one.type == "wait.begun")).what,
    "attempt.queued": _work,
}
"""By the type of event that tells what kind of step it is."""
