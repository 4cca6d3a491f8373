"""The cluster's description runs the same commands as `up`, with settings that exist. It is parsed here, not run."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.running import PROJECT

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "signalbox"}
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
SETTING = re.compile(r'"((?:SIGNALBOX_[A-Z_]+|DATABASE_URL|REDIS_URL))"')


def known_settings() -> set[str]:
    """Return the environment variables that settings and bootstrap read."""
    sources = ("orchestrator/settings.py", "orchestrator/supervisor/bootstrap.py")
    return {name for source in sources for name in SETTING.findall((PROJECT / source).read_text())}


def test_every_role_and_both_servers_are_there() -> None:
    """U3."""
    assert set(COMPOSE["services"]) == {"postgres", "valkey", "prepare", "web", "worker", "timers"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists_with_options_it_has(name: str) -> None:
    python, script, command, *options = OURS[name]["command"]
    assert (python, script) == ("python", "manage.py")
    assert command in get_commands()
    load_command_class(get_commands()[command], command).create_parser("manage.py", command).parse_args(options)


def test_the_services_are_the_roles_that_up_starts() -> None:
    source = (PROJECT / "orchestrator" / "supervisor" / "up.py").read_text()
    started = set(re.findall(r'self\.manage\("(\w+)"', source))
    assert started == {service["command"][2] for service in OURS.values()}


@pytest.mark.parametrize("name", OURS)
def test_a_service_sets_only_what_settings_read(name: str) -> None:
    assert set(OURS[name]["environment"]) <= known_settings()


def test_the_image_sets_only_what_settings_read() -> None:
    assert set(re.findall(r"SIGNALBOX_[A-Z_]+", DOCKERFILE)) <= known_settings()


def test_everything_waits_for_prepare_and_prepare_for_the_servers() -> None:
    waiting = {name: set(service["depends_on"]) for name, service in OURS.items()}
    assert waiting.pop("prepare") == {"postgres", "valkey"}
    assert all(waits == {"prepare"} for waits in waiting.values())


def test_the_image_starts_by_a_command_of_this_project() -> None:
    command = re.findall(r"^CMD (.*)$", DOCKERFILE, re.M)[-1]
    assert shlex.split(command.strip("[]").replace(",", " "))[:3] == ["python", "manage.py", "up"]


def test_no_secret_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    for secret in ("POSTGRES_PASSWORD", "SIGNALBOX_SECRET_KEY"):
        assert re.findall(rf"\$\{{{secret}:-", text) == []
        assert f"${{{secret}:?" in text
