"""Calls an agent's function once: the same inline and in a child process."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from collections.abc import Callable

from orchestrator.core import codec
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.runtimes.arguments import arguments
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.contracts import UnknownType
from orchestrator.runtimes.guarded import guarded, in_words, trace
from orchestrator.runtimes.port import Control, Job


def perform(job: Job, control: Control) -> Outcome:
    """Find the function an agent names, call it with the job's input, and return how it ended."""
    return guarded(job, lambda: _called(load(str(job.spec.settings.get("target", ""))), job, control))


def load(target: str) -> Callable[..., object]:
    """Import the function written as `package.module:function`; raises ImportError that says what is wrong."""
    module_name, _, name = target.partition(":")
    found: object = importlib.import_module(module_name)
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise ImportError(f"{module_name} has no function {name}")
    function: Callable[..., object] = found
    return function


def _called(function: Callable[..., object], job: Job, control: Control) -> Outcome:
    try:
        given = arguments(function, job.input, Context(job, control))
    except (TypeError, ValueError, UnknownType) as error:
        reason = (
            f"The input does not fit {job.spec.name}: {in_words(error)}. If its parameters changed, apply it again."
        )
        return Failed(kind=Failure.INVALID_INPUT, reason=reason, detail=trace(error))
    result = function(**given)
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    return _output(result, job)


def _output(result: object, job: Job) -> Outcome:
    try:
        output: Json = codec.loads(codec.within(result, job.output_bytes))
    except codec.NotJson as error:
        return Failed(kind=Failure.MALFORMED, reason=f"What {job.spec.name} returned is not JSON: {error}.")
    except codec.TooLarge as error:
        return Failed(kind=Failure.OVER_LIMIT, reason=f"{job.spec.name} returned too much: {error}.")
    return Ok(output=output)
