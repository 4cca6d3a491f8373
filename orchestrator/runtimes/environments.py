"""What of the worker's environment reaches the processes it starts: never Signalbox's own keys and addresses."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from orchestrator.runtimes.port import Job

_OWN = frozenset({"DATABASE_URL", "REDIS_URL", "SIGNALBOX_SECRET_KEY", "SIGNALBOX_LOG_FILE", "DJANGO_SECRET_KEY"})
_SECRET_WORDS = ("SECRET", "PASSWORD", "TOKEN", "_KEY", "_URL")
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
PROJECT = Path(__file__).resolve().parents[2]


def for_callables(current: Mapping[str, str], paths: Iterable[Path]) -> dict[str, str]:
    """Pass the environment on without Signalbox's own secrets: an agent's code may need its own keys."""
    kept = {name: value for name, value in current.items() if not is_ours(name)}
    found = [*map(str, paths), str(PROJECT), *filter(None, current.get("PYTHONPATH", "").split(os.pathsep))]
    return {**kept, "PYTHONPATH": os.pathsep.join(dict.fromkeys(found)), "PYTHONUNBUFFERED": "1"}


def names_of(job: Job) -> dict[str, str]:
    """Name what a process works on, so that whatever it logs or calls can be tied to it."""
    return {
        "SIGNALBOX_REQUEST_ID": job.request_id,
        "SIGNALBOX_CORRELATION_ID": job.correlation_id,
        "SIGNALBOX_RUN_ID": job.run_id,
        "SIGNALBOX_STEP": job.path,
        "SIGNALBOX_ATTEMPT": str(job.attempt),
    }


def for_commands(home: Path, job: Job) -> dict[str, str]:
    """Make the small environment of a tool: nothing in it is worth stealing."""
    beside = str(Path(sys.executable).parent)
    return {
        "PATH": f"{beside}{os.pathsep}{_SYSTEM_PATH}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        **names_of(job),
    }


def is_ours(name: str) -> bool:
    """Tell whether a variable holds a secret or an address of Signalbox itself."""
    return name in _OWN or (name.startswith("SIGNALBOX_") and any(word in name for word in _SECRET_WORDS))
