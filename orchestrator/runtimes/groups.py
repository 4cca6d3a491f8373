"""Process groups: has the leader ended, how, and end them all. Starting processes is elsewhere."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the leader has ended, without collecting it: its group's number stays its own until then."""
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the leader and all that stayed in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all of them are gone already
        os.killpg(process.pid, number)


def end(process: subprocess.Popen[bytes]) -> int:
    """Kill the whole group, collect the leader and return its exit code (negative: the signal)."""
    if process.returncode is None:
        signal_group(process, signal.SIGKILL)
    return process.wait()


def exit_in_words(code: int) -> str:
    """Say an exit code: `ended with exit code 3`, `was killed by SIGSEGV (Segmentation fault)`."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"was killed by signal {-code}"
    return f"was killed by {name} ({signal.strsignal(-code)})"
