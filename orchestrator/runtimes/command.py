"""The runtime of programs on this machine: allow-listed, without a shell, in a known folder, within limits.

Settings: `{"command": ["ruff", "check", "--", "{input.files}"], "cwd": "{input.root}", "ok_codes": [0, 1],
"output": "json|text|lines", "env": {"NAME": "value"}}`. Output: `{"command", "exit_code", "result"}`.
"""

from __future__ import annotations

import errno
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome
from orchestrator.core.problems import Problem
from orchestrator.runtimes import argv, environments, groups
from orchestrator.runtimes.command_settings import check
from orchestrator.runtimes.folders import Outside, Roots
from orchestrator.runtimes.leash import Leash
from orchestrator.runtimes.port import Control, Job
from orchestrator.runtimes.process import End, Finished, Limits, Program

DEFAULT_BINARIES = ("ruff", "bandit", "radon", "git")
_SHOWN = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One command, ready to run."""

    argv: list[str]
    folder: Path
    variables: dict[str, str]
    """Beside the small environment every tool gets."""

    @property
    def note(self) -> str:
        """What an operator types to run it by hand."""
        variables = [f"{name}={shlex.quote(value)}" for name, value in self.variables.items()]
        return f"cd {shlex.quote(str(self.folder))} && {' '.join([*variables, shlex.join(self.argv)])}"


class CommandRuntime:
    """Runs the program an agent names."""

    name = "command"

    def __init__(self, leash: Leash, roots: Iterable[Path], binaries: Iterable[str] = DEFAULT_BINARIES) -> None:
        """Keep where commands may work and which they may be."""
        self._leash = leash
        self._roots = Roots(roots)
        self._binaries = tuple(binaries)

    def lane(self, settings: dict[str, Json]) -> Lane:
        """A program is a process of its own."""
        return Lane.SLOW

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List what is wrong with the settings."""
        return check(settings, self._binaries)

    def run(self, job: Job, control: Control) -> Outcome:
        """Run the program once; nothing of it is left afterwards."""
        found = self.check(job.spec.settings)
        if found:
            return Failed(kind=Failure.REFUSED, reason=f"{job.spec.name} may not run: {found[0]}.")
        try:
            call = self._call(job)
        except (argv.Refused, Outside) as error:
            return Failed(kind=Failure.INVALID_INPUT, reason=f"{job.spec.name} was not started: {error}.")
        except FileNotFoundError as error:
            return Failed(kind=Failure.UNAVAILABLE, reason=str(error))
        return self._ran(call, job, control)

    def close(self) -> None:
        """Do nothing: each program ends with its attempt, or with the worker's leash."""

    def _call(self, job: Job) -> _Call:
        settings = job.spec.settings
        template = [str(part) for part in _list(settings["command"])]
        folder = self._folder(settings.get("cwd"), job)
        rest = argv.build(template[1:], job.input, self._roots, folder)
        variables = {name: str(value) for name, value in _dict(settings.get("env")).items()}
        return _Call(argv=[_binary(template[0]), *rest], folder=folder, variables=variables)

    def _folder(self, setting: Json, job: Job) -> Path:
        if setting is None:
            return self._roots.folder(str(self._roots.folders[0]))
        names = argv.references(str(setting))
        text = argv.text_of(names[0], argv.look_up(names[0], job.input)) if names else str(setting)
        return self._roots.folder(text)

    def _ran(self, call: _Call, job: Job, control: Control) -> Outcome:
        limits = Limits(seconds=job.timeout_seconds, memory_bytes=job.memory_bytes, output_bytes=job.output_bytes)
        homes = job.data_dir / "run" / "homes"  # what a killed worker leaves there, the next start clears away
        homes.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=homes) as home:
            environment = {**environments.for_commands(Path(home), job), **call.variables}
            try:
                finished = Program(call.argv, call.folder, environment, limits, self._leash).finish(
                    control.stop, control.kill
                )
            except OSError as error:
                return _not_started(job, error)
        return _outcome(call, job, finished)


def _not_started(job: Job, error: OSError) -> Failed:
    if error.errno == errno.E2BIG:
        reason = f"{job.spec.name} was not started: its input makes a longer command line than this system takes."
        return Failed(kind=Failure.INVALID_INPUT, reason=reason)
    return Failed(kind=Failure.UNAVAILABLE, reason=f"{job.spec.name} could not be started: {error.strerror or error}.")


def _outcome(call: _Call, job: Job, finished: Finished) -> Outcome:
    name, errors = job.spec.name, finished.errors
    if finished.end is End.STOPPED:
        return Cancelled(reason="It was stopped.", killed=finished.killed)
    if finished.end is End.TIMEOUT:
        reason = f"{name} did not finish within {job.timeout_seconds:g} s and was killed."
        return Failed(kind=Failure.TIMEOUT, reason=reason, detail=errors, note=call.note)
    if finished.end is End.OUTPUT:
        reason = f"{name} wrote more than the {codec.size_in_words(job.output_bytes)} it may and was killed."
        return Failed(kind=Failure.OVER_LIMIT, reason=reason, detail=errors, note=call.note)
    if finished.exit_code not in _list(job.spec.settings.get("ok_codes", [0])):
        detail = errors or finished.output[-_SHOWN:].decode(errors="replace")
        reason = f"{name} {groups.exit_in_words(finished.exit_code)}."
        return Failed(kind=Failure.CRASH, reason=reason, detail=detail, note=call.note)
    return _parsed(call, job, finished)


def _parsed(call: _Call, job: Job, finished: Finished) -> Outcome:
    try:
        result = _result(str(job.spec.settings.get("output", "text")), finished.output)
    except codec.NotJson as error:
        shown = finished.output[:_SHOWN].decode(errors="replace")
        reason = f"What {job.spec.name} wrote is not what it should be: {error}."
        detail = f"It began with: {shown}\n{finished.errors}"
        return Failed(kind=Failure.MALFORMED, reason=reason, detail=detail, note=call.note)
    command: list[Json] = list(call.argv)
    output: dict[str, Json] = {"command": command, "exit_code": finished.exit_code, "result": result}
    return Ok(output=output, note=call.note)


def _result(kind: str, written: bytes) -> Json:
    if kind == "json":
        return codec.loads(written)
    text = written.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return list[Json](text.splitlines()) if kind == "lines" else text


def _binary(name: str) -> str:
    """Find a program beside the interpreter first, so that the versions we ship with are the ones that run."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed here; install it, or take the agent out of the workflow.")
    return found


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
