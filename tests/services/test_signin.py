"""Sign-in links: once, soon, and only for accounts that are open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from orchestrator.models import Role, SignInLink, Team, User
from orchestrator.services import first_start, signin


@pytest.fixture
def admin() -> User:
    return first_start.ensure_admin()


@pytest.mark.django_db
def test_a_link_signs_in_its_account_once(admin: User) -> None:
    """U4."""
    token = signin.create_link(admin)
    assert signin.redeem(token) == admin
    assert signin.redeem(token) is None


@pytest.mark.django_db
def test_only_the_hash_of_a_token_is_kept(admin: User) -> None:
    token = signin.create_link(admin)
    link = SignInLink.objects.get()
    assert token not in (link.digest, str(vars(link)))


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "\x00"])
def test_a_token_nobody_made_signs_nobody_in(admin: User, token: str) -> None:
    signin.create_link(admin)
    assert signin.redeem(token) is None


@pytest.mark.django_db
def test_a_link_older_than_its_lifetime_is_refused(admin: User) -> None:
    token = signin.create_link(admin)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert signin.redeem(token) is None


@pytest.mark.django_db
def test_the_link_of_a_closed_account_is_refused(admin: User) -> None:
    token = signin.create_link(admin)
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert signin.redeem(token) is None


@pytest.mark.django_db
def test_links_long_expired_are_cleared_away_by_the_next(admin: User) -> None:
    signin.create_link(admin)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(days=2))
    signin.create_link(admin)
    assert SignInLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_signs_in(admin: User) -> None:
    token = signin.create_link(admin)
    start, won = threading.Barrier(8), []

    def click() -> None:
        start.wait()
        won.append(signin.redeem(token))
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert [user for user in won if user is not None] == [admin]


@pytest.mark.django_db
def test_the_first_admin_may_do_everything_and_has_no_password(admin: User) -> None:
    assert (admin.role, admin.is_superuser, admin.has_usable_password()) == (Role.ADMIN, True, False)
    assert admin.team == Team.objects.get(name=first_start.TEAM)


@pytest.mark.django_db
def test_a_second_start_makes_no_second_admin(admin: User) -> None:
    assert first_start.ensure_admin() == admin
    assert User.objects.count() == 1


@pytest.fixture(autouse=True)
def no_leftover_connections() -> Iterator[None]:
    yield
    connection.close_if_unusable_or_obsolete()
