"""The actor: locks runs, considers their messages and writes what follows, in one transaction for all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from orchestrator.core import forking, ids
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.book import Book
from orchestrator.core.consider import DONE, consider
from orchestrator.core.decide import Advance
from orchestrator.core.definition import Workflow
from orchestrator.core.dependencies import keys_of
from orchestrator.core.errors import TransientError
from orchestrator.core.events import AttemptEnded, AttemptStopped, RunStarted
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.look import MOST_DEEP, World
from orchestrator.core.messages import (
    AssignStep,
    LoseAttempt,
    NoteStart,
    NoteStop,
    ReportAttempt,
    RetryChild,
    RetryStep,
    SkipStep,
    Verdict,
)
from orchestrator.core.snapshot import put_aside
from orchestrator.core.state import RunState
from orchestrator.core.status import AttemptStatus
from orchestrator.engine.builtin import BUILTIN
from orchestrator.engine.changes import Changes, changes_of
from orchestrator.engine.children import bindings, ended, requested
from orchestrator.engine.children import letters as letters_of
from orchestrator.engine.ports import Held, Library, Mail, Tx
from orchestrator.engine.requests import Bindings, StartRequest
from orchestrator.reliability.trust import Measured

FENCED = (ReportAttempt, NoteStart, LoseAttempt)
"""Messages of workers: they count only under a claim that is still held, and nobody waits for their answer."""
OUTSIDE = "outside:"
"""How the keys of reports begin whose senders do wait for an answer, and ask again when it was lost."""
AGAIN = (RetryStep, RetryChild, SkipStep, AssignStep)
"""Messages that may begin something again, which must be at rest then."""
BUSY = Verdict(status=503, reason="the run is busy; send the same again")
log = logging.getLogger("signalbox.actor")
STALE = Verdict(status=409, reason="the claim is no longer held; nothing was changed")


@dataclass(slots=True, kw_only=True)
class Done:
    """What one transaction of the actor came to."""

    verdicts: list[Verdict] = field(default_factory=list)
    """In the order of the messages handed in."""
    changes: list[Changes] = field(default_factory=list)
    held: int = 0
    """How many runs were locked; who has locked one must look into its mailbox again after the commit."""
    woken: set[RunId] = field(default_factory=set)
    """Other runs that have mail because of it."""
    missed: list[Mail] = field(default_factory=list)
    """Messages whose run was held by somebody else; they are in its mailbox now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """See the module."""

    library: Library
    dice: Callable[[], float]
    most_deep: int = MOST_DEEP
    """How many runs may stand in each other below the first."""

    def start(self, tx: Tx, run_id: RunId, request: StartRequest) -> tuple[RunId | None, Done]:
        """Make a run and take its first steps; returns the id of the run that has the same key instead, if one has."""
        workflow = request.definition or self.library.workflow(request.workflow, request.version)
        if request.definition:
            self.library.define(request.definition, request.source)
        fork = request.fork
        bound = fork.bound if fork else bindings(self.library, workflow, request.bound)
        if workflow.budget:
            bound = replace(bound, budgets={**bound.budgets, run_id: workflow.budget})
        other = tx.create(run_id, request, bound)
        if other is not None:
            return other, Done()
        run = RunState(id=run_id)
        book = Book(run=run, shelf=tx.shelf(run_id))
        advance = Advance(book=book, workflow=workflow, world=self._world(bound, workflow), now=tx.now())
        if fork:
            fact, artifacts = put_aside(fork.fact)
            tx.keep(artifacts)
            forking.begin(advance, fact)
        else:
            advance.start(RunStarted(workflow=request.workflow, version=request.version, input=request.input,
                                     actor=request.actor, actor_name=request.actor_name, parent=request.parent,
                                     parent_path=request.parent_path, depth=request.depth))  # fmt: skip
        if book.artifacts:
            tx.keep(book.artifacts)
        changes = changes_of(
            book, run, self._lanes(bound.agents), priority=request.priority, has_card=request.card_id is not None
        )
        tx.write([changes])
        done = Done(changes=[changes])
        held = Held(run=book.run, agents=bound.agents, workflows=bound.workflows, budgets=bound.budgets,
                    proven=bound.proven, priority=request.priority, team_id=request.team_id,
                    correlation_id=request.correlation_id, title=request.title)  # fmt: skip
        self._pass_on(tx, held, run, changes, done)
        return None, done

    def _pass_on(self, tx: Tx, held: Held, before: RunState, changes: Changes, done: Done) -> None:
        """Make the runs that its steps ask for, and leave letters for its parent and its children."""
        bound = Bindings(agents=held.agents, workflows=held.workflows, budgets=held.budgets, proven=held.proven)
        run = changes.run
        for child, request in requested(held, changes, bound, lambda: self.library.workflow(run.workflow, run.version)):
            begun = self.start(tx, child, request)[1]
            done.changes += begun.changes
            done.woken |= begun.woken
        reached = tx.children(changes.run.id) if changes.hold is not None else []
        mail = list(letters_of(changes, before, reached))
        tx.post(mail)
        done.woken |= {letter.run_id for letter in mail}

    def consider(self, tx: Tx, mail: Sequence[Mail], wait_seconds: float = 0.0, also: Iterable[RunId] = ()) -> Done:
        """Consider messages, and all that waits in the mailboxes of the runs they are for."""
        done = Done()
        run_ids = sorted({*(letter.run_id for letter in mail), *also})
        tx.expect(run_ids, _steps_of(mail))
        held = tx.lock(run_ids, wait_seconds)
        done.held = len(held)
        waiting = tx.mail(sorted(held))
        done.missed = [letter for letter in mail if letter.run_id not in held]
        tx.post(done.missed)
        fences = self._fences(tx, [letter for letter in (*waiting, *mail) if letter.run_id in held])
        verdicts: dict[int, Verdict] = {id(letter): BUSY for letter in done.missed}
        advanced: list[tuple[Held, Changes]] = []
        for run_id, run in held.items():
            letters = [letter for letter in (*waiting, *mail) if letter.run_id == run_id]
            try:
                changed = self._advance(tx, run, letters, fences, verdicts)
                advanced += [(run, one) for one in changed]
                refused = [one for one in letters if verdicts[id(one)] != DONE and isinstance(one.message, RetryChild)]
                done.woken |= _answer_parent(tx, changed[-1].run if changed else run.run, refused)
            except TransientError:
                raise
            except Exception as error:  # noqa: BLE001 - a run that can't be read, say, must not stop others
                verdicts |= {id(letter): _set_aside(tx, letter, error) for letter in letters}
        tx.drop_mail([letter.id for letter in waiting if letter.id is not None])
        done.changes = [changes for _, changes in advanced]
        tx.write(done.changes)
        for run, changes in advanced:
            self._pass_on(tx, run, run.run, changes, done)
        done.verdicts = [verdicts[id(letter)] for letter in mail]
        return done

    def _fences(self, tx: Tx, letters: Sequence[Mail]) -> dict[tuple[RunId, StepPath], str]:
        tx.prefetch(_steps_of(letters))
        return tx.fences(_steps_of([letter for letter in letters if isinstance(letter.message, FENCED)]))

    def _advance(
        self, tx: Tx, held: Held, letters: Sequence[Mail], fences: Mapping[tuple[RunId, StepPath], str],
        verdicts: dict[int, Verdict],
    ) -> list[Changes]:  # fmt: skip
        before = held.run
        workflow = self.library.workflow(before.workflow, before.version)
        book = Book(run=before, shelf=tx.shelf(before.id))
        agents = {**_named(letters), **held.agents}
        world = self._world(Bindings(agents=agents, workflows=held.workflows, proven=held.proven), workflow)
        for letter in letters:
            advance = Advance(book=book, workflow=workflow, world=world, now=tx.now())
            verdicts[id(letter)] = self._one(tx, advance, letter, fences)
        if not book.recorded:
            return []
        if book.artifacts:
            tx.keep(book.artifacts)
        return [
            changes_of(book, before, self._lanes(agents), priority=held.priority, has_card=held.card_id is not None)
        ]

    def _one(self, tx: Tx, advance: Advance, letter: Mail, fences: Mapping[tuple[RunId, StepPath], str]) -> Verdict:
        message = letter.message
        known = tx.answered(letter.key) if letter.key and _wants_answer(letter) else None
        if known is not None:
            return known
        if isinstance(message, FENCED) and fences.get((letter.run_id, message.path)) != message.fence:
            return self._late(tx, advance, letter)
        if isinstance(message, NoteStop):
            return self._stopped(tx, advance, message)
        if isinstance(message, AGAIN) and (at := _still_stopping(tx, advance, message)):
            return Verdict(status=409, reason=f"'{at}' is still being stopped; try again in a moment")
        saved = advance.book.mark()
        try:
            verdict = consider(advance, message)
        except TransientError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad message must not hold up its run
            advance.book.back_to(saved)
            advance.todo.clear()
            return _set_aside(tx, letter, error)
        if isinstance(message, ReportAttempt) and verdict.status == 409 and _just_given_up(advance, message):
            consider(advance, _finished(message))
        if letter.key and _wants_answer(letter):
            tx.answer(letter.key, letter.run_id, verdict)
        return verdict

    def _late(self, tx: Tx, advance: Advance, letter: Mail) -> Verdict:
        """Refuse a report whose claim is gone; where the attempt was given up, it says that it is over at least."""
        message = letter.message
        if isinstance(message, ReportAttempt):
            self._stopped(tx, advance, _finished(message))
        return STALE

    def _stopped(self, tx: Tx, advance: Advance, note: NoteStop) -> Verdict:
        run_id = advance.book.run.id
        asked = tx.stopping(run_id).get((note.path, note.attempt))
        if asked is None or asked.fence != note.fence:
            return STALE
        recorded = (one.fact for one in advance.book.recorded)
        if any(isinstance(one, AttemptStopped) and (one.path, one.attempt) == asked.key for one in recorded):
            return STALE  # it is said in this very transaction
        return consider(advance, replace(note, seconds=round(max(tx.now() - asked.at, 0.0), 3)))

    def _world(self, bound: Bindings, workflow: Workflow) -> World:
        agents = _Pinned(self.library, bound.agents)

        @cache  # once an advance, however many are chosen
        def measured(names: tuple[str, ...]) -> Measured:
            return self.library.measured({name: keys_of(agents[name]) for name in names})

        return World(agents=agents, workflows=bound.workflows, dice=self.dice, most_deep=self.most_deep,
                     measured=measured, proven=(bound.proven or {}) if workflow.asks_proven else None)  # fmt: skip

    def _lanes(self, agents: Mapping[str, int]) -> Callable[[str], Lane]:
        pinned = _Pinned(self.library, agents)
        return lambda name: pinned[name].lane


