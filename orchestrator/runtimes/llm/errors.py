"""Puts what the model library raises into words and kinds of failure; keys never get through."""

from __future__ import annotations

import json

from pydantic_ai import exceptions

from orchestrator.core.outcomes import Failure
from orchestrator.runtimes.llm.trouble import Trouble

LIBRARY = (exceptions.AgentRunError, exceptions.UserError, OSError)
"""All that may come of asking a provider; an address that does not answer is an OSError or an AgentRunError."""


_MEANINGS: tuple[tuple[type[Exception], Failure, str], ...] = (
    (exceptions.ModelQuotaExceededError, Failure.UNAVAILABLE, "has no quota or credit left on this account"),
    (exceptions.ModelRateLimitError, Failure.UNAVAILABLE, "takes no more requests for now"),
    (exceptions.ModelAuthenticationError, Failure.UNAVAILABLE, "does not accept the key"),
    (exceptions.ModelNotFoundError, Failure.UNAVAILABLE, "is not there; check the model's name and address"),
    (exceptions.ModelRequestRejectedError, Failure.CRASH, "refuses the request"),
    (exceptions.ModelTimeoutError, Failure.TIMEOUT, "did not answer in time"),
    (exceptions.ModelRequestTimeout, Failure.TIMEOUT, "did not answer in time"),
    (exceptions.ModelConnectionError, Failure.UNAVAILABLE, "cannot be reached, or broke off in mid-answer"),
    (exceptions.ModelAPIError, Failure.UNAVAILABLE, "failed"),
    (OSError, Failure.UNAVAILABLE, "cannot be reached"),
    (exceptions.ContentFilterError, Failure.CRASH, "withheld its answer by its content filter"),
    (exceptions.UserError, Failure.CRASH, "cannot be asked in this way"),
    (Exception, Failure.UNAVAILABLE, "sent nothing that can be understood"),
)
"""What each exception means; the first that fits counts. A provider that breaks the protocol is away, as far as we can
tell: that a model wrote no JSON is seen later, and is another thing."""


def trouble_of(error: Exception, who: str, secret: str) -> Trouble:
    """Say what an error of the library means for the attempt; `who` is the model, `secret` must not be repeated."""
    kind, words = next((kind, words) for one, kind, words in _MEANINGS if isinstance(error, one))
    wait = getattr(error, "retry_after", None)
    asks = "" if wait is None else f" It asks to wait {wait:g} s (Retry-After)."
    reason = f"{who} {words}.{asks}{_said(error)}"
    return Trouble(kind, _cleaned(reason, secret), _cleaned(_evidence(error), secret), retry_after_seconds=wait)


def _said(error: Exception) -> str:
    """Return what the provider said, and its status."""
    status = getattr(error, "status_code", None)
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else None
    said = _line(str(words or getattr(error, "message", "") or error))
    return f" It said{f' ({status})' if status else ''}: {said}."


def _evidence(error: Exception) -> str:
    body = getattr(error, "body", None)
    return json.dumps(body, default=str)[:4000] if body else str(error)[:4000]


def _line(text: str) -> str:
    return " ".join(text.split())[:300].rstrip(".")


def _cleaned(text: str, secret: str) -> str:
    return text.replace(secret, "…") if secret else text
