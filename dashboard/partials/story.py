"""A run's events in plain words. One sentence an event; templates escape it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from dashboard.partials import story_blackboard, story_children, story_converse, story_supervised
from dashboard.partials.sentences import Data, Sentence, Teller, text
from dashboard.templatetags.show import seconds as span
from dashboard.templatetags.show import short
from orchestrator.core.outcomes import Failure
from orchestrator.models import Event

FAILURES: dict[str, str] = {
    Failure.INVALID_INPUT: "its input does not fit the agent",
    Failure.MALFORMED: "what came back is not JSON",
    Failure.SCHEMA: "what came back does not fit the contract",
    Failure.TIMEOUT: "it took too long",
    Failure.CRASH: "the agent crashed",
    Failure.LOST: "its worker was lost",
    Failure.UNAVAILABLE: "something it needs is away",
    Failure.REFUSED: "it tried what it may not do",
    Failure.REJECTED: "a person said no",
    Failure.OVER_LIMIT: "it used more than it was given",
    Failure.EXPRESSION: "an expression of the workflow failed",
    Failure.EXPIRED: "a deadline passed",
    Failure.UNMET: "it does not pass its checks",
    Failure.BRANCH: "something inside it failed",
    Failure.STUCK: "it came to no good end",
    Failure.UNMATCHED: "no case holds",
    Failure.OVER_BUDGET: "a budget is used up",
    Failure.TRIPPED: "its breaker is open",
    Failure.DEPTH: "runs would stand too deep in each other",
}
"""Every kind of failure as a person says it."""

VERBS = {"approve": "approved", "reject": "rejected", "send_back": "sent back"}


def told(event: Event) -> Sentence:
    """Tell an event; a type this version does not know is told by its name."""
    data = cast("Data", event.data or {})
    teller = TELLERS.get(event.type)
    if teller is None:
        return Sentence(status="pending", who=event.path, what=event.type)
    return teller(event.path or "the run", data)


def failure(kind: str | None) -> str:
    """Say a kind of failure in words."""
    return FAILURES.get(kind or "", (kind or "").replace("_", " "))


def _person(data: Data) -> str:
    return text(data, "actor_name") or (f"account {text(data, 'actor')}" if data.get("actor") else "Signalbox")


def _run_started(path: str, data: Data) -> Sentence:
    return Sentence(status="running", who=_person(data), what=f"started {text(data, 'workflow')}")


def _run_forked(path: str, data: Data) -> Sentence:
    after = f"forked this from run {short(text(data, 'of'))} after event {data.get('at')}"
    anew = f"does {text(data, 'step')} anew" if data.get("step") else ""
    return Sentence(status="running", who=_person(data), what=after, aside=anew)


def _run_ended(path: str, data: Data) -> Sentence:
    status = text(data, "status")
    return Sentence(status=status, who="the run", what=status, aside=text(data, "reason"))


def _step_ended(path: str, data: Data) -> Sentence:
    aside = text(data, "reason") or (f"▲ {text(data, 'degraded')}" if data.get("degraded") else "")
    return Sentence(status=text(data, "status"), who=path, what=text(data, "status"), aside=aside)


def _moment(data: Data) -> str:
    return datetime.fromtimestamp(cast("float", data.get("until", 0)), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _judged(path: str, data: Data) -> Sentence:
    score = data.get("score")
    came_to = "was passed by" if data.get("status") == "skipped" else "failed" if data.get("status") else "is over"
    if score is not None:
        came_to = f"came to {float(cast('float', score)):.6g}"
    best = "the best so far" if data.get("best") else ""
    last = "what it was to come to" if data.get("done") else ""
    aside = " · ".join(filter(None, (best, last)))
    return Sentence(status="running", who=path, what=f"round {data.get('round')} {came_to}", aside=aside)


def _queued(path: str, data: Data) -> Sentence:
    delay = float(cast("float", data.get("delay_seconds") or 0))
    later = f"in {delay:.1f} s" if delay else ""
    aside = " · ".join(filter(None, (text(data, "why"), later)))
    return Sentence(status="queued", who=path, what=f"waits for {text(data, 'agent')}", aside=aside)


def _timer_set(path: str, data: Data) -> Sentence:
    """Tell of a timer: a gate's deadline, or one of another name."""
    left, name = span(float(cast("float", data.get("delay_seconds") or 0))), text(data, "timer")
    what = f"has {left} until its deadline" if name == "deadline" else f"is woken in {left}"
    return Sentence(status="queued", who=path, what=what, aside="" if name == "deadline" else name)


