"""What attempts at work say meanwhile: pieces of their answer and how far they are. Kept for a while in the channel
layer's server, by run and step, never in the database and never as events; a hint says that there is more."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import redis
from django.conf import settings
from redis.exceptions import RedisError

from orchestrator.live.publisher import publish
from orchestrator.once import once_a_process

EVERY_SECONDS = 0.08
"""Least time between two pieces of one process: what is said in between is gathered."""
LONGEST = 16_384
"""Characters of one piece; of more said in one moment the end is kept."""
MOST = 1500
"""Pieces kept of one attempt, the latest."""
KEPT_SECONDS = 900
"""How long they are kept after the last one."""
STEPS = 400
"""Steps of a run whose pieces one reading returns, the latest."""
TIMEOUT_SECONDS = 2.0
PREFIX = "signalbox:stream"

# A late piece of an older claim is dropped here, where all writers meet; the first piece of a newer one starts afresh.
# Numbers are microseconds, made larger where two fall together, so that they only ever rise, even after a flush.
ADD = """
local held = redis.call('HGET', KEYS[3], ARGV[1])
if held and held > ARGV[2] then return '0' end
if held ~= ARGV[2] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
end
local time = redis.call('TIME')
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local n = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(last[2] or '0') + 1)
local name = string.format('%.0f', n)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], name .. '-0', unpack(ARGV, 5))
redis.call('ZADD', KEYS[2], name, ARGV[1])
for number = 1, 3 do redis.call('EXPIRE', KEYS[number], ARGV[4]) end
return name
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """The claim of an attempt that says something."""

    run_id: str
    path: str
    attempt: int
    fence: str
    claimed_at: float

    @property
    def order(self) -> str:
        """Return a text by which later claims of a step sort after earlier ones."""
        return f"{self.attempt:06d}:{self.claimed_at:017.6f}:{self.fence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What an attempt said in one moment."""

    n: int
    """Rises with every piece of a run."""
    path: str
    attempt: int
    fence: str
    text: str = ""
    fraction: float | None = None
    note: str = ""


@dataclass(slots=True)
class _Said:
    text: list[str] = field(default_factory=list)
    progress: tuple[float, str] | None = None


class Streams:
    """Gathers what the attempts of this process say, and hands it on from a thread of its own."""

    def __init__(self) -> None:
        """Begin with nothing; the thread starts with the first word."""
        self._lock = threading.Lock()
        self._more, self._idle = threading.Event(), threading.Event()
        self._idle.set()
        self._said: dict[Speaker, _Said] = {}
        self._thread: threading.Thread | None = None
        self._away = False

    def emit(self, speaker: Speaker, text: str) -> None:
        """Hand on a piece of text; returns at once and never raises."""
        with self._lock:
            self._said.setdefault(speaker, _Said()).text.append(text)
            self._begin()

    def progress(self, speaker: Speaker, fraction: float, note: str) -> None:
        """Hand on how far an attempt is, between 0 and 1; returns at once and never raises."""
        with self._lock:
            self._said.setdefault(speaker, _Said()).progress = (fraction, note)
            self._begin()

    def flush(self, seconds: float) -> bool:
        """Wait until everything said so far was handed on or dropped; False when it took too long."""
        return self._idle.wait(seconds)

    def _begin(self) -> None:
        self._idle.clear()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
            self._thread.start()
        self._more.set()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._more.wait()
            self._more.clear()
            with self._lock:
                said, self._said = self._said, {}
            if said:
                self._hand_on(said)
                pause.wait(EVERY_SECONDS)
            with self._lock:
                if not self._said:
                    self._idle.set()

    def _hand_on(self, said: Mapping[Speaker, _Said]) -> None:
        try:
            numbers = [(speaker.run_id, self._add(speaker, one)) for speaker, one in said.items()]
        except (RedisError, OSError) as error:
            if not self._away:
                log.warning("streamed pieces are dropped until the channel layer answers again: %s", error)
            self._away = True
            return
        self._away = False
        topics: dict[str, int] = {}
        for run_id, n in numbers:
            topics[f"stream.{run_id}"] = max(n, topics.get(f"stream.{run_id}", 0))
        publish({topic: n for topic, n in topics.items() if n})

    def _add(self, speaker: Speaker, said: _Said) -> int:
        fields: list[str] = ["attempt", str(speaker.attempt), "fence", speaker.fence]
        if said.text:
            fields += ["text", "".join(said.text)[-LONGEST:]]
        if said.progress:
            fields += ["fraction", f"{said.progress[0]:.4f}", "note", said.progress[1][:200]]
        index, orders = _index(speaker.run_id)
        keys = [_pieces(speaker.run_id, speaker.path), index, orders]
        values = [speaker.path, speaker.order, str(MOST), str(KEPT_SECONDS), *fields]
        clean = [value.encode(errors="replace") for value in values]
        return int(cast("str", client().eval(ADD, len(keys), *keys, *cast("list[Any]", clean))))


def pieces(run_id: str, after: int) -> list[Piece]:
    """Return what the attempts of a run said after a number, each of the latest claim of its step, in order.

    Raises OSError where the channel layer is away.
    """
    try:
        return sorted(_read(run_id, after), key=lambda piece: piece.n)
    except RedisError as error:
        raise OSError(str(error)) from error


def _read(run_id: str, after: int) -> list[Piece]:
    index, _ = _index(run_id)
    newest = client().zrevrangebyscore(index, "+inf", f"({after}", start=0, num=STEPS)
    paths = [path.decode() for path in cast("list[bytes]", newest)]
    found: list[Piece] = []
    with client().pipeline(transaction=False) as pipe:
        for path in paths:
            pipe.xrange(_pieces(run_id, path), min=f"{after + 1}-0")
        for path, entries in zip(paths, pipe.execute(), strict=True):
            found += [_piece(path, name, fields) for name, fields in entries]
    return found


def _piece(path: str, name: bytes, fields: Mapping[bytes, bytes]) -> Piece:
    fraction = fields.get(b"fraction")
    return Piece(
        n=int(name.partition(b"-")[0]), path=path, attempt=int(fields[b"attempt"]), fence=fields[b"fence"].decode(),
        text=fields.get(b"text", b"").decode(), fraction=None if fraction is None else float(fraction),
        note=fields.get(b"note", b"").decode(),
    )  # fmt: skip


def _pieces(run_id: str, path: str) -> str:
    return f"{PREFIX}:{{{run_id}}}:of:{path}"


def _index(run_id: str) -> tuple[str, str]:
    return f"{PREFIX}:{{{run_id}}}:paths", f"{PREFIX}:{{{run_id}}}:claims"


@once_a_process
def client() -> redis.Redis:
    """Return this process's connection to the channel layer's server."""
    return redis.Redis.from_url(
        settings.LAYER_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


_streams = Streams()


def streams() -> Streams:
    """Return what gathers the words of this process."""
    return _streams


def _begin_again() -> None:
    # Threads and connections do not survive a fork.
    global _streams
    _streams = Streams()
    client.cache_clear()


atexit.register(lambda: _streams.flush(0.5))
os.register_at_fork(after_in_child=_begin_again)
