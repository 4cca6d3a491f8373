"""Agents that go wrong, each in one way, and one that stands in. Processes leave their pid under the data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TypedDict

from orchestrator import agents


class Score(TypedDict):
    """What all of them promise."""

    score: int


@agents.agent(role="Returns what is not JSON.")
def talks_rubbish() -> Score:
    """Return a thing that JSON has no word for."""
    return {1, 2, 3}  # type: ignore[return-value]  # on purpose


@agents.agent(role="Returns JSON of the wrong shape.")
def breaks_its_word() -> Score:
    """Return a text where a number was promised."""
    return {"score": "high"}  # type: ignore[typeddict-item]  # on purpose


@agents.agent(role="Returns nothing.")
def says_nothing() -> Score:
    """Forget to return."""
    return None  # type: ignore[return-value]  # on purpose


@agents.agent(role="Returns far too much.")
def talks_for_ever() -> Score:
    """Return a hundred megabytes."""
    return {"score": 1, "more": "x" * 100_000_000}  # type: ignore[typeddict-unknown-key]  # on purpose


@agents.agent(role="Takes all the memory there is.")
def eats_memory() -> Score:
    """Ask for more than a process may have."""
    return {"score": len(bytearray(1 << 40))}


@agents.agent(role="Never returns, and will not be asked.", timeout="1s")
def hangs(ctx: agents.Context) -> Score:
    """Ignore every polite signal, start a helper that outlives it, and wait for ever."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    helper = subprocess.Popen(["sleep", "1000"])
    leave_pids(ctx, os.getpid(), helper.pid)
    while True:
        time.sleep(1)


@agents.agent(role="Never returns, in the worker's own process.", timeout="1s", inline=True)
def hangs_inline() -> Score:
    """Hold a slot that nobody can take back."""
    while True:
        time.sleep(0.2)


@agents.agent(role="Raises.")
def raises() -> Score:
    """Fail like most programs do."""
    raise ValueError("no such vendor: <b>Acme</b>")


@agents.agent(role="Ends its process.")
def vanishes() -> Score:
    """Go without a word."""
    os._exit(7)


@agents.agent(role="Is killed by the system.")
def dies() -> Score:
    """Fall over like a faulty extension does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return {"score": 0}


@agents.agent(role="Does what the others promised.")
def stands_in() -> Score:
    """Return something modest."""
    return {"score": 1}


@agents.agent(role="Takes ten minutes, and will not be hurried.", timeout="10m")
def takes_its_time(ctx: agents.Context) -> Score:
    """Ignore polite signals and wait, with a helper."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    helper = subprocess.Popen(["sleep", "600"])
    leave_pids(ctx, os.getpid(), helper.pid)
    time.sleep(600)
    return {"score": 1}


def leave_pids(ctx: agents.Context, *pids: int) -> None:
    """Write down which processes must be gone later."""
    folder = ctx.data_dir / "pids" / ctx.run_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ctx.attempt}").write_text(" ".join(map(str, pids)))
