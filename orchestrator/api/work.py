"""Work over HTTP for processes elsewhere: lease it, keep it, say what comes of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status
from pydantic import JsonValue

from orchestrator.api.auth import caller
from orchestrator.api.reports import Taken, Told, outcome
from orchestrator.api.shapes import Body
from orchestrator.services import work as services

router = Router(tags=["work"])
WAIT_HEADER = "Signalbox-Wait"
"""On an answer without work: how many seconds the caller would wait for some. `dashboard.patience` does it."""


class WorkWanted(Body):
    """Somebody elsewhere wants work."""

    agents: list[str] = Field(description="Names of the agents whose work it does.")
    worker: str = Field(description="Its name, for people.")
    asking: str = Field(description="A random word; the same again gets the same work, where an answer was lost.")
    seconds: float = Field(services.SECONDS, description="Length of the lease, from its last heartbeat.")
    wait: float = Field(0.0, ge=0.0, le=25.0, description="Seconds to wait for work where there is none.")


class Work(Schema):
    """An attempt that the caller does now."""

    token: str = Field(description="Names this lease in every later call.")
    run_id: str
    path: str
    attempt: int
    agent: str
    agent_version: int
    input: JsonValue
    answers: JsonValue
    request_id: str = Field(description="The idempotency key: the same on every attempt of this piece of work.")
    correlation_id: str
    timeout_seconds: float
    seconds: float = Field(description="Length of the lease.")


class Sign(Body):
    """A sign of life."""

    fraction: float | None = Field(None, description="How far it is, 0 to 1.")
    note: str = ""
    text: str = Field("", description="A piece of the answer, for whoever watches.")
    seconds: float = services.SECONDS


class Heard(Schema):
    """What became of it."""

    stop: bool = Field(description="The lease is lost, or nobody wants the work: end it.")


class EffectWanted(Body):
    """A logical call to the outside that is about to be made."""

    tool: str = Field(max_length=80)
    key: str = Field(max_length=200, description="Which call of this piece of work: the same on every attempt.")
    idempotent: bool = False


class Effect(Schema):
    """Whether to make it."""

    act: bool
    result: JsonValue = Field(description="What it came to, where it was made already.")


class EffectEnded(Body):
    """What a logical call came to."""

    key: str = Field(max_length=200)
    result: JsonValue = None
    failed: bool = Field(False, description="It has not happened.")


@router.post("/work/lease", response={200: Work, 204: None})
def lease(request: HttpRequest, wanted: WorkWanted, response: HttpResponse) -> Status[Work] | Status[None]:
    """Lease an attempt; 204 where there is none within the time."""
    asking = services.Asking(agents=wanted.agents, worker=wanted.worker, asking=wanted.asking, seconds=wanted.seconds)
    leased = services.lease(caller(request), asking)
    if leased is None:
        response[WAIT_HEADER] = f"{wanted.wait:g}"
        return Status(204, None)
    return Status(200, _work(leased, wanted.seconds))


@router.post("/work/{token}/heartbeat", response=Heard)
def heartbeat(request: HttpRequest, token: str, sign: Sign) -> Heard:
    """Keep a lease, and pass on what the work says."""
    given = services.Sign(fraction=sign.fraction, note=sign.note, text=sign.text, seconds=sign.seconds)
    return Heard(stop=not services.beat(caller(request), token, given))


@router.post("/work/{token}/report", response=Taken)
def report(request: HttpRequest, token: str, told: Told) -> Taken:
    """Report what came of it; 409 where the lease is lost. The same again is answered the same."""
    services.report(caller(request), token, outcome(told))
    return Taken(accepted=True)


@router.post("/work/{token}/release", response=Taken)
def release(request: HttpRequest, token: str) -> Taken:
    """Give work back that was not done; it counts as no try."""
    services.give_back(caller(request), token)
    return Taken(accepted=True)


@router.post("/work/{token}/effect", response=Effect)
def effect(request: HttpRequest, token: str, wanted: EffectWanted) -> Effect:
    """Ask whether to make a logical call; 409 where an earlier attempt may have made it."""
    done, result = services.begin_effect(caller(request), token, wanted.tool, wanted.key, idempotent=wanted.idempotent)
    return Effect(act=not done, result=result)


@router.post("/work/{token}/effect/result", response=Taken)
def effect_result(request: HttpRequest, token: str, ended: EffectEnded) -> Taken:
    """Say what a logical call came to."""
    services.end_effect(caller(request), token, ended.key, ended.result, failed=ended.failed)
    return Taken(accepted=True)


def _work(leased: services.Leased, seconds: float) -> Work:
    claim = leased.holding.claim
    return Work(
        token=leased.token, run_id=claim.run_id, path=claim.path, attempt=claim.attempt, agent=claim.agent,
        agent_version=claim.agent_version, input=dict(leased.input), answers=dict(leased.answers),
        request_id=f"{claim.run_id}:{claim.path}", correlation_id=claim.correlation_id,
        timeout_seconds=claim.timeout_seconds, seconds=seconds,
    )  # fmt: skip
