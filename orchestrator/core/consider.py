"""Turns a message from the mailbox into facts and signals, and answers it: legal, too late, or not possible now."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from orchestrator.core import again, assigning, ids
from orchestrator.core.child_runs import awaited, child_of, since
from orchestrator.core.decide import Advance, began
from orchestrator.core.events import (
    AttemptEnded,
    AttemptStarted,
    AttemptStopped,
    ChildEnded,
    ChildMoved,
    RunPaused,
    RunResumed,
    StepAssigned,
    StepRetried,
    StepSkipped,
)
from orchestrator.core.look import targets_of
from orchestrator.core.lookup import kind_of, node_at
from orchestrator.core.messages import (
    AssignStep,
    CancelRun,
    DecideGate,
    EndChild,
    GoOn,
    LoseAttempt,
    Message,
    NoteChild,
    NoteStart,
    NoteStop,
    PauseRun,
    ReportAttempt,
    ResumeRun,
    RetryChild,
    RetryStep,
    SkipStep,
    Verdict,
    WakeStep,
)
from orchestrator.core.outcomes import Failure
from orchestrator.core.signals import Assigned, ChildDone, Decided, Decision, Due, More, Reported
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, AttemptStatus, StepStatus

DONE = Verdict()


def consider(advance: Advance, message: Message) -> Verdict:
    """Do what a message asks, if it is legal now, and say how it went."""
    match message:
        case ReportAttempt() | NoteStart() | LoseAttempt():
            return _of_attempt(advance, message)
        case NoteStop():
            return _stopped(advance, message)
        case DecideGate():
            return _decide(advance, message)
        case WakeStep() | GoOn():
            advance.signal(message.path, Due(timer=message.timer) if isinstance(message, WakeStep) else More())
            return DONE
        case NoteChild() | EndChild():
            return _of_child(advance, message)
        case PauseRun() | ResumeRun() | CancelRun():
            return _steer(advance, message)
        case RetryStep() | RetryChild():
            return _retry(advance, message)
        case SkipStep():
            return _skip(advance, message)
        case AssignStep():
            return _assign(advance, message)
        case _:
            assert_never(message)


def _of_attempt(advance: Advance, message: ReportAttempt | NoteStart | LoseAttempt) -> Verdict:
    state = advance.book.step(message.path)
    if state is None or state.is_ended or state.attempt != message.attempt or state.attempt_status not in LIVE:
        return Verdict(status=409, reason=f"attempt {message.attempt} of '{message.path}' is over")
    if isinstance(message, NoteStart):
        _started(advance, state, message.worker, message.started_at)
    elif isinstance(message, LoseAttempt):
        reason = message.reason or "its worker died"
        advance.record([AttemptEnded(path=state.path, attempt=state.attempt, status=AttemptStatus.LOST,
                                     agent=state.agent, started_at=began(state), failure=Failure.LOST,
                                     reason=reason, alone=message.alone)])  # fmt: skip
        advance.signal(state.path, Reported(attempt=state.attempt, ok=False, failure=Failure.LOST, reason=reason))
    else:
        _report(advance, state, message)
    return DONE


def _started(advance: Advance, state: StepState, worker: str, started_at: float) -> None:
    if state.attempt_status == AttemptStatus.QUEUED:
        advance.record([AttemptStarted(path=state.path, attempt=state.attempt, worker=worker, started_at=started_at)])


def _report(advance: Advance, state: StepState, report: ReportAttempt) -> None:
    if report.ok and report.shared and (reason := _why_not_shared(advance, state, report.shared)):
        report = replace(report, ok=False, failure=Failure.REFUSED, reason=reason, output=None, output_ref="")
    _started(advance, state, report.worker, report.started_at)
    status = AttemptStatus.SUCCEEDED if report.ok else AttemptStatus.FAILED
    if report.requests:
        status = AttemptStatus.SUSPENDED
    if report.failure == Failure.TIMEOUT:
        status = AttemptStatus.TIMED_OUT
    ended = AttemptEnded(
        path=state.path, attempt=state.attempt, status=status, agent=state.agent, worker=report.worker,
        started_at=report.started_at, failure=report.failure, reason=report.reason,
        detail=report.detail, note=report.note, seconds=round(report.ended_at - report.started_at, 6),
        cost_usd=report.cost_usd, tokens=report.tokens,
    )  # fmt: skip
    advance.record([ended])
    signal = Reported(attempt=report.attempt, ok=report.ok, output=report.output, output_ref=report.output_ref,
                      failure=report.failure, reason=report.reason, degraded=report.degraded,
                      requests=report.requests)  # fmt: skip
    advance.signal(state.path, signal)


def _why_not_shared(advance: Advance, state: StepState, told: tuple[str, ...]) -> str:
    above = ids.parent(state.path)
    assert above is not None  # the root is no agent
    kind, node = kind_of(advance.workflow, above), node_at(advance.workflow, above)
    return kind.why_not_shared(node, state.path, told)


def _of_child(advance: Advance, message: NoteChild | EndChild) -> Verdict:
    state = advance.book.step(message.path)
    if state is None or child_of(state).get("run") != message.run or advance.book.run.is_ended:
        return Verdict(status=409, reason=f"'{message.path}' does not wait for run {message.run}")
    if isinstance(message, NoteChild):
        if awaited(state) and child_of(state).get("status") != message.status:
            advance.record([ChildMoved(path=state.path, run=message.run, status=message.status)])
        return DONE
    is_awaited = bool(awaited(state)) and not state.is_ended
    cost_usd, tokens = since(state, message.cost_usd, message.tokens)
    advance.record([ChildEnded(path=state.path, run=message.run, status=message.status, reason=message.reason,
                               cost_usd=cost_usd, tokens=tokens)])  # fmt: skip
    if is_awaited:
        advance.signal(state.path, ChildDone(
            run=message.run, status=message.status, output=message.output, output_ref=message.output_ref,
            failure=message.failure, reason=message.reason, degraded=message.degraded,
        ))  # fmt: skip
    return DONE


def _decide(advance: Advance, message: DecideGate) -> Verdict:
    state = advance.book.step(message.path)
    if state is None or state.kind != "gate":
        return Verdict(status=404, reason=f"there is no gate '{message.path}'")
    if state.status != StepStatus.WAITING:
        return Verdict(status=409, reason="this gate was decided already")
    decision = message.decision
    wrong = _not_possible(advance, state, decision)
    if wrong:
        return Verdict(status=422, reason=wrong)
    if decision.digest and decision.digest != state.memo.get("digest"):
        return Verdict(status=409, reason="what the gate shows has changed since you looked; look again")
    approved = state.memo.get("approved")
    if isinstance(approved, list) and decision.actor in approved and not decision.edits:
        return Verdict(status=409, reason="you approved this already; it waits for somebody else")
    advance.signal(state.path, Decided(decision=decision))
    return DONE


def _not_possible(advance: Advance, state: StepState, decision: Decision) -> str:
    """Say why a decision can't be taken at all; empty when it can."""
    if decision.verdict not in ("approve", "reject", "send_back"):
        return f"a gate takes approve, reject or send_back, not '{decision.verdict}'"
    if decision.verdict != "send_back":
        return ""
    targets = targets_of(advance.workflow, state.path)
    if not targets:
        return "nothing led to this gate that could be done again"
    if decision.to and decision.to not in targets:
        return f"the work can't be sent back to '{decision.to}'; it can go to {', '.join(targets)}"
    return ""


