"""Turns a claim into a report: gathers the input, has the work done, puts large values aside."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from orchestrator.core import codec, schema
from orchestrator.core.asking import answers
from orchestrator.core.errors import TransientError
from orchestrator.core.messages import ReportAttempt
from orchestrator.core.nodes.contract import WHOLE
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Parked, Suspended, Usage, Waits
from orchestrator.core.problems import listed
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.rules.contract import Lacking, Refused, Rule
from orchestrator.engine.builtin import COMPARE, MERGE
from orchestrator.engine.comparing import Reviews, compared
from orchestrator.engine.merging import Children, merged
from orchestrator.engine.ports import Claim


class Results(Children, Reviews, Protocol):
    """Reads what steps have produced."""

    def artifact(self, ref: str) -> Json:
        """Return a large value."""


@dataclass(slots=True, kw_only=True)
class Live:
    """An attempt at work in this process."""

    claim: Claim
    started_at: float
    """Seconds since 1970, by the database's clock."""
    began: float
    """The same moment by this process's monotonic clock."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Nobody wants it any more: it is asked to end."""
    kill: threading.Event = field(default_factory=threading.Event)
    """Its grace is over, or there is none."""
    asked: float | None = None
    """When it was asked to end, by the monotonic clock."""
    is_told: bool = False
    """Its start is recorded."""
    is_inline: bool = False
    answers: dict[str, Json] = field(default_factory=dict)
    """What earlier attempts asked for and got."""
    is_abandoned: bool = False
    """It ran out of time and can't be killed; somebody else has reported it."""


T = TypeVar("T")
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 2.0
Perform = Callable[[Live, dict[str, Json]], Outcome]
"""Has one attempt carried out with its input, and never raises for what an agent did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report with the large values that belong to it."""

    message: ReportAttempt
    artifacts: Mapping[str, str] = field(default_factory=dict)


def work(live: Live, results: Results, perform: Perform) -> Outcome | str:
    """Carry out an attempt; what Signalbox does itself needs no runtime.

    Merges come back as JSON text, so that a wide result is never built twice.
    """
    claim = live.claim
    if claim.agent == MERGE.name:
        return patiently(live, lambda: merged(claim, results))
    given = patiently(live, lambda: gathered(claim, results))
    if claim.agent == COMPARE.name:
        return patiently(live, lambda: compared(claim, given, results))
    if claim.attempt > 1:
        live.answers = patiently(live, lambda: answered(claim, results))
    return ruled(RULES[claim.agent], given) if claim.agent in RULES else perform(live, given)


def answered(claim: Claim, results: Results) -> dict[str, Json]:
    """Return what earlier attempts of its agent asked for and got."""
    texts = results.result_texts(claim.run_id, claim.path)
    if not texts:
        return {}
    items = results.item_texts(claim.run_id, claim.path)
    read = {path: codec.loads(text) for path, text in items.items()}
    return answers({path: codec.loads(text) for path, text in texts.items()}, read, claim.agent)


def ruled(rule: Rule, given: dict[str, Json]) -> Outcome:
    """Follow a rule; what it can't use is a failure in its words."""
    found = schema.problems(rule.input_schema, given)
    if found:
        reason = f"The input of {rule.name} does not fit its contract. {listed(found)}."
        return Failed(kind=Failure.INVALID_INPUT, reason=reason)
    try:
        made = rule.run(given)
    except Refused as refused:
        return Failed(kind=refused.kind, reason=str(refused), detail=codec.dumps(refused.output))
    return Ok(output=made.output, degraded=made.why) if isinstance(made, Lacking) else Ok(output=made)


def patiently(live: Live, read: Callable[[], T]) -> T:
    """Read what an attempt needs; while the database is away ask again, until the attempt is stopped.

    To let go instead would have the same attempt begun again elsewhere, and it may be at work here already.
    """
    wait = SHORTEST_WAIT_SECONDS
    while True:
        try:
            return read()
        except TransientError:
            if live.stop.wait(wait):
                raise
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def gathered(claim: Claim, results: Results) -> dict[str, Json]:
    """Return a claim's input with its references resolved."""
    given = dict(cast("Mapping[str, Json]", claim.input or {}))
    for name, ref in claim.refs.items():
        value = results.artifact(ref)
        if name != WHOLE:
            given[name] = value
        elif isinstance(value, dict):
            given.update(value)
        else:
            given["value"] = value
    return given


def report(live: Live, outcome: Outcome | str, elapsed: float, worker: str) -> Report | None:
    """Say how an attempt ended; None when it did not, or was stopped and nobody waits for its report."""
    if isinstance(outcome, Cancelled | Waits | Parked):
        return None
    text = outcome if isinstance(outcome, str) else codec.dumps(outcome.output) if isinstance(outcome, Ok) else ""
    claim = live.claim
    base: dict[str, Any] = {
        "path": claim.path, "attempt": claim.attempt, "fence": claim.fence, "worker": worker,
        "started_at": live.started_at, "ended_at": live.started_at + elapsed,
    }  # fmt: skip
    if isinstance(outcome, Suspended):
        return Report(message=ReportAttempt(**base, ok=False, requests=outcome.requests, **_used(outcome.usage)))
    if isinstance(outcome, Failed):
        return Report(message=_bad(base, outcome))
    ok = outcome if isinstance(outcome, Ok) else Ok()
    base |= {
        "ok": True, "shared": ok.shared, "note": _clean(ok.note), "degraded": _clean(ok.degraded), **_used(ok.usage),
    }  # fmt: skip
    if codec.size(text) > codec.ARTIFACT_BYTES:
        ref = hashlib.sha256(text.encode()).hexdigest()
        return Report(message=ReportAttempt(**base, output_ref=ref), artifacts={ref: text})
    output = codec.loads(text) if isinstance(outcome, str) else ok.output
    return Report(message=ReportAttempt(**base, output=output))


def _bad(base: Mapping[str, Any], outcome: Failed) -> ReportAttempt:
    return ReportAttempt(**base, ok=False, failure=outcome.kind, reason=_clean(outcome.reason),
                         detail=_clean(outcome.detail), note=_clean(outcome.note), **_used(outcome.usage))  # fmt: skip


def _used(usage: Usage) -> dict[str, Any]:
    cost = None if usage.cost_usd is None else str(usage.cost_usd)
    return {"cost_usd": cost, "tokens": usage.tokens}


def _clean(text: str) -> str:
    """Return a text that every database and JSON can hold: whatever an agent said, its report must get through."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
