"""An agent's HTTP server as a process of its own: `python far_server.py PORT FOLDER`. It acts once for each key, and
remembers that over its own death. A file `go` in its folder lets work come to its end."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
GO = FOLDER / "go"


def append(name: str, line: str) -> None:
    with open(FOLDER / name, "a") as file:
        file.write(f"{line}\n")


def place(kind: str, key: str) -> Path:
    return FOLDER / f"{kind}-{key.replace('/', '_')}"


def act(key: str) -> None:
    """Do it, once for each key."""
    try:
        os.close(os.open(place("acted", key), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    append("acts", key)


def wait() -> dict[str, int]:
    while not GO.exists():
        time.sleep(0.02)
    return {"n": 3}


def call_back(key: str) -> None:
    """Report to the newest address until that is answered."""
    output = wait()
    while True:
        body = json.dumps({"ok": True, "output": output}).encode()
        request = urllib.request.Request(place("call", key).read_text(), body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                append("reported", f"{answer.status} {key}")
                return
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in (503, 409):
                    append("reported", f"{error.code} {key}")
                    return
        except OSError:
            pass
        time.sleep(0.1)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        key, path = self.headers["Idempotency-Key"], self.path
        append("asked", f"{path} {key} {self.headers['Signalbox-Attempt']}")
        act(key)
        if path == "/answer":
            self._say(200, wait())
        elif path == "/poll":
            place("job", key.replace(":", "_")).touch()
            self._say(202, {}, Location=f"/jobs/{key.replace('/', '_')}")
        else:
            is_new = not place("call", key).exists()
            place("call", key).write_text(self.headers["Signalbox-Callback"])
            if is_new:
                threading.Thread(target=call_back, args=(key,), daemon=True).start()
            self._say(202, {})

    def do_GET(self) -> None:
        append("asked", self.path)
        self._say(200 if GO.exists() else 202, {"n": 3})

    def _say(self, status: int, value: object, **headers: str) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    for file in FOLDER.glob("call-*"):
        threading.Thread(target=call_back, args=(file.name.removeprefix("call-"),), daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    server.daemon_threads = True
    server.serve_forever(poll_interval=0.02)