def _finished(report: ReportAttempt) -> NoteStop:
    return NoteStop(path=report.path, attempt=report.attempt, fence=report.fence, how="finished")


def _just_given_up(advance: Advance, report: ReportAttempt) -> bool:
    """Tell whether its attempt was given up in this very transaction, and nobody has said yet that it is over."""
    key = (report.path, report.attempt)
    facts = [one.fact for one in advance.book.recorded]
    ends = [one for one in facts if isinstance(one, AttemptEnded | AttemptStopped) and (one.path, one.attempt) == key]
    return [isinstance(one, AttemptEnded) and one.status == AttemptStatus.CANCELLED for one in ends] == [True]


def _set_aside(tx: Tx, letter: Mail, error: Exception) -> Verdict:
    """Keep a message that can't be considered for an operator, with its reason."""
    log.error("a message was set aside", extra={"run_id": letter.run_id}, exc_info=error)
    tx.set_aside(letter, f"{type(error).__name__}: {error}")
    return Verdict(status=500, reason=f"the message was set aside: {error}")


def _answer_parent(tx: Tx, run: RunState, refused: Sequence[Mail]) -> set[RunId]:
    """Say how a run has ended to the step that wants it to go on, where it can't."""
    if not (run.is_ended and refused):
        return set()
    word = ended(run, tx.shelf(run.id).step(ids.ROOT))
    tx.post([Mail(run_id=RunId(run.parent), message=word, key=f"again:{run.id}:{refused[0].key}")])
    return {RunId(run.parent)}


