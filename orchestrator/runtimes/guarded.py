"""Turns whatever an agent raises into the outcome of its attempt: the same inline and in a child process."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable

from orchestrator.core import codec
from orchestrator.core.outcomes import Failed, Failure, Outcome, Suspended
from orchestrator.runtimes.folders import Outside
from orchestrator.runtimes.port import EffectInDoubt, EffectRefused, Job, Suspend
from orchestrator.runtimes.tools.card import Rejected, Unreachable

_ENDS = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError)
"""No Exceptions, but raised by the agent all the same. Other BaseExceptions are the engine's and go through."""
_OURS = ("orchestrator.runtimes.guarded", "orchestrator.runtimes.calling")


def guarded(job: Job, work: Callable[[], Outcome]) -> Outcome:
    """Do an attempt's work and return how it ended."""
    try:
        return work()
    except Suspend as suspension:
        return Suspended(requests=(suspension.request,))
    except Outside as error:
        return Failed(kind=Failure.INVALID_INPUT, reason=f"{job.spec.name} was given a path it may not use: {error}.")
    except EffectRefused as error:
        return Failed(kind=Failure.REFUSED, reason=f"{job.spec.name} may not do this: {error}.", detail=trace(error))
    except Rejected as error:
        return Failed(kind=Failure.REJECTED, reason=str(error), detail=trace(error))
    except Unreachable as error:
        return Failed(kind=Failure.UNAVAILABLE, reason=str(error), detail=trace(error))
    except EffectInDoubt as error:
        return Failed(kind=Failure.CRASH, reason=f"{job.spec.name}: {error}.", detail=trace(error))
    except MemoryError as error:
        reason = f"{job.spec.name} needs more memory than the {codec.size_in_words(job.memory_bytes)} it may use."
        return Failed(kind=Failure.OVER_LIMIT, reason=reason, detail=trace(error))
    except (Exception, *_ENDS) as error:  # noqa: BLE001  # whatever an agent raises is its outcome, not our error
        return Failed(kind=Failure.CRASH, reason=f"{job.spec.name} raised {in_words(error)}.", detail=trace(error))


def in_words(error: BaseException) -> str:
    """Say an exception in one line: `ValueError: no such vendor`."""
    said = str(error).strip().split("\n")[0][:300].rstrip(".")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def trace(error: BaseException) -> str:
    """Return the traceback without our own frames above the agent's."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") in _OURS:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))
