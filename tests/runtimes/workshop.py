"""Functions for the runtimes to run: well-behaved, careless and hostile ones."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator import agents


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Vendor:
    name: str
    colour: Colour = Colour.RED


def add(a: int, b: int = 1) -> dict[str, int]:
    return {"sum": a + b}


async def add_slowly(a: int) -> dict[str, int]:
    await asyncio.sleep(0.01)
    return {"sum": a + 1}


def describe(vendor: Vendor, others: list[Vendor] | None = None) -> dict[str, object]:
    return {"is_vendor": isinstance(vendor, Vendor), "colour": vendor.colour.name, "others": len(others or [])}


def returns(value: object) -> object:
    return value


def returns_a_set() -> object:
    return {"found": {1, 2}}


def returns_nothing() -> None:
    return None


def large(count: int) -> str:
    return "x" * count


def raises() -> None:
    print("looked everywhere")
    raise ValueError("no such vendor")


def leaves(code: int) -> None:
    sys.exit(code)


def vanishes(code: int) -> None:
    os._exit(code)


def faults() -> None:
    ctypes.string_at(0)


def sleeps(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


def deaf() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(60)


def holds_the_interpreter() -> None:
    re.match("(a+)+$", "a" * 60 + "!")


def hogs(count: int) -> int:
    return len(bytearray(count))


def chatters(lines: int) -> int:
    for _ in range(lines):
        print("x" * 100)
    return lines


def writes_to_stdout_raw() -> str:
    os.write(1, b"\x00\x00\x00\x05hello")
    return "sound"


def reads_stdin() -> str:
    return sys.stdin.read()


def begets(count: int, out: str) -> None:
    """Start processes that start processes, and write down their numbers."""
    for _ in range(count):
        script = (
            "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", f"{script}; print(p.pid, flush=True); time.sleep(600)"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with Path(out).open("a") as file:
            file.write(f"{child.pid}\n{child.stdout.readline()}")


def begets_and_hangs(count: int, out: str) -> None:
    begets(count, out)
    time.sleep(600)


def begets_a_stray(out: str) -> None:
    """Start a process that leaves the group, and hang."""
    stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    Path(out).write_text(f"{stray.pid}\n")
    time.sleep(600)


def leaves_a_thread() -> int:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return os.getpid()


def moves_house() -> int:
    os.chdir("/")
    os.environ["LEFT_BEHIND"] = "yes"
    return os.getpid()


def whoami() -> dict[str, object]:
    return {"pid": os.getpid(), "cwd": str(Path.cwd()), "left_behind": os.environ.get("LEFT_BEHIND")}


def environment() -> dict[str, str]:
    return dict(os.environ)


def modules() -> list[str]:
    return sorted(sys.modules)


def reports(ctx: agents.Context) -> dict[str, object]:
    ctx.progress(0.5, "halfway")
    ctx.emit("partial")
    ctx.write("finding", {"n": 1})
    ctx.send("critic", "look at this")
    return {
        "request": ctx.request_id,
        "run": ctx.run_id,
        "path": ctx.path,
        "attempt": ctx.attempt,
        "data": str(ctx.data_dir),
        "correlation": ctx.correlation_id,
    }


def enters(path: str, ctx: agents.Context) -> str:
    return str(ctx.folder(path))


def floods(ctx: agents.Context) -> None:
    while True:
        ctx.emit("x")


def mails(to: str, out: str, ctx: agents.Context) -> object:
    return ctx.once("mail", _mail, to, out=out)


def mails_twice(to: str, out: str, ctx: agents.Context) -> object:
    return [ctx.once("mail", _mail, to, out=out), ctx.once("mail", _mail, f"{to}2", out=out)]


def mails_an_object(out: str, ctx: agents.Context) -> object:
    return ctx.once("mail", _mail_object, out)


def mails_badly(out: str, ctx: agents.Context) -> object:
    try:
        return ctx.once("mail", _mail_badly, out)
    except ConnectionError as error:
        return f"caught {error}"


def dies_mailing(out: str, ctx: agents.Context) -> object:
    return ctx.once("mail", _die_mailing, out)


def dies_replacing(out: str, ctx: agents.Context) -> object:
    return ctx.repeatable("replace", _die_the_first_time, out)


def asks(ctx: agents.Context) -> object:
    first = ctx.ask("Which region?", ["north", "south"])
    second = ctx.call("pricing", {"region": first})
    return {"first": first, "second": second}


def swallows(ctx: agents.Context) -> object:
    try:
        return ctx.ask("Shall I?")
    except Exception:  # noqa: BLE001  # what a careless agent writes
        return "swallowed"


def _mail(to: str, *, out: str) -> dict[str, str]:
    with Path(out).open("a") as file:
        file.write(f"{to}\n")
    return {"sent": to}


def _mail_object(out: str) -> object:
    _mail("object", out=out)
    return Path("receipt")


def _mail_badly(out: str) -> None:
    raise ConnectionError("the post office is closed")


def _die_mailing(out: str) -> None:
    _mail("half", out=out)
    os._exit(9)


def _die_the_first_time(out: str) -> str:
    if not Path(out).exists():
        _die_mailing(out)
    return "replaced"


def logs_a_lot(count: int) -> dict[str, str]:
    for number in range(count):
        logging.getLogger("vendors").info("looked at %d", number)
    logging.getLogger("vendors").warning("that was all")
    return {name: value for name, value in os.environ.items() if name.startswith("SIGNALBOX_")}


def logs_and_fails() -> None:
    logging.getLogger("vendors").warning("the vendor is closed")
    raise ValueError("no such vendor")


def heeds(started: str, ctx: agents.Context) -> dict[str, int]:
    """Work until nobody wants it any more."""
    Path(started).write_text(str(os.getpid()))
    while not ctx.cancelled:
        time.sleep(0.01)
    return {"tidied": 1}


def says_cancelled(ctx: agents.Context) -> bool:
    return ctx.cancelled
