"""What every test may use: the choice of database, a broker, and the rule that nothing is skipped in CI."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from django.conf import settings

from orchestrator.supervisor import process, valkey

hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")  # how long an example takes says how busy the machine is


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--database`, which tests/settings.py reads."""
    parser.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="database for the tests")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure where everything must run: a missing service is a broken machine there."""
    report = yield
    if os.environ.get("SIGNALBOX_TEST_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may be skipped here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Give the address of a real Valkey server: the one given to the test run, or one of this process's own."""
    if os.environ.get("SIGNALBOX_TEST_REDIS"):
        yield settings.REDIS
        return
    settings.PLACES.make()
    tether = process.Leash()
    server = valkey.run(valkey.find(), settings.PLACES, tether)
    poll(lambda: valkey.answers(settings.PLACES.socket), "the Valkey server answers")
    yield settings.REDIS
    server.kill()
    server.process.wait()


def poll(what: Callable[[], object], words: str, seconds: float = 10.0) -> None:
    """Wait until something is so, or fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s still not: {words}")
        time.sleep(0.02)
