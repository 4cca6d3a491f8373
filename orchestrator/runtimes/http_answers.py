"""What an answer over HTTP means: a value, or a failure in the words that every runtime uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from orchestrator.core import codec
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.runtimes.http_exchange import Answer, Bounds, Cut, Stopped, TooLarge, TooLong
from orchestrator.runtimes.http_hosts import Forbidden
from orchestrator.runtimes.port import Job

SHOWN = 2000
"""Characters of a bad answer that are shown."""
MOST_PAUSE = 3600.0
LATER = frozenset({408, 409, 423, 425, 429})
"""In use, too early, too many: another try may do (RFC 9110, RFC 8470, RFC 6585). 409 says the first try is at work."""
INPUT = frozenset({400, 413, 422})


class Ended(Exception):
    """The attempt is over; no effect that counts has happened."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def asked(job: Job, kind: Failure, what: str, detail: str = "") -> Failed:
    """Say how asking a server has failed."""
    return Failed(kind=kind, reason=f"{job.spec.name} {what}.", detail=detail)


def failed(job: Job, kind: Failure, what: str, detail: str = "") -> Ended:
    """Return the same as an exception."""
    return Ended(asked(job, kind, what, detail))


def value_of(job: Job, answer: Answer, secrets: Sequence[str]) -> Json:
    """Return the value an answer holds; raises Ended."""
    if not 200 <= answer.status < 300:
        outcome = asked(job, _kind(answer.status), _words(answer), shown(answer, secrets))
        later = pause_of(answer) if outcome.kind is Failure.UNAVAILABLE else None
        raise Ended(replace(outcome, retry_after_seconds=later))
    if answer.status == 204:
        return None
    try:
        return codec.loads(answer.body)
    except codec.NotJson as error:
        raise failed(job, Failure.MALFORMED, f"sent what is not JSON: {error}", shown(answer, secrets)) from error


def told_of(job: Job, answer: Answer, secrets: Sequence[str]) -> dict[str, Json]:
    """Return the output an answer holds, or what its server asks for before it can give one; raises Ended."""
    value = value_of(job, answer, secrets)
    if "signalbox-asks" not in answer.headers:
        return {"output": value}
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise failed(
            job, Failure.MALFORMED, "asked for something, but not in a list of objects", shown(answer, secrets)
        )
    count = Counter(name.partition("/")[0] for name in job.answers)
    asks: list[Json] = []
    for one in value:
        kind = str(one.get("kind")) if isinstance(one, dict) else ""
        count[kind] += 1
        asks.append({**(one if isinstance(one, dict) else {}), "key": f"{kind}/{count[kind]}"})
    return {"asks": asks}


def outcome_of(told: Mapping[str, Json]) -> Outcome:
    """Return how the attempt ends with what `told_of` returned."""
    asks = told.get("asks")
    if isinstance(asks, list):
        return Suspended(requests=tuple(one for one in asks if isinstance(one, dict)))
    return Ok(output=told.get("output"))


def pause_of(answer: Answer) -> float | None:
    """Return how long the server asks to be left alone (RFC 9110, 10.2.3); None when it does not, or by a date."""
    said = answer.headers.get("retry-after", "")
    return min(float(said), MOST_PAUSE) if said.isascii() and said.isdigit() else None


def shown(answer: Answer, secrets: Sequence[str]) -> str:
    """Return the beginning of an answer without the secrets that were sent: a server may echo what it got."""
    text = answer.body[: SHOWN * 4].decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, "…")
    return text[:SHOWN]


@contextmanager
def hidden(job: Job, bounds: Bounds) -> Iterator[None]:
    """Turn what an exchange raises into how the attempt ends."""
    try:
        yield
    except Stopped as error:
        raise Ended(Cancelled(reason="It was stopped.")) from error
    except TooLong as error:
        raise failed(job, Failure.TIMEOUT, f"did not answer within {bounds.seconds:g} s") from error
    except TooLarge as error:
        most = codec.size_in_words(bounds.size)
        raise failed(job, Failure.OVER_LIMIT, f"sent more than the {most} it may") from error
    except Forbidden as error:
        raise failed(job, Failure.REFUSED, f"may not be asked: {error}") from error
    except Cut as error:
        raise failed(job, Failure.UNAVAILABLE, f"could not be asked, or did not answer to the end: {error}") from error


def _kind(status: int) -> Failure:
    if status in LATER or status >= 500:
        return Failure.UNAVAILABLE
    return Failure.INVALID_INPUT if status in INPUT else Failure.REFUSED


def _words(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return f"answered {answer.status} and points elsewhere; redirects are not followed, write the final address"
    if answer.status < 200:
        return f"answered {answer.status}, which is no answer"
    return f"answered {answer.status}"
