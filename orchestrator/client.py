"""A worker for agents that run elsewhere: `Worker(url, token).serve({"agent": function})`. It leases work over the API,
keeps its leases alive, and reports. This one file needs nothing but Python 3.11: copy it to where the work is done.
"""

from __future__ import annotations

import json
import logging
import random
import secrets
import signal
import socket
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any

Json = Any
Function = Callable[[dict[str, Json], "Context"], Json]
WAIT_SECONDS = 20.0
"""How long one asking for work waits for some."""
BEAT_SECONDS, SPEAK_SECONDS = 5.0, 0.5
"""Between two signs of life: where there is nothing to say, and where there is."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
log = logging.getLogger("signalbox.worker")


class Failed(Exception):
    """Raise it to say how work has failed: `Failed("unavailable", "Closed.", retry_after=60)`, in seconds."""

    def __init__(self, failure: str, reason: str, detail: str = "", retry_after: float | None = None) -> None:
        """Name a failure of the API: crash, invalid_input, malformed, over_limit, refused, timeout, unavailable."""
        super().__init__(reason)
        self.failure, self.reason, self.detail, self.retry_after = failure, reason, detail[-4000:], retry_after


class Refused(Exception):
    """Signalbox says no: the lease is lost, an effect may have happened already, or the request makes no sense."""

    def __init__(self, status: int, detail: str) -> None:
        """Keep what it says."""
        super().__init__(detail)
        self.status, self.detail = status, detail


class Suspend(BaseException):
    """The function needs an answer first, and for what. No Exception: who catches what fails must not catch this."""


class Context:
    """What a function may do beside its work. `stop` is set when nobody wants its result any more."""

    def __init__(self, api: Api, work: Mapping[str, Json]) -> None:
        """Bring an attempt and the API together."""
        self._api, self._work = api, work
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._text: list[str] = []
        self._progress: tuple[float, str] | None = None
        self.said, self.stop = threading.Event(), threading.Event()
        self.request_id = str(work["request_id"])
        """The idempotency key: the same on every attempt of this piece of work."""
        self.correlation_id, self.attempt = str(work["correlation_id"]), int(work["attempt"])

    def progress(self, fraction: float, note: str = "") -> None:
        """Say how far the work is, between 0 and 1."""
        with self._lock:
            self._progress = (min(max(float(fraction), 0.0), 1.0), str(note))
        self.said.set()

    def emit(self, text: str) -> None:
        """Stream a piece of text to whoever watches."""
        with self._lock:
            self._text.append(str(text))
        self.said.set()

    def once(self, tool: str, call: Callable[..., Json], *args: Any, **named: Any) -> Json:
        """Call a function that changes something outside, at most once for this piece of work; return its result.

        Another attempt gets the recorded result. Raises Refused where an earlier one may have made the call and died.
        """
        return self._once(tool, lambda: call(*args, **named), idempotent=False)

    def repeatable(self, tool: str, call: Callable[..., Json], *args: Any, **named: Any) -> Json:
        """Do as `once`, for a call that is the same made twice: one that was cut short is made again."""
        return self._once(tool, lambda: call(*args, **named), idempotent=True)

    def ask(self, question: str, options: Sequence[str] = ()) -> Json:
        """Ask a person; the attempt ends here, and another begins from the beginning with the answer."""
        return self._answer("ask", {"question": question, "options": list(options)})

    def call(self, agent: str, input: Mapping[str, Json]) -> Json:
        """Let another agent do something; the attempt ends here, and another begins with what it returned."""
        return self._answer("call", {"agent": agent, "input": dict(input)})

    def _answer(self, kind: str, request: dict[str, Json]) -> Json:
        key = self._key(kind)
        if key in self._work["answers"]:
            return self._work["answers"][key]
        raise Suspend({"kind": kind, "key": key, **request})

    def _key(self, name: str) -> str:
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + 1
            return f"{name}/{self._counts[name]}"

    def taken(self) -> dict[str, Json]:
        """Return what was said since the last time, and forget it."""
        with self._lock:
            self.said.clear()
            text, self._text = "".join(self._text), []
            progress, self._progress = self._progress, None
        told: dict[str, Json] = {"text": text[-16_000:]} if text else {}
        return told if progress is None else {**told, "fraction": progress[0], "note": progress[1]}

    def _once(self, tool: str, call: Callable[[], Json], *, idempotent: bool) -> Json:
        key = self._key(tool)
        path = f"/work/{self._work['token']}/effect"
        asked = self._api.surely(path, {"tool": tool, "key": key, "idempotent": idempotent})
        if not asked["act"]:
            return asked["result"]
        try:
            made = call()
        except Exception:
            self._api.surely(f"{path}/result", {"key": key, "failed": True})
            raise
        try:
            result = _plain(made)
        except NotJson:  # it has happened, so it is recorded either way
            result = str(made)
        self._api.surely(f"{path}/result", {"key": key, "result": result})
        return result


class Api:
    """Calls of the API."""

    def __init__(self, url: str, token: str) -> None:
        """Keep where it is and who we are."""
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address of a web server")
        self._base, self._token = f"{url.rstrip('/')}/api/v1", token
        self.over = threading.Event()
        """Set when nothing is tried again any more."""

    def call(self, path: str, body: Json, seconds: float = 15.0) -> Json:
        """Call once; return the answer, None where there is none. Raises Refused, or OSError where it may do later."""
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self._base + path, json.dumps(body).encode(), method="POST", headers={
            "Authorization": f"Bearer {self._token}", "Content-Type": "application/json"})  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 - as above
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None
        except (OSError, HTTPException, ValueError) as error:
            raise ConnectionError(str(error)) from error

    def surely(self, path: str, body: Json) -> Json:
        """Call until there is an answer; raises Refused, and OSError when the worker ends first."""
        pause = FIRST_PAUSE
        while True:
            try:
                return self.call(path, body)
            except OSError as error:
                log.info("Signalbox is away, trying again: %s", error)
                if self.over.wait(pause * random.uniform(0.5, 1.0)):  # noqa: S311 - spreads callers, guards nothing
                    raise
                pause = min(pause * 2, LONGEST_PAUSE)


class Worker:
    """Leases work of some agents and does it, until it is told to stop."""

    def __init__(self, url: str, token: str, *, name: str = "", slots: int = 1, lease_seconds: float = 30.0) -> None:
        """Say where Signalbox is, with a token of role operator, and how much is done at once."""
        self._api = Api(url, token)
        self._name = (name or socket.gethostname().partition(".")[0])[:32]
        self._slots, self._lease = slots, lease_seconds
        self._stop = threading.Event()
        self._live: dict[str, Attempt] = {}

    def serve(self, agents: Mapping[str, Function], *, grace_seconds: float = 10.0) -> None:
        """Work until `stop` or SIGTERM or SIGINT; then give back what is not done in time."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop())
        threads = [threading.Thread(target=self._loop, args=(agents,), daemon=True) for _ in range(self._slots)]
        for thread in threads:
            thread.start()
        while not self._stop.wait(0.2):
            if not any(thread.is_alive() for thread in threads):
                raise Refused(0, "Signalbox refuses to hand out work; the log says why")
        self._wind_up(grace_seconds)

    def stop(self) -> None:
        """Take no more work, and end what is at work."""
        self._stop.set()

    def _wind_up(self, grace_seconds: float) -> None:
        until = time.monotonic() + grace_seconds
        while self._live and time.monotonic() < until:
            time.sleep(0.05)
        self._api.over.set()
        for attempt in list(self._live.values()):
            attempt.give_back()

    def _loop(self, agents: Mapping[str, Function]) -> None:
        pause, asking = FIRST_PAUSE, ""
        while not self._stop.is_set():
            asking = asking or secrets.token_hex(8)
            body = {"agents": sorted(agents), "worker": self._name, "asking": asking, "seconds": self._lease,
                    "wait": WAIT_SECONDS}  # fmt: skip
            try:
                work = self._api.call("/work/lease", body, WAIT_SECONDS + 15)
            except Refused as refused:
                log.error("Signalbox refuses to hand out work: %s", refused.detail)
                return
            except OSError as error:
                log.info("Signalbox is away, trying again: %s", error)
                self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads callers, guards nothing
                pause = min(pause * 2, LONGEST_PAUSE)
                continue  # with the same word: should the answer have been lost, the same work is handed out again
            pause, asking = FIRST_PAUSE, ""
            if work is not None:
                attempt = self._live[work["token"]] = Attempt(self._api, work, self._lease)
                attempt.carry_out(agents[work["agent"]])
                del self._live[work["token"]]


