"""Settings of the test processes: a data folder of their own and the database asked for, never the operator's."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="sb-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def database(arguments: list[str]) -> str:
    """Return what `--database` says; Django reads its settings before pytest knows its options."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--database="):
            return argument.partition("=")[2]
        if argument == "--database":
            return arguments[position + 1]
    return os.environ.get("SIGNALBOX_TEST_DATABASE", "sqlite")


def database_url(kind: str) -> str:
    """Return the address of the database to test on; a PostgreSQL server is started if none was given."""
    if kind == "sqlite":
        return ""
    if not os.environ.get("SIGNALBOX_TEST_POSTGRES"):
        from orchestrator.supervisor import testing_postgres

        cluster = testing_postgres.start()
        atexit.register(cluster.stop)
        os.environ["SIGNALBOX_TEST_POSTGRES"] = cluster.url
    return os.environ["SIGNALBOX_TEST_POSTGRES"]


for name in [name for name in os.environ if name.startswith("SIGNALBOX_") and "_TEST_" not in name]:
    del os.environ[name]
# Kept in the environment for the processes of a parallel run, which do not see the command line.
os.environ["SIGNALBOX_TEST_DATABASE"] = database(sys.argv)
os.environ["SIGNALBOX_DATA"] = str(FOLDER)
os.environ["DATABASE_URL"] = database_url(os.environ["SIGNALBOX_TEST_DATABASE"])
os.environ["REDIS_URL"] = os.environ.get("SIGNALBOX_TEST_REDIS", "")

from orchestrator.settings import *  # noqa: E402, F403 - the environment had to be arranged first
from orchestrator.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402 - as above

if os.environ["SIGNALBOX_TEST_DATABASE"] == "sqlite":
    # A real file with a real write-ahead log: an in-memory database would hide what threads do to each other.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}
STATIC_ROOT.mkdir()
# Pages under test find files where they lie; collecting is tested on its own.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Processes started by tests have settings of their own.
for name in ("SIGNALBOX_DATA", "DATABASE_URL", "REDIS_URL"):
    del os.environ[name]
