"""Settings as a fresh process sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import PROJECT, environ

SHOW = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def run(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Load settings in a fresh process and print some of them."""
    env = environ(DJANGO_SETTINGS_MODULE="orchestrator.settings", **environment)
    return subprocess.run([sys.executable, "-c", SHOW, *names], cwd=PROJECT, env=env, capture_output=True, text=True)


def show(*names: str, **environment: str) -> dict[str, object]:
    """Return some settings of a fresh process."""
    done = run(*names, **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_secret_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    first = show("SECRET_KEY", SIGNALBOX_DATA=str(tmp_path))
    assert first == show("SECRET_KEY", SIGNALBOX_DATA=str(tmp_path))
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert first != show("SECRET_KEY", SIGNALBOX_DATA=str(tmp_path / "other"))


def test_a_short_secret_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    refused = run("DEBUG", SIGNALBOX_DATA=str(tmp_path), SIGNALBOX_SECRET_KEY="hunter2")
    assert "SIGNALBOX_SECRET_KEY is '…', but it is shorter than 32 characters" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_no_address_means_sqlite_with_durable_commits(tmp_path: Path) -> None:
    """The write budget counts on commits that last."""
    found = json.loads(json.dumps(show("DATABASES", SIGNALBOX_DATA=str(tmp_path))["DATABASES"]))["default"]
    assert found["ENGINE"].endswith("sqlite3")
    assert found["NAME"] == str(tmp_path / "signalbox.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]


@pytest.mark.parametrize(("role", "pooled"), [("web", True), ("worker", False), ("shell", False)])
def test_only_web_pools_its_connections(tmp_path: Path, role: str, pooled: bool) -> None:
    found = show("DATABASES", SIGNALBOX_DATA=str(tmp_path), DATABASE_URL="postgres://h/box", SIGNALBOX_ROLE=role)[
        "DATABASES"
    ]
    assert isinstance(found, dict)
    assert ("pool" in found["default"]["OPTIONS"]) is pooled
    assert (found["default"]["CONN_MAX_AGE"] == 0) is pooled


def test_two_installations_on_one_machine_keep_their_cookies_apart(tmp_path: Path) -> None:
    one = show("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", SIGNALBOX_DATA=str(tmp_path / "one"))
    two = show("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", SIGNALBOX_DATA=str(tmp_path / "two"))
    assert set(one.values()).isdisjoint(two.values())


def test_debug_is_off_and_cookies_are_closed_unless_told(tmp_path: Path) -> None:
    found = show("DEBUG", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SECURE", SIGNALBOX_DATA=str(tmp_path))
    assert found == {"DEBUG": False, "SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SECURE": False}
    secure = show("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", SIGNALBOX_DATA=str(tmp_path), SIGNALBOX_HTTPS="on")
    assert set(secure.values()) == {True}


def test_a_command_answers_nonsense_with_words_and_not_with_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=environ(SIGNALBOX_DATA=str(tmp_path), REDIS_URL="localhost"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("signalbox: REDIS_URL is 'localhost', but")
    assert "Traceback" not in done.stderr


def test_a_setting_nobody_reads_is_pointed_out_with_the_nearest_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=environ(SIGNALBOX_DATA=str(tmp_path), SIGNALBOX_SLOT_QUICK="8"),
        capture_output=True,
        text=True,
    )
    assert "SIGNALBOX_SLOT_QUICK is not a setting of Signalbox" in done.stderr
    assert "Did you mean SIGNALBOX_SLOTS_QUICK?" in done.stderr


def test_settings_that_are_read_are_not_pointed_out(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env=environ(SIGNALBOX_DATA=str(tmp_path), SIGNALBOX_SLOTS_QUICK="8"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
