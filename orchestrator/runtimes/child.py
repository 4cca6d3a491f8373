"""The warm child process in which functions are called and models asked, one job at a time:
`python -m orchestrator.runtimes.child FILE`.

It imports what its jobs need and nothing of Django. When its parent's pipe closes, it kills its whole group.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable

from orchestrator.core.outcomes import Failed, Failure, Json, Outcome, Usage
from orchestrator.runtimes import child_log, environments, frames, wire
from orchestrator.runtimes.calling import perform
from orchestrator.runtimes.freshness import Freshness
from orchestrator.runtimes.guarded import in_words
from orchestrator.runtimes.port import Call, EffectInDoubt, EffectRefused, Job, OverBudget, Sharing

Inbox = queue.SimpleQueue[dict[str, Json]]


class PipeControl:
    """Passes an agent's wishes to the parent, which holds the ledger and the live channel."""

    def __init__(self, inbox: Inbox, out: int) -> None:
        """Read answers from the inbox, write wishes to a file."""
        self.stop = threading.Event()
        self.kill = threading.Event()
        self._inbox = inbox
        self._out = out
        self._writing = threading.Lock()
        self._acting = threading.RLock()

    def say(self, message: dict[str, Json]) -> None:
        """Send one message whole, from any thread."""
        with self._writing:
            frames.write(self._out, message)

    def progress(self, fraction: float, note: str) -> None:
        """Pass on how far the work is."""
        self.say({"is": "progress", "fraction": fraction, "note": note})

    def emit(self, text: str) -> None:
        """Pass on a piece of the answer."""
        self.say({"is": "emit", "text": text})

    def forget(self, tool: str) -> None:
        """Pass on that a tool is to be asked anew."""
        self.say({"is": "forget", "tool": tool})

    def effects(self) -> tuple[str, ...]:
        """Ask the parent for the keys of what was done."""
        with self._acting:
            self.say({"is": "effects"})
            found = self._inbox.get().get("value")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def reserve(self, estimate: Usage) -> str:
        """Ask the parent to set aside what a call may use up."""
        with self._acting:
            self.say({"is": "reserve", **wire.usage(estimate)})
            answer = self._inbox.get()
        if answer.get("do") == "refuse":
            raise OverBudget(str(answer.get("reason")))
        return str(answer.get("value"))

    def settle(self, reservation: str, used: Usage, call: Call) -> None:
        """Tell the parent what a call has used up."""
        self.say({"is": "settle", "reservation": reservation, **wire.usage(used), "call": wire.call(call)})

    def write(self, key: str, value: Json) -> None:
        """Pass on a write to the blackboard."""
        self.say({"is": "write", "key": key, "value": value})

    def send(self, agent: str, message: Json) -> None:
        """Pass on a message to another agent."""
        self.say({"is": "send", "agent": agent, "message": message})

    def once(
        self, tool: str, key: str, call: Callable[[], Json], *, idempotent: bool = False, sharing: Sharing | None = None
    ) -> Json:
        """Ask the parent whether to act; act if so; return what is recorded."""
        with self._acting:
            self.say({"is": "once", "tool": tool, "key": key, "idempotent": idempotent, **wire.sharing(sharing)})
            answer = self._inbox.get()
            if answer.get("do") == "act":
                self._act(call)
                answer = self._inbox.get()
        if answer.get("do") == "refuse":
            raise EffectRefused(str(answer.get("reason")))
        return answer.get("value")

    def _act(self, call: Callable[[], Json]) -> None:
        try:
            value = call()
        except BaseException as error:
            what = "doubt" if isinstance(error, EffectInDoubt) else "failed"
            self.say({"is": "acted", what: in_words(error)})
            raise
        self.say({"is": "acted", "value": value})


def main() -> None:
    """Serve jobs until the parent closes the pipe."""
    inbox, control = _connected()
    fresh = Freshness()
    child_log.install(control.say)
    control.say({"is": "ready"})
    while True:
        message = inbox.get()
        fresh.note()
        if fresh.is_stale():
            control.say({"is": "stale"})
            return
        threads = threading.active_count()
        outcome = _limited(wire.job_of(message), control)
        _flush()
        fresh.note()
        tired = threading.active_count() > threads or _has_children()
        control.say({"is": "ended", "outcome": wire.outcome_message(outcome), "tired": tired})


def _connected() -> tuple[Inbox, PipeControl]:
    """Take the pipes away from the agent's code and start watching the parent."""
    incoming, outgoing = os.dup(0), int(sys.argv[1])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.set_inheritable(outgoing, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable(all_threads=False)
    faulthandler.register(signal.SIGUSR1, all_threads=False)
    inbox: Inbox = queue.SimpleQueue()
    control = PipeControl(inbox, outgoing)
    # The watcher must not take the signal that asks where the agent hangs: that is the main thread's to answer.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    threading.Thread(target=_watch, args=(incoming, inbox, control.stop), daemon=True, name="parent").start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
    return inbox, control


def _watch(incoming: int, inbox: Inbox, stop: threading.Event) -> None:
    reader = frames.Reader()
    while (message := frames.read(incoming, reader)) is not None:
        if message.get("do") == "stop":
            stop.set()
            continue
        if message.get("do") == "job":
            stop.clear()
        inbox.put(message)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _limited(job: Job, control: PipeControl) -> Outcome:
    """Carry a job out within its memory, and leave folder and environment as they were."""
    folder, environment = os.getcwd(), dict(os.environ)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = job.memory_bytes if hard == resource.RLIM_INFINITY else min(job.memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    os.environ.update(environments.names_of(job))
    try:
        with child_log.passed_on():
            return _carried_out(job, control)
    except BaseException as error:  # noqa: BLE001  # whatever an agent raises is its outcome, not our error
        return Failed(kind=Failure.CRASH, reason=f"{job.spec.name} raised {in_words(error)}.")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)


def _carried_out(job: Job, control: PipeControl) -> Outcome:
    """Do what a job's runtime does in a child; what it needs is imported with the first job that needs it."""
    if job.spec.runtime != "llm":
        return perform(job, control)
    from orchestrator.runtimes.llm.talk import converse

    return converse(job, control)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # the agent closed it: what it printed is lost, its result is not


def _has_children() -> bool:
    """Tell whether the agent left processes running; the parent then replaces this one with its whole group."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main()
