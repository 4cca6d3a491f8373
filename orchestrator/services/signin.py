"""Signing in by a link that works once: making links and taking them. Passwords are Django's business."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from orchestrator.models import SignInLink, User

LIFETIME = timedelta(minutes=10)


def create_link(user: User) -> str:
    """Make a link for an account and return its token; only the token's hash is kept."""
    now = timezone.now()
    SignInLink.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, digest=digest(token), expires_at=now + LIFETIME)
    return token


def redeem(token: str) -> User | None:
    """Use a link up and return whom it signs in; None if it is unknown, used, too old, or its account is closed."""
    now = timezone.now()
    link = SignInLink.objects.filter(digest=digest(token)).select_related("user").first()
    if link is None or not link.user.is_active:
        return None
    # Two clicks at once both read an unused link; the update lets one of them through.
    taken = SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    return link.user if taken else None


def why_refused(token: str) -> str:
    """Say why a link signs nobody in: used, expired, or unknown to us."""
    link = SignInLink.objects.filter(digest=digest(token)).first()
    if link is None:
        return "unknown"
    return "used" if link.used_at else "expired"


def digest(token: str) -> str:
    """Hash a token; it is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
