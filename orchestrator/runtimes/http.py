"""Agents behind an HTTP endpoint: a signed request with an idempotency key, whose answer comes at once or later.

The bytes on the wire are in `http_exchange`, what the settings may be in `http_settings`, meanings in `http_answers`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from orchestrator.core import codec, schema
from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Parked, Suspended, Waits
from orchestrator.core.problems import Problem, listed
from orchestrator.runtimes import http_settings
from orchestrator.runtimes.http_answers import Ended, asked, failed, hidden, outcome_of, pause_of, told_of
from orchestrator.runtimes.http_asks import allowed
from orchestrator.runtimes.http_exchange import Answer, Bounds, Request, exchange
from orchestrator.runtimes.http_settings import Rules
from orchestrator.runtimes.port import Control, EffectRefused, Job

LEAST_SECRET = 6
"""Characters of a word that is hidden wherever a server echoes it; `Bearer` is none worth hiding, but does no harm."""
TOOL = "http"
"""The name under which the ledger keeps what a server was asked for."""
ACCEPTED = 202
LOOK_SECONDS = 30.0
"""The longest that one look at an answer to come may take, and hold a slot."""


class HttpRuntime:
    """See the module. It takes a slot while a request is on its way, and none between."""

    name = "http"

    def __init__(self, rules: Rules) -> None:
        """Keep what the configuration allows."""
        self._rules = rules

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Take a slot of those that may take long."""
        return Lane.SLOW

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List what is wrong with the settings."""
        return http_settings.check(settings, self._rules)

    def run(self, job: Job, control: Control) -> Outcome:
        """Ask the server; return what it says, or that it will say it later."""
        wrong = self.check(job.spec.settings)
        if wrong:
            return Failed(kind=Failure.REFUSED, reason=f"{job.spec.name} may not be asked like this: {listed(wrong)}.")
        try:
            outcome = _Talk(job, control, self._rules).outcome()
        except Ended as ended:
            return ended.outcome
        except EffectRefused as refused:
            return Failed(kind=Failure.REFUSED, reason=f"{job.spec.name} was not asked: {refused}.")
        if isinstance(outcome, Suspended):
            return allowed(job, control, outcome)
        if isinstance(outcome, Ok) and schema.problems(job.spec.output_schema, outcome.output):
            control.forget(TOOL)  # a bad answer is not given again from the record
        return outcome

    def close(self) -> None:
        """Do nothing: it starts no process."""


class _Talk:
    """One attempt's exchanges with its server."""

    def __init__(self, job: Job, control: Control, rules: Rules) -> None:
        self._job, self._control, self._rules = job, control, rules
        self._settings = job.spec.settings
        self._url = str(self._settings["url"])
        self._mode = str(self._settings.get("mode", "answer"))
        self._body = codec.dumps(job.input).encode()
        # What it asked for is another request, with more to go on, than the one that asked for it.
        self._key = f"{job.request_id}+{len(job.answers)}" if job.answers else job.request_id
        self._secrets: list[str] = []
        self._headers(self._url, b"")  # whether all it needs is there shows before anything is asked

    def outcome(self) -> Outcome:
        if self._mode == "callback":
            return self._called_back()
        noted = self._control.once(TOOL, f"asked/{len(self._job.answers)}", self._post, idempotent=True)
        told = noted if isinstance(noted, dict) else {}
        return self._poll(str(told["location"])) if "location" in told else outcome_of(told)

    def _post(self) -> Json:
        """Ask; return the answer, or where it will be."""
        answer = self._ask()
        if answer.status != ACCEPTED:
            return told_of(self._job, answer, self._secrets)
        if self._mode == "poll" and answer.headers.get("location"):
            return {"location": self._place(answer.headers["location"])}
        lacking = "no Location says where it will be" if self._mode == "poll" else "mode 'answer' waits for none"
        raise failed(self._job, Failure.MALFORMED, f"accepted the request for later (202), but {lacking}")

    def _place(self, location: str) -> str:
        """Return the full address of a place on the same server; a server may not send us to another one."""
        place, own = urlsplit(urljoin(self._url, location)), urlsplit(self._url)
        if (place.scheme, place.netloc) != (own.scheme, own.netloc):
            raise failed(self._job, Failure.REFUSED, f"names a place on another server: {place.netloc[:100]}")
        return place.geturl()

    def _poll(self, place: str) -> Outcome:
        """Look once; come back later without holding a slot until then."""
        until = self._control.once(TOOL, f"until/{self._job.attempt}", self._until, idempotent=True)
        left = float(str(until)) - time.time()
        if left <= 0:
            return asked(self._job, Failure.TIMEOUT, f"had no answer within {self._job.timeout_seconds:g} s")
        try:
            answer = self._send("GET", place, b"", min(left, LOOK_SECONDS))
            told = {} if answer.status == ACCEPTED else told_of(self._job, answer, self._secrets)
        except Ended as ended:
            return self._after(ended)
        return self._later(pause_of(answer)) if answer.status == ACCEPTED else outcome_of(told)

    def _after(self, ended: Ended) -> Outcome:
        """Go on looking while the server is away; what it has answered for good is asked anew by the next attempt."""
        outcome = ended.outcome
        if isinstance(outcome, Failed):
            if outcome.kind in (Failure.UNAVAILABLE, Failure.TIMEOUT):
                return self._later(None)
            self._control.forget(TOOL)
        return outcome

    def _later(self, pause: float | None) -> Outcome:
        every = float(str(self._settings.get("every", 1.0)))
        why = f"{urlsplit(self._url).hostname} is at work on it"
        return Waits(key=f"http:{self._job.request_id}", seconds=max(every, pause or 0.0), reason=why)

    def _until(self) -> Json:
        return time.time() + self._job.timeout_seconds

    def _called_back(self) -> Outcome:
        began = time.monotonic()
        if not self._job.report_to():
            return asked(self._job, Failure.REFUSED, "can't call back: SIGNALBOX_URL is not set")
        answer = self._ask()
        if answer.status != ACCEPTED:
            return outcome_of(told_of(self._job, answer, self._secrets))
        left = self._job.timeout_seconds - (time.monotonic() - began)
        return Parked(seconds=max(left, 1.0), to=urlsplit(self._url).hostname or "")

    def _ask(self) -> Answer:
        method = str(self._settings.get("method", "POST"))
        return self._send(method, self._url, self._body, self._job.timeout_seconds)

    def _send(self, method: str, url: str, body: bytes, seconds: float) -> Answer:
        request = Request(method=method, url=url, headers=self._headers(url, body), body=body)
        bounds = Bounds(seconds=seconds, size=self._job.output_bytes, stop=self._control.stop)
        with hidden(self._job, bounds):
            return exchange(request, self._rules.hosts, bounds)

    def _headers(self, url: str, body: bytes) -> Mapping[str, str]:
        job, now = self._job, str(int(time.time()))
        said = {
            **self._own_headers(), "Host": urlsplit(url).netloc, "Accept": "application/json",
            "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "signalbox",
            "Idempotency-Key": self._key, "X-Request-ID": job.correlation_id or job.request_id,
            "Signalbox-Agent": job.spec.name, "Signalbox-Attempt": str(job.attempt), "Signalbox-Timestamp": now,
            "Signalbox-Timeout": f"{job.timeout_seconds:g}",
        }  # fmt: skip
        if job.answers:
            said["Signalbox-Answers"] = json.dumps(job.answers)  # in ASCII, as headers are
        if body:
            said["Content-Type"] = "application/json"
        if self._mode == "callback":
            said["Signalbox-Callback"] = job.report_to()
        if self._secret():
            said["Signalbox-Signature"] = signature(self._secret(), now, body)
        return said

    def _own_headers(self) -> dict[str, str]:
        """Return what the agent's settings add; secrets come from this process's environment, here and now."""
        headers = self._settings.get("headers", {})
        given = headers.items() if isinstance(headers, dict) else ()
        return {name: self._named(value["env"]) if isinstance(value, dict) else str(value) for name, value in given}

    def _secret(self) -> str:
        return self._named(self._settings["secret_env"]) if "secret_env" in self._settings else ""

    def _named(self, name: Json) -> str:
        value = os.environ.get(str(name), "")
        if not value or not value.isascii() or not value.isprintable():
            state = "not set" if not value else "not one line of plain text"
            raise failed(self._job, Failure.REFUSED, f"can't be asked: {name} is {state} where workers run")
        self._secrets += [word for word in value.split() if word not in self._secrets and len(word) >= LEAST_SECRET]
        return value


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what the header Signalbox-Signature holds: HMAC-SHA256 (RFC 2104) of `timestamp.body`, in hex."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"