class Attempt:
    """One leased attempt: a function at work, and a thread beside it that keeps the lease."""

    def __init__(self, api: Api, work: Mapping[str, Json], lease_seconds: float) -> None:
        """Begin with its time."""
        self._api, self._work, self._lease = api, work, lease_seconds
        self._context = Context(api, work)
        self._until = time.monotonic() + float(work["timeout_seconds"])
        self._over = threading.Event()
        self._settling = threading.Lock()
        self._settled = False

    def carry_out(self, function: Function) -> None:
        """Call the function and report how it ended."""
        beats = threading.Thread(target=self._beat, daemon=True)
        beats.start()
        try:
            told = _told(function, dict(self._work["input"]), self._context)
            if self._context.said.is_set():
                self._say()
            self._report(told)
        finally:
            self._over.set()
            beats.join()

    def give_back(self) -> None:
        """Let somebody else do it, without counting it as a try."""
        if self._settle():
            self._context.stop.set()
            try:
                self._api.call(f"/work/{self._work['token']}/release", {}, 3.0)
            except (OSError, Refused) as error:
                log.info("work could not be given back, its lease will run out: %s", error)

    def _settle(self) -> bool:
        """Tell whether nobody has said yet how it ended."""
        with self._settling:
            mine, self._settled = not self._settled, True
        return mine

    def _report(self, told: dict[str, Json]) -> None:
        """Say how it ended, until that is answered: the same report twice counts once."""
        if not self._settle():
            return
        path = f"/work/{self._work['token']}/report"
        try:
            try:
                self._api.surely(path, told)
            except Refused as refused:
                failure = {413: "over_limit", 422: "malformed"}.get(refused.status)
                if failure is None:
                    raise
                self._api.surely(path, {"ok": False, "failure": failure, "reason": refused.detail})
        except (Refused, OSError) as error:
            log.warning("a report was refused, or did not get through before the end: %s", error)

    def _beat(self) -> None:
        """Show signs of life until the report is answered; end the work when it is lost or takes too long."""
        every, beaten = min(BEAT_SECONDS, self._lease / 4), time.monotonic()
        while not self._over.wait(SPEAK_SECONDS if self._context.said.is_set() else 0.1):
            now = time.monotonic()
            if now > self._until:
                self._context.stop.set()
                reason = f"It did not finish within {self._work['timeout_seconds']:g} s."
                self._report({"ok": False, "failure": "timeout", "reason": reason})
                return
            if self._context.said.is_set() or now - beaten >= every:
                beaten = now
                self._say()

    def _say(self) -> None:
        try:
            body = {**self._context.taken(), "seconds": self._lease}
            if self._api.call(f"/work/{self._work['token']}/heartbeat", body, 5.0)["stop"]:
                self._context.stop.set()
        except (Refused, OSError) as error:
            log.info("a sign of life did not get through: %s", error)


