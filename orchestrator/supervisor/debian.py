"""Installs Debian packages the tests need, where that is ours to do: as root, on a machine with apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

CLUSTER_CONFIG = Path("/etc/postgresql-common/createcluster.conf")


def can_install() -> bool:
    """Tell whether packages may be installed without asking anyone."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> bool:
    """Install packages; False, after saying why, if that failed."""
    print(f"signalbox: installing {', '.join(packages)} with apt-get", file=sys.stderr, flush=True)
    # A configuration file that is there already is kept: no question may stop an unattended run.
    options = ["-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    refresh()
    failure = apt("install", *options, *packages)
    if failure:
        print(f"signalbox: that failed: {failure[-600:]}", file=sys.stderr, flush=True)
    return not failure


@cache
def refresh() -> None:
    """Fetch the package lists, once per run; if that fails the old lists may still do."""
    apt("update", "-q")


def apt(*arguments: str) -> str:
    """Run apt-get; return nothing, or the end of what it said."""
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return "" if done.returncode == 0 else done.stdout.strip() or f"exit code {done.returncode}"


def keep_from_making_a_cluster() -> None:
    """Keep Debian's PostgreSQL package from starting a server of its own: the tests bring theirs."""
    if not CLUSTER_CONFIG.exists():
        CLUSTER_CONFIG.parent.mkdir(parents=True, exist_ok=True)
        CLUSTER_CONFIG.write_text("create_main_cluster = false\n")
