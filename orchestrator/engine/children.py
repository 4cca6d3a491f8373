"""What a run and the runs that its steps wait for have to tell each other, as requests and letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from orchestrator.core.definition import Workflow
from orchestrator.core.errors import BrokenError
from orchestrator.core.events import ChildDropped, ChildRequested, ChildRetried
from orchestrator.core.ids import RunId
from orchestrator.core.messages import CancelRun, EndChild, Message, NoteChild, PauseRun, ResumeRun, RetryChild
from orchestrator.core.problems import listed
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import RunStatus
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.engine.allowed import budgets_below
from orchestrator.engine.changes import Changes
from orchestrator.engine.ports import Held, Library, Mail
from orchestrator.engine.requests import Bindings, StartRequest


def requested(
    held: Held, changes: Changes, bound: Bindings, workflow: Callable[[], Workflow]
) -> Iterator[tuple[RunId, StartRequest]]:
    """Yield the runs that steps ask for; one that was dropped at once is left out.

    What they use up counts towards the budget of the step they work for, too.
    """
    facts = [one.fact for one in changes.events]
    dropped = {fact.run for fact in facts if isinstance(fact, ChildDropped)}
    for fact in facts:
        if isinstance(fact, ChildRequested) and fact.run not in dropped:
            below = budgets_below(changes.run.id, fact.path, workflow())
            theirs = replace(bound, budgets={**bound.budgets, **below}) if below else bound
            yield RunId(fact.run), _request(held, changes.run, fact, theirs)


def _request(held: Held, run: RunState, fact: ChildRequested, bound: Bindings) -> StartRequest:
    return StartRequest(
        workflow=fact.workflow, version=fact.version, input=fact.input, actor=run.actor, title=held.title,
        priority=held.priority, team_id=held.team_id, correlation_id=held.correlation_id or run.id, bound=bound,
        definition=None if fact.definition is None else _defined(fact), source=fact.definition, parent=run.id,
        parent_path=fact.path, depth=fact.depth,
    )  # fmt: skip


def _defined(fact: ChildRequested) -> Workflow:
    found = read_workflow(from_plain(fact.definition), None)
    if not isinstance(found, Workflow):
        raise BrokenError(f"the definition that '{fact.path}' runs can't be read: {listed(found)}", found)
    return replace(found, version=fact.version)


def letters(changes: Changes, before: RunState, children: Sequence[RunId]) -> Iterator[Mail]:
    """Yield what a run has to tell its children and its parent; `children` are those a pause or resumption reaches."""
    run = changes.run
    for one in changes.events:
        if isinstance(one.fact, ChildDropped):
            message: Message = CancelRun(actor=run.actor, reason=one.fact.reason)
            yield Mail(run_id=RunId(one.fact.run), message=message, key=f"drop:{one.fact.run}:{one.n}")
        elif isinstance(one.fact, ChildRetried):
            yield Mail(run_id=RunId(one.fact.run), message=RetryChild(), key=f"retry:{run.id}:{one.n}")
    for child in children if changes.hold is not None else ():
        word = PauseRun() if changes.hold else ResumeRun()
        yield Mail(run_id=child, message=word, key=f"hold:{child}:{run.id}:{run.n}")
    if run.parent:
        yield from _to_parent(changes, before)


def _to_parent(changes: Changes, before: RunState) -> Iterator[Mail]:
    run = changes.run
    if run.is_ended and not changes.is_after_end:
        yield Mail(run_id=RunId(run.parent), message=ended(run, changes.root), key=f"ended:{run.id}:{run.n}")
    elif not run.is_ended and _shown(run.status) != _shown(before.status):
        note = NoteChild(path=run.parent_path, run=run.id, status=_shown(run.status))
        yield Mail(run_id=RunId(run.parent), message=note, key=f"moved:{run.id}:{run.n}")


def _shown(status: RunStatus) -> RunStatus:
    return status if status in (RunStatus.WAITING, RunStatus.PAUSED) else RunStatus.RUNNING


def ended(run: RunState, root: StepState | None) -> EndChild:
    """Return what a run that has ended says to the step that waits for it."""
    return EndChild(
        path=run.parent_path, run=run.id, status=run.status, reason=run.reason, cost_usd=run.cost_usd,
        tokens=run.tokens, output=root.output if root else None, output_ref=root.output_ref if root else "",
        failure=root.failure if root else None, degraded=root.degraded if root else "",
    )  # fmt: skip


def bindings(library: Library, workflow: Workflow, given: Bindings | None) -> Bindings:
    """Return the versions a run is bound to: those given, and the current ones of all else that it or its steps run."""
    agents, workflows = (dict(given.agents), dict(given.workflows)) if given else ({}, {})
    ahead = [workflow]
    while ahead:
        one = ahead.pop()
        able = [name for capability in one.capabilities for name in library.capable(capability)]
        _bind_agents(library, agents, [*one.agents, *able])
        for name in one.workflows:
            version = None if name in workflows else library.current_workflow(name)
            if version is not None:
                workflows[name] = version
                ahead.append(library.workflow(name, version))
    proven = given.proven if given else None
    if workflow.asks_proven:
        known = proven or {}
        unknown = {name: version for name, version in agents.items() if name not in known}
        proven = {**known, **library.proven(unknown)}
    return Bindings(agents=agents, workflows=workflows, budgets=given.budgets if given else {}, proven=proven)


def _bind_agents(library: Library, agents: dict[str, int], names: Sequence[str]) -> None:
    """Bind agents and all that they may call."""
    ahead = [name for name in names if name not in agents]
    while ahead:
        found = library.current(ahead)
        agents |= found
        called = (other for name, version in found.items() for other in library.agent(name, version).may_call)
        ahead = [name for name in dict.fromkeys(called) if name not in agents]
