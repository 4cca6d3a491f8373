"""Tokens that name one claim of an attempt and prove that they were made here: who holds one may report that attempt.

They are signed, not secret by themselves; like sign-in links they are kept out of logs, and end with the claim.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from orchestrator.core.ids import Fence, RunId, StepPath
from orchestrator.engine.ports import Claim

WORK, CALLBACK = "work", "callback"
"""What a token is for: one for the one is none for the other."""
LONGEST = 4000


class NoToken(ValueError):
    """The text is no token of this installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a token names."""

    run_id: RunId
    path: StepPath
    attempt: int
    fence: Fence


def held_by(claim: Claim) -> Held:
    """Return what a token of a claim names."""
    return Held(run_id=claim.run_id, path=claim.path, attempt=claim.attempt, fence=claim.fence)


def made(held: Held, use: str) -> str:
    """Write a token."""
    return signing.dumps([held.run_id, held.path, held.attempt, held.fence], salt=f"orchestrator.claim.{use}")


def read(text: str, use: str) -> Held:
    """Read a token; raises NoToken for one that was not made here for this, or made with another secret key."""
    try:
        run_id, path, attempt, fence = signing.loads(text[:LONGEST], salt=f"orchestrator.claim.{use}")
    except (signing.BadSignature, ValueError) as error:
        raise NoToken("this token was not made here") from error
    return Held(run_id=RunId(run_id), path=StepPath(path), attempt=attempt, fence=Fence(fence))


def address(held: Held) -> str:
    """Return the address under which somebody outside reports; empty where nobody knows how we are reached."""
    base = base_address()
    return f"{base}/api/v1/attempts/{made(held, CALLBACK)}/report" if base else ""


def base_address() -> str:
    """Return how others reach this installation: as configured, or as the running `up` of this data folder says."""
    if settings.URL:
        return str(settings.URL)
    try:
        return str(json.loads(settings.PLACES.up.read_text())["url"]).rstrip("/")
    except (OSError, ValueError, KeyError):
        return ""
