"""Installs a lock file into an environment, by uv where there is one and by pip otherwise, and says how far it is.

Knows nothing about where the environment is or when it is stale; readable by old Pythons, like bootstrap.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]
STEP = re.compile(r"^\s*(?:Collecting|Requirement already satisfied:) (\S+)")

# Large, and imported rarely or by tests only: not worth the seconds of a first start.
NOT_AT_START = r"/(plotly|playwright|mypy|mypyc|hypothesis|lexers|tests?|pip)/"


class NoInstaller(Exception):
    """Neither uv nor a pip that can install into another environment was found."""


class Failed(Exception):
    """The installer ran and did not succeed; the message carries the end of what it printed."""


def install(python: Path, requirements: Path, base: str, say: Say) -> None:
    """Install the lock file into the environment of `python`, trying uv first."""
    count = sum("==" in line for line in requirements.read_text().splitlines())
    started = time.monotonic()
    uv = shutil.which("uv")
    if not (uv and by_uv(uv, python, requirements, count, say)):
        by_pip(python, requirements, base, count, say)
    write_byte_code(python)
    say(f"installed {count} packages in {time.monotonic() - started:.0f} s")


def by_uv(uv: str, python: Path, requirements: Path, count: int, say: Say) -> bool:
    """Install by uv; False when it could not, since pip may know an index or a certificate that uv does not."""
    say(f"installing {count} packages with uv")
    command = [uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(requirements)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        say(f"uv could not ({last_lines(done.stderr.splitlines(), 2)}); trying pip")
    return done.returncode == 0


def by_pip(python: Path, requirements: Path, base: str, count: int, say: Say) -> None:
    """Install by the base interpreter's pip, which can work on an environment that has none of its own."""
    if not has_usable_pip(base):
        raise NoInstaller
    say(f"installing {count} packages with pip; this takes a minute the first time")
    # The lock is complete and hashed: nothing to resolve.
    options = ["--require-hashes", "--no-deps", "--no-compile", "--disable-pip-version-check", "--no-input"]
    command = [base, "-m", "pip", "--python", str(python), "install", *options, "-r", str(requirements)]
    output = follow(command, count, say)
    if output is not None:
        raise Failed(f"installing {requirements.name} failed. The end of what pip said:\n{last_lines(output, 15)}")


def write_byte_code(python: Path) -> None:
    """Compile what a start imports, on all cores: some machines never write byte code, and start slowly each time."""
    packages = python.parent.parent / "lib"
    command = [str(python), "-m", "compileall", "-q", "-j", "0", "-x", NOT_AT_START, str(packages)]
    # A file that does not compile (some packages ship one for another Python) is not ours to complain about.
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def has_usable_pip(base: str) -> bool:
    """Tell whether this interpreter's pip is there and new enough (22.3) to install into another environment."""
    done = subprocess.run([base, "-m", "pip", "--version"], capture_output=True, text=True)
    found = re.match(r"pip (\d+)\.(\d+)", done.stdout)
    return done.returncode == 0 and found is not None and (int(found[1]), int(found[2])) >= (22, 3)


def follow(command: list[str], count: int, say: Say) -> list[str] | None:
    """Run pip, telling every tenth package; return what it printed if it failed."""
    lines: list[str] = []
    seen = 0
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with child:
        for line in child.stdout or ():
            lines.append(line.rstrip())
            step = STEP.match(line)
            if step:
                seen += 1
                tell(seen, count, step[1], say)
            elif line.startswith("Installing collected packages"):
                finish_line()
                say("unpacking them")
    return lines if child.returncode else None


def tell(seen: int, count: int, requirement: str, say: Say) -> None:
    """Show one package: in place on a terminal, now and then in a log."""
    name = requirement.split("==")[0]
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {seen} of {count}: {name}", end="", file=sys.stderr, flush=True)
    elif seen % 20 == 0:
        say(f"{seen} of {count}: {name}")


def finish_line() -> None:
    """End the line that `tell` keeps rewriting."""
    if sys.stderr.isatty():
        print(file=sys.stderr)


def last_lines(lines: list[str], count: int) -> str:
    """Return the last lines that say something."""
    return "\n".join([line for line in lines if line.strip()][-count:])
