"""A local server that speaks OpenAI's chat completions, plain and streamed, and says what it was told to say.

    with ModelServer() as server:
        server.script(Answer(status=429), Answer(text="It rains."))   # one after another; the last is repeated
        server.reply = lambda asked: Answer(value={"n": len(asked.messages)})   # or by what was asked
        ... settings: {"model": "openai:any-name", "base_url": server.url, "key_env": "ANY"} ...
        assert [one.body["model"] for one in server.asked] == ["any-name", "any-name"]
        assert server.tokens == 60                                    # what it has reported as used

`Answer` in `answers.py` lists what it can say and how it can fail: a 429, a 500, a cut stream, malformed JSON, a slow
answer, calls of tools, structured output. Other processes reach it by its port.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.llm import chunks
from tests.llm.answers import Answer, Asked


class ModelServer:
    """See the module."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        """Every request, in the order in which they came."""
        self.reply: Callable[[Asked], Answer] = lambda asked: Answer(text="Hello.")
        self.busy = self.most_at_once = 0
        self._lock = threading.Lock()
        self._listener = _Listener(self)
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self.stand()
        return self

    def stand(self) -> None:
        """Begin to answer, until the tests end or a `with` does."""
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def url(self) -> str:
        """The address to give as `base_url`."""
        return f"http://127.0.0.1:{self._listener.server_port}/v1"

    @property
    def tokens(self) -> int:
        """All tokens it has reported as used: those of answers that were sent whole."""
        return sum(one.answer.tokens_in + one.answer.tokens_out for one in self.answered)

    @property
    def answered(self) -> list[Asked]:
        """The requests that got a whole answer."""
        return [one for one in self.asked if one.whole and one.answer.status == 200 and one.answer.body is None]

    def script(self, *answers: Answer) -> None:
        """Give these answers one after another; the last one is repeated."""
        left = list(answers)
        self.reply = lambda asked: left.pop(0) if len(left) > 1 else left[0]

    def take(self, asked: Asked) -> Answer:
        """Note a request and choose its answer."""
        with self._lock:
            self.asked.append(asked)
            self.busy += 1
            self.most_at_once = max(self.most_at_once, self.busy)
            asked.answer = self.reply(asked)
        return asked.answer

    def done(self, asked: Asked) -> None:
        """Note that a request has its answer, or will never have it."""
        with self._lock:
            self.busy -= 1
        asked.ended.set()


class _Listener(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def __init__(self, owner: ModelServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(path=self.path, body=json.loads(text or "{}"), headers=_named(self.headers))
        answer = self.server.owner.take(asked)
        try:
            with contextlib.suppress(ConnectionError):
                self._answer(asked, answer)
        finally:
            self.server.owner.done(asked)

    def _answer(self, asked: Asked, answer: Answer) -> None:
        time.sleep(answer.before)
        if answer.status != 200 or answer.body is not None:
            error = {"error": {"message": answer.error, "type": "told", "code": None}}
            self._send(asked, answer, answer.body if answer.body is not None else json.dumps(error))
        elif asked.body.get("stream"):
            self._stream(asked, answer)
        else:
            if answer.hold is not None:
                answer.hold.wait(30)
            self._send(asked, answer, json.dumps(chunks.plain(asked, answer)))

    def _send(self, asked: Asked, answer: Answer, body: str) -> None:
        data = body.encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if answer.cut_after is not None:
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
            return
        self.wfile.write(data)
        asked.whole = True

    def _stream(self, asked: Asked, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = chunks.pieces(asked, answer)
        for number, piece in enumerate(pieces):
            if answer.cut_after is not None and number >= answer.cut_after:
                self._end_early(answer)
                return
            if answer.hold is not None and number == len(pieces) - 1:
                answer.hold.wait(30)
            self._event(json.dumps(piece))
            asked.pieces += 1
            time.sleep(answer.between)
        for piece in chunks.ending(asked, answer):
            self._event(json.dumps(piece))
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")
        asked.whole = True

    def _event(self, data: str) -> None:
        line = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        self.wfile.flush()

    def _end_early(self, answer: Answer) -> None:
        if answer.ends_early:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True


def _named(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
