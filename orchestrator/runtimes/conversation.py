"""One job in a warm child, as the parent sees it: hand it over, serve its wishes, hold it to its time, read its end."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial

from orchestrator.core import codec
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Outcome, Usage
from orchestrator.runtimes import frames, groups, wire
from orchestrator.runtimes.child_process import ChildProcess, Gone
from orchestrator.runtimes.port import Control, EffectInDoubt, EffectRefused, Job, OverBudget

_START_SECONDS = 30.0


class Stale(Exception):
    """The child's code is older than what stands on disk; give the job to a fresh one."""


class ActFailed(Exception):
    """The agent's own call raised; the child knows the exception, we know its words."""


class _Stopped(Exception):
    """Nobody wants the result any more."""


class Conversation:
    """Talks to one child about one job. `keep` tells afterwards whether the child may do another."""

    def __init__(self, child: ChildProcess, job: Job, control: Control) -> None:
        """Bring a child, a job and the engine together."""
        self.keep = False
        self._child = child
        self._job = job
        self._control = control
        self._deadline = 0.0
        self._asked = False

    def outcome(self) -> Outcome:
        """Carry the job out; the child is dead afterwards unless `keep` is set. Raises Stale before any work."""
        try:
            return self._held()
        except Gone:
            return self._crashed()
        except TimeoutError:
            return self._timed_out()
        except _Stopped:
            return Cancelled(reason="It was stopped.", killed=True)
        except frames.FrameTooLarge:
            return self._too_large()
        finally:
            if not self.keep:
                self._child.kill()

    def _held(self) -> Outcome:
        self._child.begin(self._job.output_bytes + frames.MARGIN_BYTES)
        self._deadline = time.monotonic() + _START_SECONDS
        if not self._child.is_ready:
            self._next()
            self._child.is_ready = True
        self._deadline = time.monotonic() + self._job.timeout_seconds
        self._child.send(wire.job_message(self._job), self._deadline)
        while (message := self._next())["is"] != "ended":
            self._serve(message)
        outcome = self._ended(message)
        return Cancelled(reason="It was stopped.") if self._asked else outcome

    def _ask(self) -> None:
        """Tell the agent once that nobody wants its result any more; it may look at `ctx.cancelled`."""
        if self._control.stop.is_set() and self._child.is_ready and not self._asked:
            self._asked = True
            self._child.send({"do": "stop"}, self._deadline)

    def _next(self) -> dict[str, Json]:
        """Wait for the child's next message, as long as there is time and someone who wants the result."""
        while True:
            if self._control.kill.is_set():
                raise _Stopped
            self._ask()
            if time.monotonic() > self._deadline:
                raise TimeoutError
            message = self._child.receive()
            if message is None:
                continue
            if message.get("is") == "stale":
                raise Stale
            return message

    def _serve(self, message: dict[str, Json]) -> None:
        match message["is"]:
            case "progress":
                self._control.progress(float(str(message["fraction"])), str(message["note"]))
            case "emit":
                self._control.emit(str(message["text"]))
            case "write":
                self._control.write(str(message["key"]), message["value"])
            case "send":
                self._control.send(str(message["agent"]), message["message"])
            case "log":
                self._log(str(message["logger"]), int(str(message["level"])), str(message["text"]))
            case _:
                self._act_on(message)

    def _act_on(self, message: dict[str, Json]) -> None:
        """Serve a wish that touches the book of effects or the budget."""
        match message["is"]:
            case "forget":
                self._control.forget(str(message["tool"]))
            case "effects":
                self._child.send({"do": "answer", "value": list(self._control.effects())}, self._deadline)
            case "reserve":
                self._reserve(wire.usage_of(message))
            case "settle":
                self._control.settle(str(message["reservation"]), wire.usage_of(message), wire.call_of(message["call"]))
            case "once":
                self._once(message)

    def _reserve(self, estimate: Usage) -> None:
        try:
            reservation = self._control.reserve(estimate)
        except OverBudget as error:
            self._child.send({"do": "refuse", "reason": str(error)}, self._deadline)
        else:
            self._child.send({"do": "answer", "value": reservation}, self._deadline)

    def _log(self, logger: str, level: int, text: str) -> None:
        """Log what the agent logged, beside our own lines about its attempt."""
        logging.getLogger(f"agent.{logger}").log(level, "%s", text)

    def _once(self, message: dict[str, Json]) -> None:
        once, sharing = self._control.once, wire.sharing_of(message)
        once = partial(once, idempotent=True) if message["idempotent"] is True else once
        once = once if sharing is None else partial(once, sharing=sharing)
        try:
            value = once(str(message["tool"]), str(message["key"]), self._act)
        except EffectRefused as error:
            self._child.send({"do": "refuse", "reason": str(error)}, self._deadline)
        except ActFailed:
            return  # the child raises its own exception to the agent
        except EffectInDoubt as error:
            if error.__cause__ is None:
                return  # the child itself does not know, and says so
            raise error.__cause__ from None  # what ended the process decides how the attempt ends
        else:
            self._child.send({"do": "answer", "value": value}, self._deadline)

    def _act(self) -> Json:
        """Let the child make the effect, and return its result."""
        try:
            self._child.send({"do": "act"}, self._deadline)
            while (message := self._next())["is"] != "acted":
                self._serve(message)
        except (Gone, TimeoutError, _Stopped) as error:
            raise EffectInDoubt("its process ended while it made the effect") from error
        if "doubt" in message:
            raise EffectInDoubt(str(message["doubt"]))
        if "failed" in message:
            raise ActFailed(str(message["failed"]))
        return message["value"]

    def _ended(self, message: dict[str, Json]) -> Outcome:
        self.keep = message.get("tired") is False
        told = message["outcome"]
        outcome = wire.outcome_of(told if isinstance(told, dict) else {})
        if not isinstance(outcome, Failed):
            return outcome
        if outcome.kind is Failure.OVER_LIMIT:
            self.keep = False
        return replace(outcome, detail=_joined(self._child.printed(), outcome.detail))

    def _crashed(self) -> Failed:
        code = self._child.kill()
        reason = f"The process of {self._job.spec.name} {groups.exit_in_words(code)} before it had a result."
        return self._failed(Failure.CRASH, reason, self._child.printed())

    def _timed_out(self) -> Failed:
        reason = f"{self._job.spec.name} did not finish within {self._job.timeout_seconds:g} s and was killed."
        return self._failed(Failure.TIMEOUT, reason, self._child.last_words())

    def _too_large(self) -> Failed:
        limit = codec.size_in_words(self._job.output_bytes)
        return self._failed(Failure.OVER_LIMIT, f"{self._job.spec.name} sent more than the {limit} it may.", "")

    @staticmethod
    def _failed(kind: Failure, reason: str, detail: str) -> Failed:
        return Failed(kind=kind, reason=reason, detail=detail)


def _joined(printed: str, trace: str) -> str:
    return f"{printed.rstrip()}\n{trace}" if printed.strip() else trace
