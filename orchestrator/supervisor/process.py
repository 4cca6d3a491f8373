"""Starts one child in a session of its own, on a leash and with a log file, and ends it with all it started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from orchestrator.supervisor import leash
from orchestrator.supervisor.places import PROJECT

LARGEST_LOG = 5_000_000


class Leash:
    """The pipe whose end tells the children that their parent is gone; only the parent holds the other side."""

    def __init__(self) -> None:
        """Open the pipe; neither end passes to a child by accident."""
        self.childs_end, self.own_end = os.pipe()


class Child:
    """One running child process."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wrap a process that was just started."""
        self.name, self.process, self.log = name, process, log

    @property
    def pid(self) -> int:
        """Identify the child, and its process group."""
        return self.process.pid

    def ended(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the child alone; it stops its own helpers in order."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """Kill the child and whatever is left of its group, also after the child itself has ended."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def last_words(self, lines: int = 12) -> str:
        """Return the end of the child's log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        said = "\n".join(map(in_words, text.splitlines()[-lines:]))
        return "\n".join(f"    {line}" for line in said.splitlines()[-lines:])


def in_words(line: str) -> str:
    """Return what a line of a log says to a person: of one that is JSON its level, words and traceback."""
    try:
        told = json.loads(line)
        return f"{told['level']}: {told['event']}\n{told.get('exception', '')}".rstrip()
    except (ValueError, KeyError, TypeError):
        return line


def start(
    name: str, command: list[str], tether: Leash, log: Path, environ: dict[str, str], pass_fds: tuple[int, ...] = ()
) -> Child:
    """Start a child that outlives a Ctrl-C in the terminal but not its parent."""
    rotate(log)
    with open(log, "ab") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | environ | {leash.VARIABLE: str(tether.childs_end)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(tether.childs_end, *pass_fds),
        )
    return Child(name, process, log)


def rotate(log: Path) -> None:
    """Put a log that has grown large aside, keeping one older one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))


def birth(pid: int) -> str | None:
    """Return when a process began, as the system words it; None if there is none. Tells a pid's owners apart."""
    if sys.platform == "linux":
        try:
            # The name in parentheses may hold anything; what follows the last one is plain.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip() or None


def record(file: Path, children: list[Child]) -> None:
    """Write down which processes run, so that a later start can find what is left of them."""
    write_whole(file, {child.name: [child.pid, birth(child.pid)] for child in children})


def end_recorded(file: Path) -> list[str]:
    """Kill what an earlier start recorded and is somehow still there; return the names."""
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return []
    left = [(name, pid) for name, (pid, born) in known.items() if born and birth(pid) == born]
    for _, pid in left:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    file.unlink()
    return [name for name, _ in left]


def write_whole(file: Path, content: object) -> None:
    """Write JSON, for this user only, so that a reader sees the old file or the new one, never half of it."""
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(file)