def _told(function: Function, given: dict[str, Json], context: Context) -> dict[str, Json]:
    """Call a function; return how that ended as the API words it."""
    try:
        return {"ok": True, "output": _plain(function(given, context))}
    except Suspend as suspended:
        return {"ok": False, "asks": [suspended.args[0]]}
    except Failed as failed:
        return {"ok": False, **vars(failed)}
    except Refused as refused:
        return {"ok": False, "failure": "refused", "reason": refused.detail}
    except BaseException as error:  # noqa: BLE001 - whatever the function raises is how the attempt ends
        kind, words = "malformed" if isinstance(error, NotJson) else "crash", f"{type(error).__name__}: {error}"[:1000]
        return {"ok": False, "failure": kind, "reason": words, "detail": traceback.format_exc()[-4000:]}


class NotJson(ValueError):
    """What a function returned is no JSON."""


def _plain(value: Json) -> Json:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (ValueError, TypeError) as error:
        raise NotJson(f"what came back is not JSON: {error}") from error


def _refusal(status: int, text: bytes) -> Exception:
    try:
        said = json.loads(text)
        detail = "; ".join([said["detail"], *(f"{one['path']}: {one['message']}" for one in said["errors"])])
    except (ValueError, KeyError, TypeError):
        detail = text[:300].decode(errors="replace") or f"it answered {status}"
    if status in (408, 425, 429) or status >= 500:
        return ConnectionError(f"{status}: {detail}")
    return Refused(status, detail)
