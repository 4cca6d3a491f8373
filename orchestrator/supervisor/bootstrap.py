"""Makes the project's own virtual environment and re-runs the command inside it.

Runs on whatever `python3` the machine has, so it keeps to syntax that old versions can read too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.supervisor import installer

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = PROJECT / ".venv"
OLDEST, TOO_NEW = (3, 11), (3, 15)
# Carries the moment of the first start through every re-run.
STARTED = "SIGNALBOX_STARTED"
OTHER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")


class NoEnvironment(Exception):
    """The environment could not be made; the message says why and what to do."""


def ensure(*, development: bool = False) -> None:
    """Return only when this process runs inside an environment that holds every requirement."""
    os.environ.setdefault(STARTED, str(time.time()))
    if os.environ.get("SIGNALBOX_BOOTSTRAP") == "off":
        return
    inside = is_inside()
    if not inside and not OLDEST <= sys.version_info[:2] < TOO_NEW:
        rerun(other_python())
    fresh = is_fresh(development)
    if not fresh:
        with only_one_at_a_time():
            if not is_fresh(development):
                make(development)
    if not (inside and fresh):
        rerun(str(environment_python()))


def started() -> float:
    """Return when the command was first started, once: what it starts in turn must not take the moment for its own."""
    return float(os.environ.pop(STARTED, time.time()))


def is_inside() -> bool:
    """Tell whether this interpreter is the environment's own."""
    return Path(sys.prefix).resolve() == ENVIRONMENT.resolve()


def environment_python() -> Path:
    """Name the environment's interpreter."""
    return ENVIRONMENT / "bin" / "python"


def requirements(development: bool) -> Path:
    """Name the lock file; the one for development holds everything of the other."""
    return PROJECT / ("requirements-dev.txt" if development else "requirements.txt")


def is_fresh(development: bool) -> bool:
    """Tell whether the environment was installed from the lock file as it is now, for the Python it has now."""
    if not environment_python().exists():
        return False
    # The lock for development holds the other one too, so its stamp serves both.
    return any(stamp(kind).exists() and stamp(kind).read_text() == key(kind) for kind in {development, True})


def stamp(development: bool) -> Path:
    """Name the file that records what was installed."""
    return ENVIRONMENT / ("installed-dev" if development else "installed")


def key(development: bool) -> str:
    """Digest what decides the environment's content: the lock file and the Python version."""
    config = (ENVIRONMENT / "pyvenv.cfg").read_text().splitlines()
    version = [line for line in config if line.startswith("version")]
    return hashlib.sha256(requirements(development).read_bytes() + "".join(version).encode()).hexdigest()


def make(development: bool) -> None:
    """Create the environment if need be and install the lock file into it."""
    if not environment_python().exists():
        say(f"first start: making {ENVIRONMENT.name} with Python {sys.version.split()[0]}")
        run_venv("--clear", "--without-pip")
    try:
        installer.install(environment_python(), requirements(development), base_python(), say)
    except installer.NoInstaller:
        with_own_pip(development)
    except installer.Failed as problem:
        raise NoEnvironment(str(problem)) from problem
    stamp(development).write_text(key(development))


def with_own_pip(development: bool) -> None:
    """Install by a pip of the environment's own, where the machine has none."""
    try:
        run_venv("--clear")
        installer.install(environment_python(), requirements(development), str(environment_python()), say)
    except (NoEnvironment, installer.NoInstaller, installer.Failed) as problem:
        raise NoEnvironment(
            "this machine's Python has neither pip nor ensurepip, so nothing can be installed. "
            "On Debian or Ubuntu: apt-get install python3-venv. Or put uv on the PATH."
        ) from problem


def run_venv(*options: str) -> None:
    """Run the venv module of the base interpreter."""
    done = subprocess.run([base_python(), "-m", "venv", *options, str(ENVIRONMENT)], capture_output=True, text=True)
    if done.returncode:
        raise NoEnvironment(f"could not make {ENVIRONMENT}: {(done.stderr or done.stdout).strip()[-800:]}")


def base_python() -> str:
    """Name the interpreter the environment is made from; it is the one that may have pip."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def other_python() -> str:
    """Find an interpreter of a version that will do, or explain."""
    found = next(filter(None, map(shutil.which, OTHER_PYTHONS)), None)
    if found is None:
        raise NoEnvironment(
            f"Signalbox needs Python 3.11 to 3.14; this is {sys.version.split()[0]} and none of "
            f"{', '.join(OTHER_PYTHONS)} is on the PATH. Install one of them and call it: python3.13 manage.py up"
        )
    return found


def rerun(python: str) -> None:
    """Replace this process by the same command under another interpreter."""
    sys.stdout.flush()
    os.execv(python, [python, str(PROJECT / "manage.py"), *sys.argv[1:]])  # noqa: S606 - replacing ourselves is the point


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the environment's lock, so that two first commands at once do not install over each other."""
    import fcntl

    # A file outside the environment (making it anew would remove the lock) that every clone already has.
    with open(PROJECT / "manage.py", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Tell the operator what is being done; on stderr, so that a command's own output stays clean."""
    print(f"signalbox: {text}", file=sys.stderr, flush=True)
