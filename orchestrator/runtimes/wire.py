"""Jobs and outcomes as messages between a worker and its child process, and back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Suspended, Usage
from orchestrator.runtimes.port import Job


def job_message(job: Job) -> dict[str, Json]:
    """Write what a child needs to know of a job."""
    return {
        "do": "job",
        "agent": job.spec.name,
        "target": job.spec.settings.get("target"),
        "run_id": job.run_id,
        "path": job.path,
        "attempt": job.attempt,
        "input": job.input,
        "request_id": job.request_id,
        "correlation_id": job.correlation_id,
        "timeout_seconds": job.timeout_seconds,
        "data_dir": str(job.data_dir),
        "roots": [str(root) for root in job.roots],
        "memory_bytes": job.memory_bytes,
        "output_bytes": job.output_bytes,
        "answers": job.answers,
    }


def job_of(message: dict[str, Json]) -> Job:
    """Read a job in the child; of the agent it knows the name and the target."""
    spec = AgentSpec(name=str(message["agent"]), role="", runtime="callable", settings={"target": message["target"]})
    return Job(
        run_id=str(message["run_id"]),
        path=str(message["path"]),
        attempt=_whole(message["attempt"]),
        spec=spec,
        input=_object(message["input"]),
        request_id=str(message["request_id"]),
        correlation_id=str(message["correlation_id"]),
        timeout_seconds=float(str(message["timeout_seconds"])),
        data_dir=Path(str(message["data_dir"])),
        roots=tuple(Path(str(root)) for root in _list(message["roots"])),
        memory_bytes=_whole(message["memory_bytes"]),
        output_bytes=_whole(message["output_bytes"]),
        answers=_object(message["answers"]),
    )


def outcome_message(outcome: Outcome) -> dict[str, Json]:
    """Write an outcome; functions report no usage of their own yet, so only what they can produce is carried."""
    match outcome:
        case Ok():
            return {"is": "ok", "output": outcome.output, "degraded": outcome.degraded, **_usage(outcome.usage)}
        case Failed():
            return {"is": "failed", "kind": outcome.kind, "reason": outcome.reason, "detail": outcome.detail}
        case Cancelled():
            return {"is": "cancelled", "reason": outcome.reason}
        case Suspended():
            return {"is": "suspended", "requests": list[Json](outcome.requests), "continuation": outcome.continuation}


def outcome_of(message: dict[str, Json]) -> Outcome:
    """Read an outcome a child sent."""
    match message.get("is"):
        case "ok":
            cost, tokens = message["cost_usd"], message["tokens"]
            usage = Usage(
                cost_usd=None if cost is None else Decimal(str(cost)), tokens=None if tokens is None else _whole(tokens)
            )
            return Ok(output=message["output"], degraded=str(message["degraded"]), usage=usage)
        case "suspended":
            requests = tuple(map(_object, _list(message["requests"])))
            return Suspended(requests=requests, continuation=message["continuation"])
        case "cancelled":
            return Cancelled(reason=str(message["reason"]))
    return Failed(
        kind=Failure(str(message["kind"])), reason=str(message["reason"]), detail=str(message.get("detail", ""))
    )


def _usage(usage: Usage) -> dict[str, Json]:
    return {"cost_usd": None if usage.cost_usd is None else str(usage.cost_usd), "tokens": usage.tokens}


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _whole(value: Json) -> int:
    return int(str(value))
