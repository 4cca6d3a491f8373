"""Has jobs carried out in warm child processes. Which runtime's jobs they are is the child's matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from orchestrator.core.outcomes import Cancelled, Failed, Failure, Outcome
from orchestrator.runtimes.conversation import Conversation, Stale
from orchestrator.runtimes.leash import Leash
from orchestrator.runtimes.pool import Closed, Pool
from orchestrator.runtimes.port import Control, Job


class Children:
    """A runtime's processes, with the folders their jobs may enter."""

    def __init__(self, leash: Leash, roots: Iterable[Path], paths: Iterable[Path] = ()) -> None:
        """Keep what the first child will need; none is started yet."""
        self._roots = tuple(roots)
        self._pool = Pool(leash, paths)

    def allowed(self, job: Job) -> Job:
        """Return a job with the folders that its input may name."""
        return replace(job, roots=self._roots)

    def run(self, job: Job, control: Control) -> Outcome:
        """Carry a job out in a child; in a fresh one when its code has changed since the child began."""
        try:
            return self._in_child(self.allowed(job), control)
        except Closed:
            return Cancelled(reason="The worker is stopping.")
        except OSError as error:
            reason = f"No process could be started for {job.spec.name}: {error.strerror or error}."
            return Failed(kind=Failure.UNAVAILABLE, reason=reason)

    def warm(self) -> None:
        """Start the first child before a job needs it."""
        self._pool.warm()

    def close(self) -> None:
        """End all children."""
        self._pool.close()

    def _in_child(self, job: Job, control: Control) -> Outcome:
        try:
            return self._asked(job, control, fresh=False)
        except Stale:
            return self._asked(job, control, fresh=True)

    def _asked(self, job: Job, control: Control, *, fresh: bool) -> Outcome:
        child = self._pool.take(fresh)
        conversation = Conversation(child, job, control)
        try:
            return conversation.outcome()
        finally:
            if conversation.keep:
                self._pool.give(child)
            else:
                self._pool.forget(child)
