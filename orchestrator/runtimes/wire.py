"""Jobs and outcomes as messages between a worker and its child process, and back."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Suspended, Usage, Waits
from orchestrator.runtimes.port import Call, Job, Sharing

_CONTRACTS = ("input_schema", "examples")
"""Parts of an agent that its child has no use for."""


def job_message(job: Job) -> dict[str, Json]:
    """Write what a child needs to know of a job."""
    return {
        "do": "job",
        "agent": _agent(job.spec),
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
        "agents": job.agents,
    }


def job_of(message: dict[str, Json]) -> Job:
    """Read a job in the child."""
    agent = _object(message["agent"])
    spec = spec_of(agent, _whole(agent["version"]))
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
        agents=_object(message.get("agents")),
    )


def _agent(spec: AgentSpec) -> Json:
    """Write what a child needs to know of an agent; a plain function needs only its target."""
    if spec.runtime == "callable" and not spec.tools:
        return {"name": spec.name, "role": "", "runtime": spec.runtime, "version": spec.version,
                "settings": {"target": spec.settings.get("target")}}  # fmt: skip
    written = codec.plain(spec)
    return {name: value for name, value in _object(written).items() if name not in _CONTRACTS}


def outcome_message(outcome: Outcome) -> dict[str, Json]:
    """Write an outcome."""
    match outcome:
        case Ok():
            return {"is": "ok", "output": outcome.output, "degraded": outcome.degraded, "note": outcome.note,
                    **usage(outcome.usage)}  # fmt: skip
        case Failed():
            return {"is": "failed", "kind": outcome.kind, "reason": outcome.reason, "detail": outcome.detail,
                    "note": outcome.note, "retry_after": outcome.retry_after_seconds,
                    **usage(outcome.usage)}  # fmt: skip
        case Cancelled():
            return {"is": "cancelled", "reason": outcome.reason}
        case Waits():
            return {"is": "waits", "key": outcome.key, "seconds": outcome.seconds, "reason": outcome.reason}
        case Suspended():
            return {"is": "suspended", "requests": list[Json](outcome.requests), "continuation": outcome.continuation,
                    **usage(outcome.usage)}  # fmt: skip
    raise TypeError(f"a child process does not park anything: {outcome}")


def outcome_of(message: dict[str, Json]) -> Outcome:
    """Read an outcome a child sent."""
    match message.get("is"):
        case "ok":
            return Ok(output=message["output"], degraded=str(message["degraded"]), note=str(message["note"]),
                      usage=usage_of(message))  # fmt: skip
        case "suspended":
            requests = tuple(map(_object, _list(message["requests"])))
            return Suspended(requests=requests, continuation=message["continuation"], usage=usage_of(message))
        case "cancelled":
            return Cancelled(reason=str(message["reason"]))
        case "waits":
            seconds = float(str(message["seconds"]))
            return Waits(key=str(message["key"]), seconds=seconds, reason=str(message["reason"]))
    after = message.get("retry_after")
    return Failed(
        kind=Failure(str(message["kind"])), reason=str(message["reason"]), detail=str(message.get("detail", "")),
        note=str(message.get("note", "")), usage=usage_of(message),
        retry_after_seconds=None if after is None else float(str(after)),
    )  # fmt: skip


def usage(used: Usage) -> dict[str, Json]:
    """Write what was used up."""
    return {"cost_usd": None if used.cost_usd is None else str(used.cost_usd), "tokens": used.tokens}


def usage_of(message: dict[str, Json]) -> Usage:
    """Read what was used up."""
    cost, tokens = message.get("cost_usd"), message.get("tokens")
    return Usage(
        cost_usd=None if cost is None else Decimal(str(cost)), tokens=None if tokens is None else _whole(tokens)
    )


def call(made: Call) -> Json:
    """Write a call to a provider."""
    return dict(asdict(made))


def call_of(message: Json) -> Call:
    """Read a call to a provider."""
    told = _object(message)
    return Call(
        provider=str(told["provider"]), model=str(told["model"]), tokens_in=_whole(told["tokens_in"]),
        tokens_cached=_whole(told["tokens_cached"]), tokens_out=_whole(told["tokens_out"]),
        seconds=float(str(told["seconds"])),
    )  # fmt: skip


def sharing(one: Sharing | None) -> dict[str, Json]:
    """Write by what a call may be answered; nothing for one that is made in any case."""
    return {} if one is None else {"sharing": {"key": one.key, "seconds": one.seconds, "target": one.target}}


def sharing_of(message: dict[str, Json]) -> Sharing | None:
    """Read it in the parent."""
    found = message.get("sharing")
    if not isinstance(found, dict):
        return None
    return Sharing(key=str(found["key"]), seconds=float(str(found["seconds"])), target=str(found["target"]))


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _whole(value: Json) -> int:
    return int(str(value))
