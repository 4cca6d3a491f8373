"""Reports over HTTP from servers that were asked to call back. The address is all they need."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import JsonValue

from orchestrator.api.shapes import Body
from orchestrator.core.errors import RejectedError
from orchestrator.core.outcomes import Failure, Json, Ok, Outcome, Suspended, Usage
from orchestrator.core.problems import Problem
from orchestrator.services import reports as services

router = Router(tags=["work"])


class Asked(Body):
    """Something that is asked for: a person's answer, or what another agent makes of an input."""

    kind: Literal["ask", "call"]
    key: str = Field(pattern=r"^(ask|call)/[1-9][0-9]{0,2}$", description="Numbered by kind: ask/1, call/1, call/2.")
    question: str = Field("", max_length=4000)
    options: list[str] = []
    agent: str = ""
    input: JsonValue = {}


class Told(Body):
    """How an attempt ended."""

    ok: bool
    output: JsonValue = None
    failure: str = Field("", description="Where it is not ok: crash, unavailable, timeout, refused and so on.")
    reason: str = Field("", description="One sentence for a person.")
    detail: str = Field("", description="Evidence, such as a traceback.")
    degraded: str = Field("", description="Why the output is less than asked for.")
    note: str = ""
    cost_usd: str | None = Field(None, description="Money spent; leave it out where nothing meters it.")
    tokens: int | None = Field(None, ge=0)
    retry_after: float | None = Field(
        None, ge=0, le=3600, description="With `unavailable`: seconds for which it wants to be left alone."
    )
    asks: list[Asked] = Field([], description="What it needs to go on; a new attempt begins with the answers.")


class Taken(Schema):
    """It counts."""

    accepted: bool


@router.post("/attempts/{token}/report", response=Taken, auth=None)
def report_attempt(request: HttpRequest, token: str, told: Told) -> Taken:
    """Report an attempt at the address that came with it; the same again is answered the same."""
    services.called_back(token, outcome(told))
    return Taken(accepted=True)


def outcome(told: Told) -> Outcome:
    """Return how an attempt ended; raises RejectedError for a failure of our own, or money that is none."""
    usage = Usage(cost_usd=_money(told.cost_usd), tokens=told.tokens)
    if told.asks:
        return Suspended(requests=tuple(_request(one) for one in told.asks), usage=usage)
    if told.ok:
        return Ok(output=told.output, degraded=told.degraded[:2000], note=told.note[:2000], usage=usage)
    failed = services.failure(told.failure or "crash", told.reason or "It says no more.", told.detail)
    return type(failed)(
        kind=failed.kind, reason=failed.reason, detail=failed.detail, usage=usage, note=told.note[:2000],
        retry_after_seconds=told.retry_after if failed.kind is Failure.UNAVAILABLE else None,
    )  # fmt: skip


def _request(one: Asked) -> dict[str, Json]:
    said: dict[str, Json] = {"question": one.question, "options": list[Json](one.options)}
    asked: dict[str, Json] = {"agent": one.agent, "input": one.input}
    return {"kind": one.kind, "key": one.key, **(said if one.kind == "ask" else asked)}


def _money(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found < 1_000_000 or len(text) > 40:
        problem = Problem(path="cost_usd", message="this is no amount of money", hint='write "0.0042", or leave it out')
        raise RejectedError("The report cannot be taken like this.", [problem])
    return found
