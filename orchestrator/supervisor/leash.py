"""Ties a process to its parent by a pipe: when the parent is gone, however it ended, the process goes too.

Our own children call `watch_parent()`; foreign programs are run by `-m orchestrator.supervisor.leash -- program`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

# Names the inherited end of the pipe. Nobody writes to it: the only thing to read is its end.
VARIABLE = "SIGNALBOX_LEASH_FD"
LINUX_SET_PARENT_DEATH_SIGNAL = 1


def watch_parent() -> bool:
    """Die with the parent from now on; False if this process was started without a leash."""
    # Taken out of the environment: in a grandchild the number would name some other file.
    end = os.environ.pop(VARIABLE, "")
    if not end.isdigit():
        return False
    os.set_inheritable(int(end), False)
    threading.Thread(target=die_with_parent, args=(int(end),), name="leash", daemon=True).start()
    return True


def die_with_parent(end: int) -> None:
    """Wait for the end of the pipe, then take the whole process group down."""
    while os.read(end, 1):
        pass
    kill_own_group()


def kill_own_group() -> None:
    """Kill this process and, where it leads its group, everything it started in it."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Run a foreign program, pass on the request to stop, and end with its exit code."""
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print("usage: python -m orchestrator.supervisor.leash -- program [argument …]", file=sys.stderr)
        return 2
    child = subprocess.Popen(arguments[1:], preexec_fn=die_with_this_thread)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    watch_parent()
    return child.wait()


def die_with_this_thread() -> None:
    """Ask Linux to kill the program when this process is killed before it could do so itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(LINUX_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