def _stopped(advance: Advance, message: NoteStop) -> Verdict:
    state = advance.book.step(message.path)
    if state is None:
        return Verdict(status=404, reason=f"there is no step '{message.path}'")
    advance.record([AttemptStopped(path=state.path, attempt=message.attempt, how=message.how,
                                   seconds=message.seconds)])  # fmt: skip
    return DONE


def _retry(advance: Advance, message: RetryStep | RetryChild) -> Verdict:
    refused = again.refused(advance, message.path)
    if refused is not None:
        return refused
    advance.record([StepRetried(path=message.path, actor=message.actor, actor_name=message.actor_name)])
    advance.reopen(message.path)
    return DONE


def _skip(advance: Advance, message: SkipStep) -> Verdict:
    refused = again.why_not_skipped(advance, message.path)
    if refused is not None:
        return refused
    by = f"skipped by {message.actor_name or message.actor}"
    reason = f"{by}: {message.reason}" if message.reason else by
    advance.record([StepSkipped(path=message.path, reason=message.reason, actor=message.actor,
                                actor_name=message.actor_name)])  # fmt: skip
    state = advance.book.step(message.path)
    if state is not None and state.is_ended:
        advance.reopen(message.path, skipping=reason)
    else:
        advance.skip(message.path, reason)
    return DONE


def _assign(advance: Advance, message: AssignStep) -> Verdict:
    refused = assigning.refused(advance, message)
    if refused is not None:
        return refused
    spec = advance.world.agents.get(message.agent) if message.agent else None
    by = message.actor_name or message.actor
    advance.record([StepAssigned(path=message.path, agent=message.agent, version=spec.version if spec else 0,
                                 actor=message.actor, actor_name=message.actor_name)])  # fmt: skip
    why = f"given to {message.agent} by {by}" if message.agent else f"taken over by {by}"
    advance.signal(message.path, Assigned(agent=message.agent, why=why))
    return DONE


def _steer(advance: Advance, message: PauseRun | ResumeRun | CancelRun) -> Verdict:
    run = advance.book.run
    if run.is_ended:
        return Verdict(status=409, reason=f"the run {run.status} already")
    match message:
        case PauseRun() if not run.paused:
            advance.record([RunPaused(actor=message.actor, actor_name=message.actor_name)])
        case ResumeRun() if run.paused:
            advance.record([RunResumed(actor=message.actor, actor_name=message.actor_name)])
        case CancelRun():
            by = f"cancelled by {message.actor_name or message.actor}"
            advance.cancel(f"{by}: {message.reason}" if message.reason else by)
        case _:
            return Verdict(reason="it was so already")
    return DONE
