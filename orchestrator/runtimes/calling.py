"""Calls an agent's function once and turns whatever happens into an outcome: the same inline and in a child process."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import traceback
from collections.abc import Callable

from orchestrator.core import codec
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.runtimes.arguments import arguments
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.contracts import UnknownType
from orchestrator.runtimes.folders import Outside
from orchestrator.runtimes.port import Control, EffectInDoubt, EffectRefused, Job, Suspend
from orchestrator.runtimes.tools.card import Rejected, Unreachable

_ENDS = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError)
"""No Exceptions, but raised by the agent all the same. Other BaseExceptions are the engine's and go through."""


def perform(job: Job, control: Control) -> Outcome:
    """Find the function an agent names, call it with the job's input, and return how it ended."""
    try:
        function = load(str(job.spec.settings.get("target", "")))
        return _called(function, job, control)
    except Suspend as suspension:
        return Suspended(requests=(suspension.request,))
    except Outside as error:
        return Failed(kind=Failure.INVALID_INPUT, reason=f"{job.spec.name} was given a path it may not use: {error}.")
    except EffectRefused as error:
        return Failed(kind=Failure.REFUSED, reason=f"{job.spec.name} may not do this: {error}.", detail=_trace(error))
    except Rejected as error:
        return Failed(kind=Failure.REJECTED, reason=str(error), detail=_trace(error))
    except Unreachable as error:
        return Failed(kind=Failure.UNAVAILABLE, reason=str(error), detail=_trace(error))
    except EffectInDoubt as error:
        return Failed(kind=Failure.CRASH, reason=f"{job.spec.name}: {error}.", detail=_trace(error))
    except MemoryError as error:
        reason = f"{job.spec.name} needs more memory than the {codec.size_in_words(job.memory_bytes)} it may use."
        return Failed(kind=Failure.OVER_LIMIT, reason=reason, detail=_trace(error))
    except (Exception, *_ENDS) as error:  # noqa: BLE001  # whatever an agent raises is its outcome, not our error
        return Failed(kind=Failure.CRASH, reason=f"{job.spec.name} raised {in_words(error)}.", detail=_trace(error))


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


def in_words(error: BaseException) -> str:
    """Say an exception in one line: `ValueError: no such vendor`."""
    said = str(error).strip().split("\n")[0][:300].rstrip(".")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _called(function: Callable[..., object], job: Job, control: Control) -> Outcome:
    try:
        given = arguments(function, job.input, Context(job, control))
    except (TypeError, ValueError, UnknownType) as error:
        reason = (
            f"The input does not fit {job.spec.name}: {in_words(error)}. If its parameters changed, apply it again."
        )
        return Failed(kind=Failure.INVALID_INPUT, reason=reason, detail=_trace(error))
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


def _trace(error: BaseException) -> str:
    """Return the traceback without our own frames above the agent's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))
