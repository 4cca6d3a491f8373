"""A runtime that plays a script, attempt by attempt, in the worker's own thread: for tests, demos and drills.

Settings: `{"outcomes": [{"sleep": 0.1, "emit": "text", "ok": value} | {"fail": "crash", "reason": "why"} |
{"text": "not JSON"} | {"echo": true}]}`. The first attempt plays the first entry; the last one is played ever after.
"""

from __future__ import annotations

import time

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome
from orchestrator.core.problems import Problem
from orchestrator.runtimes.port import Control, Job

_ENDINGS = ("ok", "fail", "text", "echo")


class ScriptedRuntime:
    """Plays the outcomes written in an agent's settings."""

    name = "scripted"

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Take a quick slot: nothing here needs a process."""
        return Lane.QUICK

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List entries that have no ending, or fail in a way there is no name for."""
        outcomes = settings.get("outcomes")
        if not isinstance(outcomes, list) or not outcomes:
            return (Problem(path="outcomes", message="a list of outcomes is missing", hint='write [{"ok": value}]'),)
        return tuple(problem for index, entry in enumerate(outcomes) for problem in _entry_problems(index, entry))

    def run(self, job: Job, control: Control) -> Outcome:
        """Play the entry of this attempt."""
        outcomes = job.spec.settings.get("outcomes")
        script = [entry for entry in outcomes if isinstance(entry, dict)] if isinstance(outcomes, list) else []
        if not script:
            return Failed(kind=Failure.INVALID_INPUT, reason=f"{job.spec.name} has no script to play.")
        entry = script[min(job.attempt, len(script)) - 1]
        return _slept(job, control, entry) or _ending(job, control, entry)

    def close(self) -> None:
        """Do nothing: it starts no process."""


def _entry_problems(index: int, entry: Json) -> list[Problem]:
    path = f"outcomes[{index}]"
    if not isinstance(entry, dict) or not any(name in entry for name in _ENDINGS):
        return [Problem(path=path, message="this entry has no ending", hint=f"give one of {', '.join(_ENDINGS)}")]
    if "fail" in entry and entry["fail"] not in list(Failure):
        return [Problem(path=f"{path}.fail", message="there is no such failure", hint=", ".join(Failure))]
    return []


def _slept(job: Job, control: Control, entry: dict[str, Json]) -> Outcome | None:
    """Sleep as long as the entry says; the outcome if that was cut short."""
    seconds = entry.get("sleep", 0)
    wanted = float(seconds) if isinstance(seconds, int | float) else 0.0
    until = time.monotonic() + wanted
    if wanted and control.stop.wait(min(wanted, job.timeout_seconds)):
        return Cancelled(reason="It was stopped.")
    if time.monotonic() < until:
        return Failed(kind=Failure.TIMEOUT, reason=f"{job.spec.name} did not finish within {job.timeout_seconds:g} s.")
    return None


def _ending(job: Job, control: Control, entry: dict[str, Json]) -> Outcome:
    if "emit" in entry:
        control.emit(str(entry["emit"]))
    if "fail" in entry:
        reason = str(entry.get("reason", "It was told to fail."))
        return Failed(kind=Failure(str(entry["fail"])), reason=reason, detail=str(entry.get("detail", "")))
    if "text" in entry:
        return _read(job, str(entry["text"]))
    return Ok(output=dict(job.input) if "echo" in entry else entry.get("ok"))


def _read(job: Job, text: str) -> Outcome:
    try:
        return Ok(output=codec.loads(text))
    except codec.NotJson as error:
        return Failed(
            kind=Failure.MALFORMED, reason=f"What {job.spec.name} returned is not JSON: {error}.", detail=text[:400]
        )