def _named(letters: Sequence[Mail]) -> dict[str, int]:
    """Return the agents that steps are to be given to; who is bound to another version of one keeps that."""
    asked = (letter.message for letter in letters)
    return {one.agent: one.version for one in asked if isinstance(one, AssignStep) and one.agent and one.version}


def _still_stopping(
    tx: Tx, advance: Advance, message: RetryStep | RetryChild | SkipStep | AssignStep
) -> StepPath | None:
    """Return what has to come to its end first: no step is begun again while an attempt of it may be at work."""
    if isinstance(message, AssignStep):
        stopping = [path for path, _ in tx.stopping(advance.book.run.id)] if message.agent else []
        return message.path if message.path in stopping else None
    state = advance.book.step(message.path)
    if state is None or not state.is_ended:
        return None
    return next((path for path, _ in sorted(tx.stopping(advance.book.run.id))), None)


class _Pinned(Mapping[str, AgentSpec]):
    """The agents a run is bound to, read when they are needed."""

    def __init__(self, library: Library, versions: Mapping[str, int]) -> None:
        self._library, self._versions = library, versions

    def __getitem__(self, name: str) -> AgentSpec:
        if name in BUILTIN:
            return BUILTIN[name]
        return self._library.agent(name, self._versions[name])

    def __iter__(self) -> Iterator[str]:
        return iter((*self._versions, *BUILTIN))

    def __len__(self) -> int:
        return len(self._versions) + len(BUILTIN)


def _steps_of(letters: Sequence[Mail]) -> list[tuple[RunId, StepPath]]:
    paths = ((letter.run_id, getattr(letter.message, "path", None)) for letter in letters)
    return [(run_id, path) for run_id, path in paths if path is not None]


def _wants_answer(letter: Mail) -> bool:
    return not isinstance(letter.message, FENCED) or letter.key.startswith(OUTSIDE)
