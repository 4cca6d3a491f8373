"""A worker elsewhere: `python far_worker.py URL TOKEN FOLDER`, with nothing of Signalbox but its client's one file.

It makes an effect, waits for a file `go` in its folder, and is done.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

URL, TOKEN, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
sys.path.insert(0, str(FOLDER))

from signalbox_worker import Context, Worker  # type: ignore[import-not-found]  # noqa: E402 - copied there by the test


def append(name: str, line: str) -> int:
    with open(FOLDER / name, "a") as file:
        file.write(f"{line}\n")
    return os.getpid()


def rate(given: dict[str, Any], ctx: Context) -> dict[str, int]:
    ctx.emit(f"looking at {given['n']}")
    pid = ctx.once("mail", append, "acts", ctx.request_id)
    ctx.progress(0.5, "mailed")
    append("mailed", f"{ctx.attempt} {os.getpid()}")
    while not (FOLDER / "go").exists() and not ctx.stop.is_set():
        time.sleep(0.02)
    append("stopped" if ctx.stop.is_set() else "done", str(pid))
    return {"n": given["n"] + 2}


if __name__ == "__main__":
    Worker(URL, TOKEN, name="far", lease_seconds=5.0).serve({"rater": rate}, grace_seconds=0.5)
