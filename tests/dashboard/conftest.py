"""A small cast for pages: an operator, a viewer, an outsider of another team; each with a signed-in client."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from orchestrator.models import Team, User


@pytest.fixture(autouse=True, scope="session")
def static_folder() -> None:
    """Give WhiteNoise the folder it looks for; pages under test find files where they lie."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.get_or_create(name="everyone")[0]


def person(name: str, role: str, team: Team) -> User:
    return User.objects.create_user(name, password="a long enough password", role=role, team=team)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(team: Team) -> User:
    return person("operator", "operator", team)


@pytest.fixture
def viewer(team: Team) -> User:
    return person("viewer", "viewer", team)


@pytest.fixture
def outsider(db: None) -> User:
    return person("outsider", "operator", Team.objects.create(name="others"))


@pytest.fixture
def operator_client(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    return signed_in(viewer)


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    return signed_in(outsider)
