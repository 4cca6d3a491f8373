"""The conversation of one attempt: ask, do what the model wants done, ask again, until it gives its answer.

Each answer is kept in the ledger of effects, by its number and a digest of all that was said before it. After a kill,
an approval or a call of another agent the conversation is had again from there: nothing is paid twice, and one that
goes another way is asked anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    ToolReturnPart,
)

from orchestrator.core import codec
from orchestrator.core.fitting import checked
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Suspended, Usage
from orchestrator.runtimes import port
from orchestrator.runtimes.guarded import guarded
from orchestrator.runtimes.llm import reading, request, spending
from orchestrator.runtimes.llm.context import fitted
from orchestrator.runtimes.llm.line import Call, Line
from orchestrator.runtimes.llm.settings import Settings, settings_of
from orchestrator.runtimes.llm.toolbox import Toolbox
from orchestrator.runtimes.llm.trouble import Asks, Stopped, Trouble
from orchestrator.runtimes.port import Control, Job

_ITS_OWN_FAULT = (Failure.MALFORMED, Failure.SCHEMA, Failure.CRASH)
"""Failures for which the answer that is on record must not be given again."""


def converse(job: Job, control: Control) -> Outcome:
    """Have the conversation; whatever comes of it has what it used up beside it."""
    bill = spending.Bill()
    outcome = guarded(job, lambda: _outcome(job, control, bill))
    return replace(outcome, usage=bill.total) if isinstance(outcome, Ok | Failed | Suspended) else outcome


def _outcome(job: Job, control: Control, bill: spending.Bill) -> Outcome:
    settings = settings_of(job.spec.settings)
    cap = spending.Cap(limits=job.spec.budget.get("call", {}), settings=settings)
    try:
        with Line(settings, cap, job.timeout_seconds, request.OUTPUT_TOOL) as line:
            return Talk(job, control, settings, line, cap, bill).outcome()
    except Trouble as trouble:
        return Failed(kind=trouble.kind, reason=trouble.reason, detail=trouble.detail,
                      retry_after_seconds=trouble.retry_after_seconds)  # fmt: skip
    except port.OverBudget as error:
        return Failed(kind=Failure.OVER_BUDGET, reason=f"{job.spec.name} may not go on: {error}.")
    except Asks as asks:
        return Suspended(requests=tuple(asks.requests))
    except Stopped:
        return Cancelled(reason="It was stopped.")


class Talk:
    """See the module."""

    def __init__(
        self, job: Job, control: Control, settings: Settings, line: Line, cap: spending.Cap, bill: spending.Bill
    ) -> None:
        self._job, self._control, self._settings = job, control, settings
        self._line, self._cap, self._bill = line, cap, bill
        self._tools = Toolbox(job, control, escalate=settings.escalate)
        self._parameters = request.parameters(job.spec, settings.output, [*self._tools.cards.values()])
        self._messages: list[ModelMessage] = [request.first(job.spec, job.input)]
        self._said = codec.dumps(self._beginning())
        self._digest = _digest("", self._said)
        self._turns: list[int] = []
        self._heard = self._left_out = 0
        self._is_estimate = False

    def outcome(self) -> Outcome:
        """Ask until there is an answer; one that breaks the contract is forgotten, so that it is not given again."""
        for turn in range(1, self._settings.turns + 1):
            response = self._answer(turn)
            try:
                reading.check(self._job.spec, response)
                wanted = reading.calls(response)
                if not wanted:
                    return self._ended(turn, reading.output(self._job.spec, response))
            except Trouble as trouble:
                self._forget(turn, trouble.kind)
                raise
            self._go_on(response, self._tools.use(wanted))
        reason = f"{self._job.spec.name} has asked {self._settings.turns} times without giving an answer; see `turns`."
        return Failed(kind=Failure.STUCK, reason=reason)

    def _ended(self, turn: int, output: Json) -> Outcome:
        notes = ["Its provider told no usage; it is estimated."] if self._is_estimate else []
        if self._left_out:
            notes.append(f"Its {self._left_out} oldest turns were left out in the end, to keep to limits.context.")
        outcome = checked(self._job.spec, Ok(output=output, note=" ".join(notes)))
        if isinstance(outcome, Failed):
            self._forget(turn, outcome.kind)
        return outcome

    def _forget(self, turn: int, kind: Failure) -> None:
        if kind in _ITS_OWN_FAULT:
            self._control.forget(_name(turn))

    def _answer(self, turn: int) -> ModelResponse:
        """Return the answer to all that was said so far: the recorded one, or a fresh one."""
        key = f"{_name(turn)}/{self._digest}"
        kept = self._control.once(_name(turn), key, self._asked, idempotent=True)
        self._note(kept)
        found = ModelMessagesTypeAdapter.validate_python([kept])[0]
        if not isinstance(found, ModelResponse):
            raise Trouble(Failure.CRASH, f"What is on record of {self._job.spec.name} is no answer.")
        return found

    def _asked(self) -> Json:
        told = fitted(self._messages, len(self._said), self._turns, self._job.spec.limits, self._job.spec.name)
        self._left_out = max(self._left_out, told.left_out)
        sent = spending.tokens_in(told.characters)
        call = Call(messages=told.messages, parameters=self._parameters, sent=sent)
        reservation = self._control.reserve(self._cap.estimate(call.sent))
        try:
            response = self._line.ask(call, self._control.emit, self._control.stop)
        finally:
            self._settle(reservation, call)
        dumped: Json = codec.plain(ModelMessagesTypeAdapter.dump_python([response], mode="json")[0])
        return dumped

    def _settle(self, reservation: str, call: Call) -> None:
        tokens = call.tokens
        used = Usage() if tokens is None else spending.usage(self._settings, tokens)
        known = tokens or spending.Tokens()
        made = port.Call(
            provider=self._settings.provider, model=self._settings.model, tokens_in=known.sent,
            tokens_cached=known.cached, tokens_out=known.got, seconds=round(call.seconds, 3),
        )  # fmt: skip
        self._is_estimate = self._is_estimate or (tokens is not None and call.is_estimate)
        self._bill.add(used)
        self._control.settle(reservation, used, made)

    def _go_on(self, response: ModelResponse, results: list[ToolReturnPart]) -> None:
        told = [[one.tool_name, str(one.content)] for one in results]
        self._note(codec.plain(told))
        self._turns.append(self._heard)
        self._heard = 0
        self._messages += [response, ModelRequest(parts=results, instructions=request.instructions(self._job.spec))]

    def _note(self, said: Json) -> None:
        """Take note of what was said, so that what follows depends on it."""
        text = codec.dumps(said)
        self._digest = _digest(self._digest, text)
        self._heard += len(text)

    def _beginning(self) -> Json:
        """Return all that the first answer depends on."""
        spec, told = self._job.spec, self._settings
        tools: list[Json] = [[one.name, one.description, one.schema] for one in self._tools.cards.values()]
        return [told.provider, told.model, told.base_url, told.temperature, told.max_tokens, told.output, tools,
                request.instructions(spec), self._job.input, spec.output_schema]  # fmt: skip


def _name(turn: int) -> str:
    """Name an answer in the ledger, so that one can be forgotten without the others."""
    return f"model/{turn}"


def _digest(before: str, said: str) -> str:
    return hashlib.sha256(f"{before}\n{said}".encode()).hexdigest()[:24]
