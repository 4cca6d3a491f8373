"""Who of those with an open page is still signed in, and as what."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.sessions.models import Session
from django.utils import timezone

from orchestrator.models import User


def signed_in_still(asked: Sequence[tuple[int, str]]) -> dict[tuple[int, str], tuple[str, int | None]]:
    """Return account and session to role and team, for those that are active and whose session lives."""
    people = {user.pk: user for user in User.objects.filter(pk__in={pk for pk, _ in asked}, is_active=True)}
    keys = {key for _, key in asked}
    alive = set(Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True))
    return {(pk, key): (people[pk].role, people[pk].team_id) for pk, key in asked if pk in people and key in alive}