def _gate_opened(path: str, data: Data) -> Sentence:
    aside = f"“{data['title']}”" if data.get("title") else ""
    return Sentence(status="waiting", who=path, what="waits for a person", aside=aside)


def _attempt_ended(path: str, data: Data) -> Sentence:
    status, seconds = text(data, "status"), data.get("seconds")
    took = span(float(cast("float", seconds))) if seconds is not None else ""
    if status == "succeeded":
        return Sentence(status="running", who=path, what=f"attempt {data.get('attempt')} came back", aside=took)
    why = ": ".join(filter(None, (failure(text(data, "failure")), text(data, "reason"))))
    what = f"attempt {data.get('attempt')} {status.replace('_', ' ')}"
    return Sentence(status=status, who=path, what=what, aside=" · ".join(filter(None, (why, took))))


STOPS = {
    "stopped": "stopped by itself",
    "killed": "was killed",
    "finished": "had finished",
    "lost": "went with its worker",
    "left": "could not be killed and was left behind",
}
"""How an attempt that was given up came to its end."""


def _stopped(path: str, data: Data) -> Sentence:
    how = STOPS.get(text(data, "how"), text(data, "how"))
    took = span(float(cast("float", data.get("seconds") or 0)))
    return Sentence(status="cancelled", who=path, what=f"attempt {data.get('attempt')} {how}", aside=f"after {took}")


def _decided(path: str, data: Data) -> Sentence:
    verb = VERBS.get(text(data, "verdict"), "answered")
    edits = data.get("edits")
    changed = f"changed {', '.join(edits)}" if isinstance(edits, dict) and edits else ""
    aside = " · ".join(filter(None, (changed, text(data, "comment"))))
    status = "succeeded" if verb == "approved" else "failed"
    return Sentence(status=status, who=_person(data), what=f"{verb} {path}", aside=aside)


def _by_person(status: str, what: str) -> Teller:
    return lambda path, data: Sentence(status=status, who=_person(data), what=what)


TELLERS: dict[str, Teller] = {
    "run.started": _run_started,
    "run.forked": _run_forked,
    "run.paused": _by_person("paused", "paused the run"),
    "run.resumed": _by_person("running", "resumed the run"),
    "run.ended": _run_ended,
    "step.opened": lambda path, data: Sentence(
        status="running",
        who=path,
        what="began again" if data.get("feedback") else "began",
        aside=text(data, "feedback"),
    ),
    "steps.opened": lambda path, data: Sentence(
        status="running", who=path, what=f"opened {len(cast('list[object]', data.get('items') or []))} items"
    ),
    "steps.reopened": lambda path, data: Sentence(
        status="running", who=path, what=f"does {', '.join(cast('list[str]', data.get('names') or []))} over"
    ),
    "step.retried": lambda path, data: Sentence(status="running", who=_person(data), what=f"had {path} tried again"),
    "step.assigned": lambda path, data: Sentence(
        status="running",
        who=_person(data),
        what=f"gave {path} to {text(data, 'agent')}" if data.get("agent") else f"took {path} over",
    ),
    "step.skipped": lambda path, data: Sentence(
        status="skipped", who=_person(data), what=f"skipped {path}", aside=text(data, "reason")
    ),
    "step.reopened": lambda path, data: Sentence(status="running", who=path, what="is open again"),
    "map.sized": lambda path, data: Sentence(status="running", who=path, what=f"goes over {data.get('n')} items"),
    "wait.begun": lambda path, data: Sentence(status="running", who=path, what=f"waits until {_moment(data)}"),
    "loop.judged": _judged,
    "map.resumed": lambda path, data: Sentence(
        status="running", who=path, what=f"goes on with {cast('int', data.get('waiting') or 0)} items that wait"
    ),
    "attempt.stopped": _stopped,
    "attempt.queued": _queued,
    "person.asked": lambda path, data: Sentence(
        status="waiting", who=path, what=f"asks {text(data, 'agent')}", aside=text(data, "why")
    ),
    "attempt.started": lambda path, data: Sentence(status="running", who=path, what="is at work"),
    "attempt.ended": _attempt_ended,
    "step.ended": _step_ended,
    "timer.set": _timer_set,
    "gate.opened": _gate_opened,
    "gate.decided": _decided,
    "gate.closed": lambda path, data: Sentence(
        status=text(data, "status"), who=path, what=f"is {text(data, 'status')}", aside=text(data, "reason")
    ),
    "subtree.cancelled": lambda path, data: Sentence(
        status="cancelled", who=path, what="gave up what was unfinished", aside=text(data, "reason")
    ),
    **story_children.TOLD,
    **story_supervised.TOLD,
    **story_blackboard.TOLD,
    **story_converse.TOLD,
}
