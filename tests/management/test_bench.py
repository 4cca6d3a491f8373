"""The benchmarks of the live layer run, and count what they say they count."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.running import PROJECT, environ


def test_bench_live_tells_every_browser_of_every_event() -> None:
    line = [sys.executable, "manage.py", "bench", "live", "--sockets=3", "--rate=5", "--seconds=1", "--json"]
    done = subprocess.run(line, cwd=PROJECT, env=environ(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    hub, groups = (json.loads(text) for text in done.stdout.splitlines())
    assert (hub["case"], groups["case"]) == ("live", "live-groups")
    # What has not come two seconds after the last event counts as missed; a busy machine may be that slow.
    assert hub["deliveries"] + hub["missed"] == groups["deliveries"] + groups["missed"] == 15
    assert hub["deliveries"] > 0
    assert 0 < hub["p50_ms"] <= hub["p99_ms"] <= hub["worst_ms"]
