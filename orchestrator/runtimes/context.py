"""What an agent's function holds in its hand while it runs. The engine carries its wishes out, behind `Control`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.folders import Roots
from orchestrator.runtimes.port import Control, Job, Suspend

if TYPE_CHECKING:
    from orchestrator.runtimes.tools.cards import Toolbox

_Arguments = ParamSpec("_Arguments")


class Context:
    """What an agent may know and do while it runs.

    After a suspension or a retry the function runs again from its beginning: what it did through here answers from the
    record, in order. So do the same things in the same order for the same input.
    """

    def __init__(self, job: Job, control: Control) -> None:
        """Look at a job; its logical calls are counted from here."""
        self._job = job
        self._control = control
        self._calls: dict[str, int] = {}
        self._tools: Toolbox | None = None

    @property
    def request_id(self) -> str:
        """The idempotency key of this step: the same on every attempt."""
        return self._job.request_id

    @property
    def correlation_id(self) -> str:
        """The id that follows the request through every log."""
        return self._job.correlation_id

    @property
    def run_id(self) -> str:
        """The run this is part of."""
        return self._job.run_id

    @property
    def path(self) -> str:
        """The step's place in its run."""
        return self._job.path

    @property
    def attempt(self) -> int:
        """Which try this is, counted from 1."""
        return self._job.attempt

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more: end soon, or the process is killed."""
        return self._control.stop.is_set()

    @property
    def data_dir(self) -> Path:
        """The folder to write under: to a temporary name first, then published by a rename."""
        return self._job.data_dir

    def folder(self, path: str) -> Path:
        """Return an existing folder that input names; one outside the configured roots fails the step."""
        return Roots(self._job.roots).folder(path)

    def progress(self, fraction: float, note: str = "") -> None:
        """Say how far the work is, between 0 and 1."""
        self._control.progress(min(max(float(fraction), 0.0), 1.0), str(note))

    def emit(self, text: str) -> None:
        """Stream a piece of text to whoever watches."""
        self._control.emit(str(text))

    def once(
        self,
        tool: str,
        call: Callable[_Arguments, object],
        /,
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> Json:
        """Call a function that changes something outside, at most once for this step, and return its result.

        Another attempt gets the recorded result. A result that is not JSON is recorded, and returned, as its text.
        """
        return self._control.once(tool, self._key(tool), lambda: recordable(call(*args, **kwargs)))

    def repeatable(
        self,
        tool: str,
        call: Callable[_Arguments, object],
        /,
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> Json:
        """Do as `once`, for an effect that is the same done twice, such as replacing a file.

        One that was cut short is made again, where `once` would leave it to a person.
        """
        return self._control.once(tool, self._key(tool), lambda: recordable(call(*args, **kwargs)), idempotent=True)

    def use(self, tool: str, /, **arguments: object) -> Json:
        """Call a tool on the agent's list, and return its result; another attempt gets the recorded one.

        Raises EffectRefused before anything acts when it is not on the list or would be one too many (A7). A risky call
        ends the attempt here until a person has decided; then it is made as approved, or raises `agents.Rejected` (H6).
        """
        if self._tools is None:
            from orchestrator.runtimes.tools.cards import Toolbox  # it knows contracts, which know this module

            self._tools = Toolbox(self._job, self._control, self._key)
        return self._tools.use(tool, arguments)

    def ask(self, question: str, options: Sequence[str] = ()) -> Json:
        """Ask a person; the attempt ends here, and goes on from its beginning with the answer."""
        return self._answer("ask", {"question": question, "options": list(options)})

    def call(self, agent: str, input: Mapping[str, Json]) -> Json:
        """Let another agent do something; the attempt ends here, and goes on from its beginning with the output."""
        return self._answer("call", {"agent": agent, "input": codec.plain(dict(input))})

    def write(self, key: str, value: Json) -> None:
        """Write to what the agents of this run share; it counts once the attempt's report is accepted."""
        self._control.write(key, codec.plain(value))

    def send(self, agent: str, message: Json) -> None:
        """Send a message to another agent of this run; it leaves once the attempt's report is accepted."""
        self._control.send(agent, codec.plain(message))

    def _answer(self, kind: str, request: dict[str, Json]) -> Json:
        key = self._key(kind)
        if key in self._job.answers:
            return self._job.answers[key]
        raise Suspend({"key": key, "kind": kind, **request})

    def _key(self, name: str) -> str:
        """Number the logical calls of each name, from 1."""
        self._calls[name] = self._calls.get(name, 0) + 1
        return f"{name}/{self._calls[name]}"


def recordable(value: object) -> Json:
    """Return the value as JSON, or its text: the effect has happened, so it must be recorded either way."""
    try:
        return codec.plain(value)
    except codec.NotJson:
        return str(value)
